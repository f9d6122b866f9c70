package catalog

import (
	"fmt"
	"slices"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/checkpoint"
)

// between stands between the names of experts who label together.
const between = "+"

// several are the names of experts who are to label together; nil for one alone.
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
