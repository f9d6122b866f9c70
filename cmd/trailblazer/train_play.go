package main

import (
	"context"
	"fmt"
	"io/fs"

	"trailblazer/api/env"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/bench"
	"trailblazer/internal/rollout"
	"trailblazer/trainer/agent"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
	"trailblazer/trainer/train"
)

// studentName is the policy that is being trained.
const studentName = "student"

// evaluator plays a model in the scenarios of validation.
type evaluator struct {
	arenas   []*arena
	features []feature.Config
	options  agent.Options
}

// arena is one task's scenario.
type arena struct {
	task     string
	catalog  *catalog.Catalog
	factory  env.Factory
	report   rollout.Report
	options  rollout.Options
	scenario train.Scenario
	// floor and ceiling are what the policies with the scores 0 and 100 reach.
	floor, ceiling float64
}

// newEvaluator opens the scenarios of a config's tasks, and measures what others
// reach in them. It returns nil where there are none.
func newEvaluator(ctx context.Context, c *catalog.Catalog, config *train.Config, features []feature.Config, o agent.Options, workers int) (train.Evaluator, error) {
	e := &evaluator{features: features, options: o}
	for i := range config.Tasks {
		t := &config.Tasks[i]
		if t.Scenario.Name == "" {
			continue
		}
		if t.Model.Condition == model.ConditionValue && o.Estimator == nil {
			return nil, fmt.Errorf("task %s: its model is told what the rest of an episode can bring, and nobody estimates that: give --estimator DIR, or play nothing with --no-play", t.Name)
		}
		a, err := newArena(ctx, c, t, workers)
		if err != nil {
			return nil, fmt.Errorf("task %s: %w; choose another scenario with --set tasks.%s.validation.scenario=NAME, or play nothing with --no-play", t.Name, err, t.Name)
		}
		e.arenas = append(e.arenas, a)
	}
	if len(e.arenas) == 0 {
		return nil, nil
	}
	return e, nil
}

func newArena(ctx context.Context, c *catalog.Catalog, t *train.Task, workers int) (*arena, error) {
	settings, err := c.Settings(t.Model.Environment)
	if err != nil {
		return nil, err
	}
	a := &arena{task: t.Name, catalog: c, scenario: t.Scenario,
		options: rollout.Options{Episodes: t.Scenario.Episodes, Seed: t.Scenario.Seed, Workers: workers}}
	if a.factory, err = c.Factory(t.Model.Environment, t.Scenario.Name, settings); err != nil {
		return nil, err
	}
	if a.report, err = c.Report(a.factory.Spec()); err != nil {
		return nil, err
	}
	floor, ceiling, err := references(t.Model.Environment)
	if err != nil {
		return nil, err
	}
	play := func(name string) (float64, error) {
		return a.play(ctx, name, func() (env.Policy, error) { return c.Policy(name, a.factory) })
	}
	if a.floor, err = play(floor); err != nil {
		return nil, err
	}
	a.ceiling, err = play(ceiling)
	return a, err
}

// references names the policies with the scores 0 and 100 of an environment.
func references(environment string) (floor, ceiling string, err error) {
	for _, s := range bench.Suites() {
		if s.Environment == environment {
			return s.Floor, s.Ceiling, nil
		}
	}
	return "", "", fmt.Errorf("nothing is known to compare with in %s: %w", environment, fs.ErrNotExist)
}

// play returns what a policy reaches in the report's first metric.
func (a *arena) play(ctx context.Context, name string, policy func() (env.Policy, error)) (float64, error) {
	source := &scenarioSource{spec: a.factory.Spec(),
		newEnv:    func(context.Context) (env.Env, error) { return a.factory.New(0, 1) },
		newPolicy: func(string) (env.Policy, error) { return policy() }}
	options := a.options
	options.Policies = []string{name}
	result, err := rollout.Run(ctx, source, a.report, options)
	if err != nil {
		return 0, err
	}
	return result.Results[0].Metrics[a.report.Metrics()[0].Name].Mean, nil
}

// By implements train.Evaluator.
func (e *evaluator) By() string {
	if len(e.arenas) > 1 {
		return "the mean score in the scenarios of validation"
	}
	return "the score in " + e.arenas[0].scenario.Name
}

// Evaluate implements train.Evaluator: a score is 0 for the floor and 100 for
// the ceiling.
func (e *evaluator) Evaluate(ctx context.Context, m *model.Model) (tasks []checkpoint.TaskPoint, score float64, err error) {
	run, err := agent.New(m, e.features)
	if err != nil {
		return nil, 0, err
	}
	for _, a := range e.arenas {
		value, err := a.play(ctx, studentName, func() (env.Policy, error) { return run.Policy(a.factory.Spec(), e.options) })
		if err != nil {
			return nil, 0, err
		}
		own := 100 * (value - a.floor) / (a.ceiling - a.floor)
		score += own / float64(len(e.arenas))
		tasks = append(tasks, checkpoint.TaskPoint{Task: a.task, Scenarios: []checkpoint.Played{
			{Scenario: a.scenario.Name, Metric: a.report.Metrics()[0].Name, Value: value, Score: own, Episodes: a.episodes()}}})
	}
	return tasks, score, nil
}

// episodes is how many are played.
func (a *arena) episodes() int {
	switch {
	case a.options.Episodes > 0:
		return a.options.Episodes
	case a.factory.Spec().Episodes > 0:
		return a.factory.Spec().Episodes
	}
	return a.report.DefaultEpisodes()
}
