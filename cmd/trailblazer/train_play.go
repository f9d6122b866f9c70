package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"trailblazer/api/env"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/bench"
	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
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
	// metric is the place of what is measured among the report's.
	metric int
	// counts tells the episodes that are worth playing; nil for all. best is the
	// policy with the score of 100, by which that is known.
	counts []bool
	best   string
	// floor and ceiling are what the policies with the scores 0 and 100 reach.
	floor, ceiling float64
	// ceilings is the latter in each episode, and lost how much the former loses
	// on it in the mean, where losses are bounded.
	ceilings []float64
	lost     float64
}

// validated is a task whose model plays in validation.
type validated struct {
	name, environment string
	// condition is what its model is told beside what the environment shows.
	condition string
	// scenario is what is played, and at its path in the config.
	scenario train.Scenario
	at       string
}

// validatedTasks are those of a config.
func validatedTasks(config *train.Config) []validated {
	var tasks []validated
	for i := range config.Tasks {
		t := &config.Tasks[i]
		tasks = append(tasks, validated{t.Name, t.Model.Environment, t.Model.Condition, t.Scenario, "tasks." + t.Name + ".validation"})
	}
	return tasks
}

// newEvaluator opens the scenarios of tasks, and measures what others reach in
// them. It returns nil where there are none.
func newEvaluator(ctx context.Context, c *catalog.Catalog, tasks []validated, features []feature.Config, o agent.Options, workers int, report measuring) (*evaluator, error) {
	e := &evaluator{features: features, options: o}
	for i := range tasks {
		t := &tasks[i]
		if t.scenario.Name == "" {
			continue
		}
		if t.condition == model.ConditionValue && o.Estimator == nil {
			return nil, fmt.Errorf("task %s: its model is told what the rest of an episode can bring, and nobody estimates that: give --estimator DIR, or play nothing with --no-play", t.name)
		}
		a, err := newArena(ctx, c, t, workers, report)
		if err != nil {
			return nil, fmt.Errorf("task %s: %w; choose another scenario with --set %s.scenario=NAME, or play nothing with --no-play", t.name, err, t.at)
		}
		e.arenas = append(e.arenas, a)
	}
	if len(e.arenas) == 0 {
		return nil, nil
	}
	return e, nil
}

func newArena(ctx context.Context, c *catalog.Catalog, t *validated, workers int, report measuring) (*arena, error) {
	settings, err := c.Settings(t.environment)
	if err != nil {
		return nil, err
	}
	a := &arena{task: t.name, catalog: c, scenario: t.scenario,
		options: rollout.Options{Episodes: t.scenario.Episodes, Seed: t.scenario.Seed, Workers: workers}}
	if a.factory, err = c.Factory(t.environment, t.scenario.Name, settings); err != nil {
		return nil, err
	}
	if a.report, err = c.Report(a.factory.Spec()); err != nil {
		return nil, err
	}
	if a.metric, err = placeOfMetric(t, a.report.Metrics()); err != nil {
		return nil, err
	}
	floor, ceiling, err := references(c, t.environment)
	if err != nil {
		return nil, err
	}
	play := func(name, what string) ([]stats.Part, error) {
		a.options.Progress = report.of(fmt.Sprintf("measuring %s in %s, %s", name, t.scenario.Name, what))
		defer func() { a.options.Progress = nil }()
		return a.play(ctx, name, func() (env.Policy, error) { return c.Policy(name, a.factory) })
	}
	best, err := play(ceiling, "the score of 100")
	if err != nil {
		return nil, err
	}
	a.best = ceiling
	for i := range best {
		a.ceilings = append(a.ceilings, a.statistic().Of(best[i:i+1]).Value)
	}
	if least := t.scenario.LeastCeiling; least != nil {
		a.counts = make([]bool, len(best))
		for i, reached := range a.ceilings {
			a.counts[i] = !a.measured().Order.Better(*least, reached)
		}
		if !slices.Contains(a.counts, true) {
			return nil, jsonconfig.Refuse(t.at+".least_ceiling", fmt.Sprint(*least),
				fmt.Sprintf("give a number that %s reaches in some episode of %s", ceiling, t.scenario.Name))
		}
	}
	worst, err := play(floor, "the score of 0")
	if err != nil {
		return nil, err
	}
	a.floor, a.ceiling = a.value(worst), a.value(best)
	if m := a.measured(); !m.Order.Better(a.ceiling, a.floor) {
		return nil, jsonconfig.Refuse(t.at+".metric", jsonconfig.Quote(m.Name),
			fmt.Sprintf("give another one: in this %s reaches %.4g, and %s, which is to score 100, no better than %.4g", floor, a.floor, ceiling, a.ceiling))
	}
	if a.scenario.MostLoss > 0 {
		if a.lost = a.loss(worst); !(a.lost > 0) {
			return nil, jsonconfig.Refuse(t.at+".most_loss", fmt.Sprint(a.scenario.MostLoss),
				fmt.Sprintf("leave it out: with it %s, which is to score 0, loses no more than %s", floor, ceiling))
		}
	}
	return a, nil
}

// loss is how far below the ceiling the episodes that count are in the mean, each
// by no more than the bound.
func (a *arena) loss(parts []stats.Part) float64 {
	sum, n := 0.0, 0
	for i := range parts {
		if a.counts != nil && !a.counts[i] {
			continue
		}
		loss := a.ceilings[i] - a.statistic().Of(parts[i:i+1]).Value
		if a.measured().Order.Better(-1, 1) {
			loss = -loss
		}
		sum += min(loss, a.scenario.MostLoss)
		n++
	}
	return sum / float64(n)
}

// score is 0 for the floor and 100 for the ceiling.
func (a *arena) score(parts []stats.Part) float64 {
	if a.scenario.MostLoss > 0 {
		return 100 * (1 - a.loss(parts)/a.lost)
	}
	return 100 * (a.value(parts) - a.floor) / (a.ceiling - a.floor)
}

// placeOfMetric finds the metric of a task's validation among a report's.
func placeOfMetric(t *validated, metrics []rollout.Metric) (int, error) {
	if t.scenario.Metric == "" {
		return 0, nil
	}
	var ordered []string
	for i, m := range metrics {
		if m.Order == rollout.Unordered {
			continue
		}
		if m.Name == t.scenario.Metric {
			return i, nil
		}
		ordered = append(ordered, m.Name)
	}
	return 0, jsonconfig.Refuse(t.at+".metric", jsonconfig.Quote(t.scenario.Metric),
		"give one of "+strings.Join(ordered, ", ")+", or leave it empty for the first")
}

// measuring is told what is measured before models are, which may take a while,
// and in what unit, and returns what is told how far that is.
type measuring func(what, unit string) func(done, total int)

func (m measuring) of(what string) func(policy string, done, total int) {
	update := m(what, "episodes")
	return func(_ string, done, total int) { update(done, total) }
}

// references names the policies with the scores 0 and 100 of an environment:
// those of its bench, but the expert who labels it where there is one, which is
// as good as the bench's ceiling within a percent, and much quicker.
func references(c *catalog.Catalog, environment string) (floor, ceiling string, err error) {
	for _, s := range bench.Suites() {
		if s.Environment != environment {
			continue
		}
		_, expert, err := c.Experts(environment)
		return s.Floor, cmp.Or(expert, s.Ceiling), err
	}
	return "", "", fmt.Errorf("nothing is known to compare with in %s: %w", environment, fs.ErrNotExist)
}

// play returns what was measured of the metric in each episode.
func (a *arena) play(ctx context.Context, name string, policy func() (env.Policy, error)) ([]stats.Part, error) {
	source := &scenarioSource{spec: a.factory.Spec(),
		newEnv:    func(context.Context) (env.Env, error) { return a.factory.New(0, 1) },
		newPolicy: func(string) (env.Policy, error) { return policy() }}
	options := a.options
	options.Policies = []string{name}
	played, err := rollout.Play(ctx, source, a.report, options)
	if err != nil {
		return nil, err
	}
	parts := make([]stats.Part, len(played[0]))
	for i, e := range played[0] {
		parts[i] = e.Parts[a.metric]
	}
	return parts, nil
}

// measured is the metric.
func (a *arena) measured() rollout.Metric { return a.report.Metrics()[a.metric] }

func (a *arena) statistic() rollout.Statistic { return a.measured().Statistic }

// value is the metric over the episodes that count.
func (a *arena) value(parts []stats.Part) float64 {
	var counted []stats.Part
	for i, p := range parts {
		if a.counts == nil || a.counts[i] {
			counted = append(counted, p)
		}
	}
	return a.statistic().Of(counted).Value
}

// measures notes in a run what its scores are measured against, or refuses to
// measure them against something else than until now. The flag is that of the
// data that is played.
func (e *evaluator) measures(run *checkpoint.Run, flag string) error {
	var now []checkpoint.Reference
	for _, a := range e.arenas {
		now = append(now, checkpoint.Reference{Task: a.task, Scenario: a.scenario.Name, Floor: a.floor, Ceiling: a.ceiling})
	}
	v := run.Validation
	if len(v.References) == 0 {
		v.References = now
		return nil
	}
	for i, n := range now {
		was := v.References[min(i, len(v.References)-1)]
		if n.Scenario == was.Scenario && near(n.Floor, was.Floor) && near(n.Ceiling, was.Ceiling) {
			continue
		}
		data := flag + " " + v.Data
		if v.Data == "" {
			data = "the built-in data, " + flag + "=\"\""
		}
		return fmt.Errorf("task %s: the scores 0 and 100 stood for %.6g and %.6g in %s until now, and would for %.6g and %.6g in %s: give the data that the run was begun with, %s, or begin another run with --init",
			n.Task, was.Floor, was.Ceiling, was.Scenario, n.Floor, n.Ceiling, n.Scenario, data)
	}
	return nil
}

// near allows for other last bits on another machine.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*(1+math.Abs(b)) }

// By implements train.Evaluator.
func (e *evaluator) By() string {
	if len(e.arenas) > 1 {
		return "the mean score in the scenarios of validation"
	}
	s := &e.arenas[0].scenario
	if s.Metric != "" {
		return "the score of " + s.Metric + " in " + s.Name
	}
	return "the score in " + s.Name
}

// Evaluate implements train.Evaluator: a score is 0 for the floor and 100 for
// the ceiling.
func (e *evaluator) Evaluate(ctx context.Context, m *model.Model) (tasks []checkpoint.TaskPoint, score float64, err error) {
	run, err := agent.New(m, e.features)
	if err != nil {
		return nil, 0, err
	}
	for _, a := range e.arenas {
		parts, err := a.play(ctx, studentName, func() (env.Policy, error) { return run.Policy(a.factory.Spec(), e.options) })
		if err != nil {
			return nil, 0, err
		}
		value, own := a.value(parts), a.score(parts)
		score += own / float64(len(e.arenas))
		tasks = append(tasks, checkpoint.TaskPoint{Task: a.task, Scenarios: []checkpoint.Played{
			{Scenario: a.scenario.Name, Metric: a.measured().Name, Value: value, Score: own, Episodes: a.episodes(len(parts))}}})
	}
	return tasks, score, nil
}

// episodes is how many count.
func (a *arena) episodes(played int) int {
	if a.counts == nil {
		return played
	}
	n := 0
	for _, counts := range a.counts {
		if counts {
			n++
		}
	}
	return n
}
