package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/agent"
	"trailblazer/trainer/checkpoint"
)

// between stands between the names of experts who label together, and of trained
// models that play together.
const between = "+"

// several are the names of those who are to decide together; nil for one alone.
func several(name string) []string {
	names := strings.Split(name, between)
	if len(names) == 1 || checkpoint.IsRun(name) {
		return nil
	}
	return names
}

// together makes experts of several names label together: every choice loses what
// they say in the mean, and the best by that is the label. Models that were
// trained from different seeds err differently, so that their mean is a better
// teacher than each (Hinton, Vinyals and Dean, "Distilling the Knowledge in a
// Neural Network", 2015).
func together(names []string, find func(name string) (*Expert, error)) (*Expert, error) {
	if slices.Contains(names, "") {
		return nil, jsonconfig.Refuse("expert", jsonconfig.Quote(strings.Join(names, between)), "name an expert on both sides of each plus sign")
	}
	members := make([]*Expert, len(names))
	all := &Expert{Value: true, Advantage: true}
	for i, name := range names {
		e, err := find(name)
		switch {
		case err != nil:
			return nil, err
		case e == nil || !e.Advantage:
			return nil, jsonconfig.Refuse("expert", jsonconfig.Quote(strings.Join(names, between)), fmt.Sprintf("name experts who know what every choice loses: %q does not", name))
		}
		members[i] = e
		all.Value, all.Remembers, all.plans = all.Value && e.Value, all.Remembers || e.Remembers, all.plans || e.plans
		all.LooksBack = all.LooksBack || e.LooksBack
		names[i] = e.Name
	}
	all.Name = strings.Join(names, between)
	all.New = func(e env.Env) (env.Expert, error) {
		j := &jury{members: make([]env.Expert, len(members))}
		for i, member := range members {
			var err error
			if j.members[i], err = member.New(e); err != nil {
				return nil, err
			}
		}
		return j, nil
	}
	return all, nil
}

// newCouncil makes trained models play as one policy.
func newCouncil(names []string, find func(name string) (env.Policy, error)) (env.Policy, error) {
	if slices.Contains(names, "") {
		return nil, jsonconfig.Refuse("policy", jsonconfig.Quote(strings.Join(names, between)), "name a run on both sides of each plus sign")
	}
	c := &council{jury: jury{members: make([]env.Expert, len(names))}}
	for i, name := range names {
		policy, err := find(name)
		if err != nil {
			return nil, err
		}
		model, ok := policy.(*agent.Policy)
		if !ok || !model.KnowsAdvantages() {
			return nil, jsonconfig.Refuse("policy", jsonconfig.Quote(strings.Join(names, between)), fmt.Sprintf("name runs of models that score every choice: %q is none", name))
		}
		c.members[i], c.models = model, append(c.models, model)
	}
	return c, nil
}

// describeCouncil says what several runs are together: where all of them can act.
func (c *Catalog) describeCouncil(names []string, info *PolicyInfo) (*PolicyInfo, error) {
	hash := sha256.New()
	for i, name := range names {
		member, err := c.Describe(name)
		if err != nil {
			return nil, err
		}
		hash.Write([]byte(member.ContentHash))
		if i == 0 {
			info.Environments = member.Environments
			continue
		}
		info.Environments = slices.DeleteFunc(info.Environments, func(id string) bool { return !slices.Contains(member.Environments, id) })
	}
	info.Summary = fmt.Sprintf("the best choice in the mean of %d policies", len(names))
	info.ContentHash = hex.EncodeToString(hash.Sum(nil))
	return info, nil
}

// council is models who play together: it takes the choice that loses least in the
// mean of what they say.
type council struct {
	jury
	models []*agent.Policy // They are the jury's members.
}

var (
	_ env.Reader   = (*council)(nil)
	_ env.Follower = (*council)(nil)
)

// Inputs implements env.Reader: what any of the models looks at.
func (c *council) Inputs() env.Inputs {
	all := c.models[0].Inputs()
	for _, model := range c.models[1:] {
		in := model.Inputs()
		all.Info, all.Reward = all.Info || in.Info, all.Reward || in.Reward
		if all.Context == 0 || in.Context == 0 {
			all.Context = 0 // One looks back as far as there is.
			continue
		}
		all.Context = max(all.Context, in.Context)
	}
	return all
}

// Act implements env.Policy.
func (c *council) Act(in *env.Batch, row int, action env.Arrays) error {
	if _, _, err := c.Label(in, row, action); err != nil {
		return err
	}
	return c.Took(in, row, action)
}

// jury is experts who label together.
type jury struct {
	members   []env.Expert
	advantage []float64
}

// Reset implements [env.Expert].
func (j *jury) Reset(seed uint64) {
	for _, m := range j.members {
		m.Reset(seed)
	}
}

// Label implements [env.Expert].
func (j *jury) Label(in *env.Batch, row int, action env.Arrays) (value float64, advantage []float64, err error) {
	j.advantage = j.advantage[:0]
	for i, m := range j.members {
		v, losses, err := m.Label(in, row, action)
		if err != nil {
			return 0, nil, err
		}
		if i == 0 {
			j.advantage = append(j.advantage, make([]float64, len(losses))...)
		}
		value += v / float64(len(j.members))
		for k, loss := range losses {
			j.advantage[k] += loss / float64(len(j.members))
		}
	}
	best := 0
	for k, loss := range j.advantage {
		if loss > j.advantage[best] {
			best = k
		}
	}
	most := j.advantage[best]
	for k := range j.advantage {
		j.advantage[k] -= most
	}
	env.Row[int64](&action[0], row)[0] = int64(action[0].Leaf.Low[0]) + int64(best)
	return value, j.advantage, nil
}

// Took tells those who look back what was done.
func (j *jury) Took(in *env.Batch, row int, action env.Arrays) error {
	for _, m := range j.members {
		if f, ok := m.(interface {
			Took(in *env.Batch, row int, action env.Arrays) error
		}); ok {
			if err := f.Took(in, row, action); err != nil {
				return err
			}
		}
	}
	return nil
}
