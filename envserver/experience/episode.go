package experience

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/datasets/traj"
	"trailblazer/internal/wire"
)

// maker makes episodes of messages, and checks them.
type maker struct {
	spec    *env.Spec
	split   string
	leaves  *wire.Leaves
	builder *traj.Builder

	observation, action, info *env.Checker
}

func newMaker(schema *traj.Schema, spec *env.Spec, split string) (*maker, error) {
	builder, err := traj.NewBuilder(schema, spec)
	if err != nil {
		return nil, err
	}
	leaves := wire.LeavesOf(spec)
	return &maker{
		spec: spec, split: split, leaves: leaves, builder: builder,
		observation: env.NewChecker("observation", leaves.Observation),
		action:      env.NewChecker("action", leaves.Action),
		info:        env.NewChecker("info", leaves.Info),
	}, nil
}

// episode makes an episode of a message. Errors are *env.FieldError.
func (m *maker) episode(message *trailblazerv1.AppendEpisode) (*traj.Episode, error) {
	rewards, err := m.rewards(message.GetReward())
	if err != nil {
		return nil, err
	}
	steps := len(rewards)
	action, err := decode("action", message.GetAction(), m.leaves.Action, steps, m.action)
	if err != nil {
		return nil, err
	}
	shown := &env.Batch{Reward: append(make([]float64, 1, 1+steps), rewards...),
		Terminated: make([]bool, 1+steps), Truncated: make([]bool, 1+steps)}
	shown.Terminated[steps], shown.Truncated[steps] = message.GetTerminated(), message.GetTruncated()
	if shown.Observation, err = decode("observation", message.GetObservation(), m.leaves.Observation, steps+1, m.observation); err != nil {
		return nil, err
	}
	if len(message.GetInfo()) == 0 {
		shown.Info = unknown(m.leaves.Info, steps+1)
	} else if shown.Info, err = decode("info", message.GetInfo(), m.leaves.Info, steps+1, m.info); err != nil {
		return nil, err
	}
	m.builder.Start(shown, 0)
	for n := range steps {
		m.builder.Step(action, n, traj.Choice{}, shown, n+1)
	}
	episode := m.builder.Finish()
	episode.Source, episode.Policy, episode.Split = message.GetSource(), message.GetPolicy(), m.split
	episode.Scenario, episode.ScenarioHash = m.spec.Scenario, m.spec.ContentHash
	episode.Seed, episode.Seeded = message.GetSeed(), message.Seed != nil
	return episode, nil
}

// rewards reads the rewards, which say how many steps there are.
func (m *maker) rewards(t *trailblazerv1.Tensor) ([]float64, error) {
	steps := 0
	if len(t.GetShape()) == 1 {
		steps = int(min(t.GetShape()[0], math.MaxInt32))
	}
	if steps == 0 {
		return nil, &env.FieldError{Field: "reward.shape", Value: fmt.Sprint(t.GetShape()), Remedy: "give [steps], for at least one step"}
	}
	if most := m.spec.MaxEpisodeSteps; most > 0 && steps > most {
		return nil, &env.FieldError{Field: "reward.shape", Value: fmt.Sprint(t.GetShape()), Remedy: fmt.Sprintf("give at most %d steps, the longest episode of %s", most, m.spec.Scenario)}
	}
	rewards, err := wire.Float64s("reward", t, steps)
	if err != nil {
		return nil, err
	}
	for i, r := range rewards {
		if math.IsNaN(r) || math.IsInf(r, 0) {
			return nil, &env.FieldError{Field: fmt.Sprintf("reward, step %d", i), Value: strconv.FormatFloat(r, 'g', -1, 64), Remedy: "give a finite number"}
		}
	}
	return rewards, nil
}

// decode wraps tensors of n rows and checks that they lie in their space.
func decode(field string, tensors []*trailblazerv1.Tensor, leaves []env.Leaf, n int, checker *env.Checker) (env.Arrays, error) {
	arrays, err := wire.Decode(nil, field, tensors, leaves, n)
	if err != nil {
		return nil, err
	}
	for i := range n {
		if err := checker.CheckRow(arrays, i); err != nil {
			return nil, asRow(err)
		}
	}
	return arrays, nil
}

// asRow lets a checker's error speak of the rows of an episode.
func asRow(err error) error {
	if field, ok := err.(*env.FieldError); ok {
		renamed := *field
		renamed.Field = strings.Replace(field.Field, ", environment ", ", row ", 1)
		return &renamed
	}
	return err
}

// unknown makes arrays for what nobody knows: zero, NaN where there is one, and
// no rows.
func unknown(leaves []env.Leaf, n int) env.Arrays {
	arrays := env.NewArrays(leaves, n)
	for i := range arrays {
		switch {
		case leaves[i].Ragged:
		case leaves[i].DType == env.Float32:
			fill(env.All[float32](&arrays[i]), float32(math.NaN()))
		case leaves[i].DType == env.Float64:
			fill(env.All[float64](&arrays[i]), math.NaN())
		}
	}
	return arrays
}

func fill[T any](list []T, value T) {
	for i := range list {
		list[i] = value
	}
}
