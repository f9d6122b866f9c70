package rl

import (
	"context"
	"slices"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// school is a model that learns in an environment.
type school struct {
	features  *feature.Config
	actor     *model.Model
	critic    *Critic
	learner   *Learner
	collector *Collector
	episodes  []EpisodeResult
}

// lessons say what a school is like.
type lessons struct {
	seed         uint64
	environments int
	collect      CollectOptions
	widths       []int
	// change, where set, changes the model's config.
	change func(*model.Config)
	// alone leaves the critic out.
	alone   bool
	workers int
}

// vectorConfig is a network of some hidden layers on what a spec shows.
func vectorConfig(tb testing.TB, spec *env.Spec, widths ...int) (*feature.Config, model.Config) {
	tb.Helper()
	features, err := feature.Default(spec)
	if err != nil {
		tb.Fatal(err)
	}
	adapter, err := feature.New(features, spec)
	if err != nil {
		tb.Fatal(err)
	}
	shape := adapter.Shape()
	head := model.Head{Kind: model.HeadValue, Std: 1}
	if shape.Choices > 0 {
		head = model.Head{Kind: model.HeadChoice, Choices: shape.Choices}
	}
	task := model.Task{
		Name: "task", Environment: spec.ID, Weight: 1, Context: 1, Condition: model.ConditionNone, Head: head,
		Encoder: model.Encoder{Kind: model.EncoderVector, Activation: "tanh", Features: len(features.Vector), Tokens: model.TokensJoined,
			Parts: []model.Part{{Name: "all", To: len(features.Vector), Widths: widths}}},
		Objective: model.Objective{Kind: model.ObjectiveExpert},
	}
	backbone := model.Backbone{Width: widths[len(widths)-1], Heads: 1, Activation: "tanh", Norm: model.NormLayer, NormPlace: model.NormPre,
		NormEps: 1e-5, Positions: model.PositionsNone, InitStd: 0.02}
	return features, model.Config{Backbone: backbone, Tasks: []model.Task{task}}
}

func newSchool(tb testing.TB, factory env.Factory, o lessons) *school {
	tb.Helper()
	compute, err := kernel.NewCompute(kernel.Options{Workers: max(o.workers, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	v, err := vector.New(factory, o.environments, env.Disabled, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { v.Close() })
	s := &school{}
	var config model.Config
	s.features, config = vectorConfig(tb, factory.Spec(), o.widths...)
	if o.change != nil {
		o.change(&config)
	}
	if s.actor, err = model.New(config, compute, o.seed); err != nil {
		tb.Fatal(err)
	}
	actor, err := NewActor(s.actor, s.features, factory.Spec(), o.environments)
	if err != nil {
		tb.Fatal(err)
	}
	o.collect.Seed, o.collect.Temperature = o.seed, 1
	if s.collector, err = NewCollector(&World{Vector: v}, actor, Seeds{o.seed << 32}, o.collect); err != nil {
		tb.Fatal(err)
	}
	if !o.alone {
		privileged := s.collector.Privileged()
		c := CriticConfig(&config.Tasks[0], privileged, o.widths[0], len(o.widths))
		if s.critic, err = NewCritic(c, privileged, compute, o.seed+1); err != nil {
			tb.Fatal(err)
		}
	}
	if s.learner, err = NewLearner(Options{Model: s.actor, Critic: s.critic, Seed: o.seed}); err != nil {
		tb.Fatal(err)
	}
	return s
}

// collect plays.
func (s *school) collect(tb testing.TB) *Experience {
	tb.Helper()
	e, err := s.collector.Collect(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	s.episodes = append(s.episodes, e.Episodes...)
	return e
}

// update plays and learns.
func (s *school) update(tb testing.TB, p PPO) Stats {
	tb.Helper()
	stats, err := s.learner.Update(s.collect(tb), p)
	if err != nil {
		tb.Fatal(err)
	}
	return stats
}

// weights are a copy of all that changes.
func (s *school) weights() []float32 {
	var all []float32
	for _, a := range s.learner.Arrays() {
		all = append(all, a.Values...)
	}
	return all
}

// last is the mean return of the last n episodes.
func (s *school) last(n int) float64 {
	sum := 0.0
	some := s.episodes[max(len(s.episodes)-n, 0):]
	for _, e := range some {
		sum += e.Return
	}
	return sum / float64(len(some))
}

func (s *school) equal(o *school) bool { return slices.Equal(s.weights(), o.weights()) }
