package bench

import (
	"errors"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// finder tells which episode of a fixed scenario was recorded without a seed,
// as a vector does that resets its environments itself: the one that begins
// with what was shown, and in which the same actions bring the same rewards.
type finder struct {
	factory env.Factory

	env    env.Env
	out    *env.Batch
	action env.Arrays
	// keys are the episodes by what their resets show.
	keys map[string][]uint64
}

// close closes the environment, if there is one.
func (f *finder) close() {
	if f.env != nil {
		f.env.Close()
	}
}

// open resets the environment to every episode once.
func (f *finder) open() (err error) {
	if f.keys != nil {
		return nil
	}
	spec := f.factory.Spec()
	if f.env, err = f.factory.New(0, 1); err != nil {
		return err
	}
	f.out, f.action = env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	f.keys = map[string][]uint64{}
	for k := range uint64(spec.Episodes) {
		if err := f.env.Reset(&k, nil, f.out, 0); err != nil {
			return err
		}
		var shown []byte
		for i := range f.out.Observation {
			shown = append(shown, f.out.Observation[i].Bytes(0)...)
		}
		f.keys[string(shown)] = append(f.keys[string(shown)], k)
	}
	return nil
}

// find returns the episode's number.
func (f *finder) find(e *traj.Episode) (key uint64, ok bool, err error) {
	if err := f.open(); err != nil {
		return 0, false, err
	}
	spec := f.factory.Spec()
	observation, err := places(e.Steps, "observation", env.Leaves(spec.Observation))
	if err != nil {
		return 0, false, err
	}
	actions, err := places(e.Steps, "action", env.Leaves(spec.Action))
	if err != nil {
		return 0, false, err
	}
	var shown []byte
	for _, field := range observation {
		shown = append(shown, e.Steps.Bytes(field, 0)...)
	}
	for _, key := range f.keys[string(shown)] {
		same, err := f.plays(key, e, actions)
		if err != nil || same {
			return key, same, err
		}
	}
	return 0, false, nil
}

// plays reports whether the recorded actions bring the recorded rewards in an
// episode.
func (f *finder) plays(key uint64, e *traj.Episode, actions []int) (bool, error) {
	if err := f.env.Reset(&key, nil, f.out, 0); err != nil {
		return false, err
	}
	rewards := traj.Of[float64](e.Steps.Find(traj.FieldReward))
	for row, reward := range rewards {
		for i, field := range actions {
			copy(f.action[i].Bytes(0), e.Steps.Bytes(field, row))
		}
		err := f.env.Step(f.action, f.out, 0)
		var refused *env.FieldError
		if errors.As(err, &refused) {
			return false, nil // It is legal in another episode.
		}
		if err != nil {
			return false, err
		}
		if f.out.Reward[0] != reward || f.out.Done(0) != (row == len(rewards)-1) {
			return false, nil
		}
	}
	return true, nil
}

// places finds the fields of a space's leaves.
func places(frame *traj.Frame, prefix string, leaves []env.Leaf) ([]int, error) {
	list := make([]int, len(leaves))
	for i := range leaves {
		name := prefix
		if leaves[i].Path != "" {
			name += "." + leaves[i].Path
		}
		list[i] = slices.IndexFunc(frame.Fields, func(f *traj.Field) bool { return f.Name == name })
		if list[i] < 0 {
			return nil, errors.New("the data set lacks " + name + ": check it with 'trailblazer data validate'")
		}
	}
	return list, nil
}
