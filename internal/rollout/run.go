package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"

	"trailblazer/api/env"
)

// Source makes environments and the policies that play in them.
type Source interface {
	Spec() *env.Spec
	NewEnv(ctx context.Context) (env.Env, error)
	NewPolicy(name string) (env.Policy, error)
}

// Options says what to play.
type Options struct {
	Policies []string
	// Episodes is how many each policy plays; 0 stands for all of a fixed
	// scenario, else for the report's default.
	Episodes int
	// Seed seeds policies, and the episodes of a scenario that draws them:
	// episode k has the seed Seed+k. In a fixed scenario episode k is the
	// scenario's own.
	Seed uint64
	// Workers is how many episodes are played at once; 0 stands for one per
	// core.
	Workers int
	// Log gets one CSV line per step, in the order of policies and episodes;
	// nil logs nothing.
	Log io.Writer
	// Jobs gets one CSV line per completed job, in the same order, which needs
	// a JobRecorder; nil writes none.
	Jobs io.Writer
	// Drawing gets an SVG of every policy's first episode, which needs a
	// Recorder; nil draws none.
	Drawing io.Writer
	// Progress is called after every episode, from one goroutine at a time.
	Progress func(policy string, done, total int)
}

// Run plays every policy and returns what they reached. When ctx ends, it
// returns, writes and draws what the episodes finished so far gave, together
// with ctx's error.
func Run(ctx context.Context, source Source, report Report, options Options) (*Result, error) {
	spec := source.Spec()
	if len(options.Policies) == 0 {
		return nil, errors.New("no policies: name at least one")
	}
	total := options.Episodes
	if total == 0 {
		total = spec.Episodes
	}
	if total == 0 {
		total = report.DefaultEpisodes()
	}
	files, err := openFiles(report, &options, total)
	if err != nil {
		return nil, err
	}
	// A misspelled name must not cost the run of those before it.
	players := make([]player, len(options.Policies))
	for i, name := range options.Policies {
		policy, err := source.NewPolicy(name)
		if err != nil {
			return nil, err
		}
		_, remembers := policy.(env.Rememberer)
		players[i] = player{source: source, report: report, options: &options, policy: name, total: total, remembers: remembers, files: files}
	}
	if err := files.begin(); err != nil {
		return nil, err
	}
	played := make([][]*episode, 0, len(players))
	for i := range players {
		var episodes []*episode
		if episodes, err = players[i].play(ctx); len(episodes) > 0 || err == nil {
			played = append(played, episodes)
		}
		if err != nil {
			break
		}
	}
	result := &Result{
		Environment: spec.ID, Scenario: spec.Scenario, ContentHash: spec.ContentHash, Data: spec.DataHashes,
		Seed: options.Seed, Results: make([]PolicyResult, len(played)),
	}
	for i, episodes := range played {
		result.Results[i] = summarize(options.Policies[i], report.Metrics(), episodes)
		if i > 0 {
			result.Results[i].Versus = compare(options.Policies[0], report.Metrics()[0], episodes, played[0])
		}
	}
	if drawErr := files.draw(fmt.Sprintf("%s, seed %d", spec.Scenario, options.Seed), options.Policies, played); drawErr != nil {
		err = errors.Join(err, drawErr)
	}
	return result, err
}
