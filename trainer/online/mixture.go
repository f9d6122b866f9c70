package online

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/contenthash"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/rl"
)

// joined is several vectors beside one another, as one: environments that play
// different scenarios and show the same.
type joined struct {
	parts []env.Vector
	// first is the number of each part's first environment, and behind them how
	// many there are.
	first []int
	spec  *env.Spec
	shown env.Transition
}

// join puts worlds beside one another. They become the joined world's.
func join(worlds []*World) (*World, error) {
	j := &joined{first: []int{0}}
	w := &World{World: rl.World{Vector: j}, Labels: worlds[0].Labels, mixed: j}
	var err error
	for _, part := range worlds {
		j.parts = append(j.parts, part.Vector)
		j.first = append(j.first, j.first[len(j.first)-1]+part.Vector.Len())
		w.Experts = append(w.Experts, part.Experts...)
		w.LookBack, w.Remember = w.LookBack || part.LookBack, w.Remember || part.Remember
		if err == nil {
			err = sameSpaces(worlds[0].Vector.Spec(), part.Vector.Spec())
		}
	}
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	j.spec = j.joinSpecs()
	j.shown.Batch = *env.NewBatch(j.spec, j.Len())
	return w, nil
}

// sameSpaces refuses scenarios that show or take other arrays. Their bounds may
// differ, as those of other videos and links do.
func sameSpaces(a, b *env.Spec) error {
	for _, one := range []struct {
		what string
		a, b env.Space
	}{{"observation", a.Observation, b.Observation}, {"action", a.Action, b.Action}, {"info", a.Info, b.Info}} {
		same := slices.EqualFunc(env.Leaves(one.a), env.Leaves(one.b), func(x, y env.Leaf) bool {
			return x.Path == y.Path && x.DType == y.DType && x.Ragged == y.Ragged && slices.Equal(x.Shape, y.Shape) && slices.Equal(x.Features, y.Features)
		})
		if !same {
			return jsonconfig.Refuse("config.curriculum.mixture", fmt.Sprintf("%s and %s, whose %s differs", a.Scenario, b.Scenario, one.what), "mix scenarios that show and take the same, by the same settings")
		}
	}
	return nil
}

// joinSpecs has the widest bounds of all, and a content hash of all.
func (j *joined) joinSpecs() *env.Spec {
	spec := *j.parts[0].Spec()
	h := contenthash.New("mixture")
	for i, v := range j.parts {
		s := v.Spec()
		h.Text(s.ContentHash)
		h.Integer(j.first[i+1])
		spec.RewardLow, spec.RewardHigh = min(spec.RewardLow, s.RewardLow), max(spec.RewardHigh, s.RewardHigh)
		if spec.MaxEpisodeSteps > 0 {
			spec.MaxEpisodeSteps = max(spec.MaxEpisodeSteps, s.MaxEpisodeSteps)
			if s.MaxEpisodeSteps == 0 {
				spec.MaxEpisodeSteps = 0
			}
		}
	}
	spec.ContentHash, spec.Scenario, spec.Episodes = h.Digest().String(), "mixture", 0
	return &spec
}

// Spec implements env.Vector.
func (j *joined) Spec() *env.Spec { return j.spec }

// specOf is that of the scenario which an environment plays.
func (w *World) specOf(environment int) *env.Spec {
	if w.mixed == nil {
		return w.Vector.Spec()
	}
	part := 0
	for environment >= w.mixed.first[part+1] {
		part++
	}
	return w.mixed.parts[part].Spec()
}

// Len implements env.Vector.
func (j *joined) Len() int { return j.first[len(j.parts)] }

// Autoreset implements env.Vector.
func (j *joined) Autoreset() env.AutoresetMode { return j.parts[0].Autoreset() }

// Reset implements env.Vector.
func (j *joined) Reset(o env.ResetOptions) (*env.Batch, error) {
	if err := o.Check(j.Len()); err != nil {
		return nil, err
	}
	for k, part := range j.parts {
		low, high := j.first[k], j.first[k+1]
		own := env.ResetOptions{Options: o.Options}
		for i := low; i < high; i++ {
			if seed := o.Seed(i); seed != nil {
				own.Seeds = append(own.Seeds, *seed)
			}
		}
		if o.Mask != nil {
			own.Mask = o.Mask[low:high]
		}
		shown, err := part.Reset(own)
		if err != nil {
			return nil, err
		}
		j.take(k, shown)
	}
	return &j.shown.Batch, nil
}

// Step implements env.Vector, but that a part has gone on where a later one
// refuses its actions.
func (j *joined) Step(action env.Arrays) (*env.Transition, error) {
	for k, part := range j.parts {
		t, err := part.Step(rows(action, j.first[k], j.first[k+1]))
		if err != nil {
			return nil, err
		}
		j.take(k, &t.Batch)
	}
	return &j.shown, nil
}

// take copies what a part shows.
func (j *joined) take(part int, from *env.Batch) {
	b, low := &j.shown.Batch, j.first[part]
	for i := range from.Reward {
		b.Observation.CopyRow(low+i, from.Observation, i)
		b.Info.CopyRow(low+i, from.Info, i)
	}
	copy(b.Reward[low:], from.Reward)
	copy(b.Terminated[low:], from.Terminated)
	copy(b.Truncated[low:], from.Truncated)
}

// rows are some environments' part of arrays, in the same memory.
func rows(a env.Arrays, low, high int) env.Arrays {
	part := make(env.Arrays, len(a))
	for i := range a {
		part[i] = env.Array{Leaf: a[i].Leaf}
		if a[i].Leaf.Ragged {
			part[i].Rows = a[i].Rows[low:high]
			continue
		}
		n := a[i].Leaf.RowBytes()
		part[i].Data = a[i].Data[low*n : high*n : high*n]
	}
	return part
}

// Snapshot implements env.Vector.
func (j *joined) Snapshot() ([]byte, error) {
	var states [][]byte
	for _, part := range j.parts {
		state, err := part.Snapshot()
		if err != nil {
			return nil, err
		}
		states = append(states, state)
	}
	return json.Marshal(states)
}

// Restore implements env.Vector.
func (j *joined) Restore(state []byte) (*env.Batch, error) {
	var states [][]byte
	if err := json.Unmarshal(state, &states); err != nil || len(states) != len(j.parts) {
		return nil, errors.New("this is no state of the mixture: restore what its Snapshot returned")
	}
	for k, part := range j.parts {
		shown, err := part.Restore(states[k])
		if err != nil {
			return nil, err
		}
		j.take(k, shown)
	}
	return &j.shown.Batch, nil
}

// Fork implements env.Vector.
func (j *joined) Fork([]int) (env.Vector, error) {
	return nil, errors.New("a mixture of scenarios can't be forked: fork the environments of one scenario")
}

// Close implements env.Vector.
func (j *joined) Close() error {
	var errs []error
	for _, part := range j.parts {
		errs = append(errs, part.Close())
	}
	return errors.Join(errs...)
}
