package collect

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/draw"
	"trailblazer/internal/rollout"
)

// plan numbers the episodes of a collection. A longer collection begins with
// those of a shorter one.
type plan struct {
	*Options
	spec *env.Spec
	// key stands for everything that decides what the episodes are.
	key string
	// remembers says of each policy that its episodes are played one after
	// another; together says that all are.
	remembers []bool
	together  bool
}

// job is one episode of a plan.
type job struct {
	// index counts all jobs, number the episodes of one policy: k of the
	// package comment.
	index, number int
	// policy plays, or begins.
	policy int
	// lane groups jobs that are played one after another; -1 for none.
	lane int
	// draws is the episode's own stream.
	draws draw.Draws
}

// stream sets the draws of collections apart from those of environments and
// policies, which have the same seeds.
const stream = 0x636f6c6c

func newPlan(source rollout.Source, o *Options) (*plan, error) {
	p := &plan{Options: o, spec: source.Spec(), remembers: make([]bool, len(o.Policies))}
	for i, name := range o.Policies {
		policy, err := source.NewPolicy(name)
		if err != nil {
			return nil, err
		}
		_, p.remembers[i] = policy.(env.Rememberer)
		p.together = p.together || o.Switch > 0 && p.remembers[i]
	}
	var labels traj.Labels
	if o.Expert != nil {
		labels = o.Expert.Labels
		p.together = p.together || o.Expert.Remembers
	}
	content, err := json.Marshal(map[string]any{
		"content": p.spec.ContentHash, "config": p.spec.Config, "policies": o.Policies, "weights": o.Weights, "mix": o.Mix,
		"seed": o.Seed, "switch": o.Switch, "epsilon": o.Epsilon, "labels": labels, "split": o.Writer.Split,
	})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	p.key = hex.EncodeToString(sum[:8])
	return p, nil
}

// jobs is how many there are.
func (p *plan) jobs() int {
	if p.Mix == Draw {
		return p.Episodes
	}
	return p.Episodes * len(p.Policies)
}

// window is how many jobs may be played before the first of them is taken back:
// enough for every worker to have an episode of its own, and to finish some
// while one takes long.
func (p *plan) window() int {
	if p.Mix == Draw {
		return 2*p.Workers + 2
	}
	return (p.Workers + 1) * max(len(p.Policies), 2)
}

// source tells an episode from those of other collections.
func (p *plan) source(index int) string { return fmt.Sprintf("collect-%s-%d", p.key, index) }

// job is the index-th one. Policies take turns, so that wherever a collection
// ends they have played about as many episodes.
func (p *plan) job(index int) job {
	j := job{index: index, number: index, lane: -1}
	if p.Mix == Each {
		j.number, j.policy = index/len(p.Policies), index%len(p.Policies)
	}
	j.draws.Seed(p.policySeed(j.number), stream)
	if p.Mix == Draw {
		j.policy = p.pick(j.draws, -1)
	}
	switch {
	case p.together:
		j.lane = 0
	case p.remembers[j.policy]:
		j.lane = j.policy
	}
	return j
}

// policySeed is what the policies of an episode are reset with.
func (p *plan) policySeed(number int) uint64 { return p.Seed + uint64(number) }

// pick draws a policy other than one.
func (p *plan) pick(draws draw.Draws, other int) int {
	weight := func(i int) float64 {
		switch {
		case i == other:
			return 0
		case len(p.Weights) == 0:
			return 1
		}
		return p.Weights[i]
	}
	sum := 0.0
	for i := range p.Policies {
		sum += weight(i)
	}
	at, last := float64(draws.Unit()*sum), 0
	for i := range p.Policies {
		if i == other {
			continue
		}
		if last = i; at < weight(i) {
			break
		}
		at -= weight(i)
	}
	return last
}
