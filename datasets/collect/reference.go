package collect

import (
	"context"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// reference measures what the two reference policies reach in the first
// episodes that are collected. What known has of at least as many is not
// measured again.
func reference(ctx context.Context, source rollout.Source, o *Options, known []traj.Reference) ([]traj.Reference, error) {
	r := o.Reference
	if r.Episodes == 0 {
		return nil, nil
	}
	var references []traj.Reference
	for _, one := range []struct{ kind, policy string }{{"floor", r.Floor}, {"best", r.Best}} {
		if one.policy == "" {
			continue
		}
		spec := source.Spec()
		want := traj.Reference{Scenario: spec.Scenario, ScenarioHash: spec.ContentHash, Kind: one.kind, Policy: one.policy,
			Episodes: min(r.Episodes, o.Episodes), Seed: o.Seed}
		at := slices.IndexFunc(known, func(k traj.Reference) bool {
			return k.Scenario == want.Scenario && k.ScenarioHash == want.ScenarioHash && k.Kind == want.Kind && k.Policy == want.Policy && k.Seed == want.Seed && k.Episodes >= want.Episodes
		})
		if at >= 0 {
			references = append(references, known[at])
			continue
		}
		var err error
		if want.Return, err = meanReturn(ctx, source, o, want); err != nil {
			return nil, err
		}
		references = append(references, want)
	}
	return references, nil
}

func meanReturn(ctx context.Context, source rollout.Source, o *Options, want traj.Reference) (float64, error) {
	played, err := rollout.Play(ctx, source, returns{}, rollout.Options{
		Policies: []string{want.Policy}, Episodes: want.Episodes, Seed: want.Seed, Workers: o.Workers,
	})
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, e := range played[0] {
		sum += stats.Sum(e.Parts[0])
	}
	return sum / float64(len(played[0])), nil
}

// returns is the rollout.Report of rewards.
type returns struct{}

func (returns) Metrics() []rollout.Metric {
	return []rollout.Metric{{Name: "reward", Unit: "1", Description: "reward of a step"}}
}

func (returns) Measure(b *env.Batch, row int, start bool, parts []stats.Part) {
	if !start {
		parts[0].Add(b.Reward[row])
	}
}

func (returns) LogColumns() []string { return nil }

func (returns) AppendLog(line []string, _ *rollout.Step) ([]string, bool) { return line, false }

func (returns) DefaultEpisodes() int { return 1 }

// knownInfo describes the data set in a directory; it is empty where there is
// none yet, or none that can be read: to open it for writing tells why.
func knownInfo(dir string) *traj.Info {
	set, err := traj.Open(dir)
	if err != nil {
		return new(traj.Info)
	}
	defer set.Close()
	return set.Info()
}
