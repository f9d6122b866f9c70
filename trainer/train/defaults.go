package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Source is a data set to learn from, and the name of its task.
type Source struct {
	Task string
	*feed.Data
}

// NewSources gives data sets to tasks by their environments, which names, where
// there are any, select: of "trailblazer/ABR-v0" the task is "abr".
func NewSources(sets []*feed.Data, names []string) ([]Source, error) {
	var sources []Source
	var known []string
	for _, set := range sets {
		name := TaskName(set.Info.Environment)
		if !slices.Contains(known, name) {
			known = append(known, name)
		}
		if len(names) == 0 || slices.Contains(names, name) {
			sources = append(sources, Source{name, set})
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, jsonconfig.Refuse("tasks", jsonconfig.Quote(name), "name tasks that a data set is of: there are "+strings.Join(known, ", "))
		}
	}
	return sources, nil
}

// TaskName is an environment's name in small letters, without version.
func TaskName(environment string) string {
	_, name, ok := strings.Cut(environment, "/")
	if !ok {
		name = environment
	}
	if at := strings.LastIndex(name, "-v"); at > 0 {
		name = name[:at]
	}
	return strings.ToLower(name)
}

// of are the data sets of a task.
func of(sources []Source, task string) []Source {
	return slices.DeleteFunc(slices.Clone(sources), func(s Source) bool { return s.Task != task })
}

// Basis is what defaults depend on beside the data. The zero value will do.
type Basis struct {
	// Preset is the model's; empty stands for "small".
	Preset string
	// Steps are the optimizer's; 0 stands for 1,500.
	Steps int
	// Published says that validation plays the published data. Among its traces
	// for validation are some of the test's: where the data's own scenario holds
	// none out, bitrates are then chosen on training traces that are no test's.
	Published bool
	// Init is the run that is gone on from: its model takes the place of the
	// preset's, sizes, dropout, LoRA, features and scales, for the tasks that
	// both have. Nothing of it stays frozen.
	Init *checkpoint.Run
}

// Default is a config that learns from some data sets: what was found to do well
// in validation.
func Default(sources []Source, b Basis) (*Config, error) {
	b.Preset, b.Steps = cmp.Or(b.Preset, "small"), cmp.Or(b.Steps, 1500)
	backbone, err := model.PresetBackbone(b.Preset)
	if err != nil {
		return nil, err
	}
	if b.Init != nil {
		// What was frozen there learns again, unless the new run says otherwise.
		backbone = b.Init.Model.Backbone
		backbone.Frozen = false
	}
	c := &Config{
		Seed: 1, Steps: b.Steps, ClipNorm: 1, Average: 0.99,
		Optimizer: Optimizer{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01},
		Schedule:  kernel.Schedule{Kind: "cosine", Rate: 1e-3, Warmup: min(100, b.Steps/10), Floor: 1e-5},
		Backbone:  backbone, Validation: Validation{Every: max(1, b.Steps/12), Batches: 8}, TargetQuantile: 0.9,
		LogEvery: max(1, b.Steps/60), SaveSeconds: 20,
	}
	for _, s := range sources {
		if slices.ContainsFunc(c.Tasks, func(t Task) bool { return t.Name == s.Task }) {
			continue
		}
		t, err := defaultTask(of(sources, s.Task), &b)
		if err != nil {
			return nil, fmt.Errorf("data set %s: %w", s.Name, err)
		}
		c.Tasks = append(c.Tasks, *t)
	}
	// About one batch of each task makes a step.
	c.Accumulate = max(1, len(c.Tasks))
	return c, nil
}

// defaultTask learns from the data sets of one task.
func defaultTask(sets []Source, b *Basis) (*Task, error) {
	spec, err := sets[0].Spec()
	if err != nil {
		return nil, err
	}
	t := &Task{Name: sets[0].Task, Data: Data{Odds: 1, HeldOut: 0.1}}
	if err := t.build(spec, b); err != nil {
		return nil, err
	}
	t.learnable(sets)
	switch spec.ID {
	case "trailblazer/ABR-v0":
		t.Scenario = BitrateScenario(trainedIn(sets), b.Published)
		if t.Model.Windowed { // It plays slowly.
			t.Scenario.Episodes = 40
		}
	case "trailblazer/CJS-v0":
		t.Data.Nodes = 1 << 15
		t.Scenario = Scenario{Name: "cjs/train", Episodes: 2, Seed: validationSeed}
	case "trailblazer/CC-v0":
		t.Scenario = Scenario{Name: "cc/train", Episodes: 20, Seed: validationSeed}
	}
	t.cut(cuts{})
	return t, nil
}

// build makes the model and its features: those of the run that is gone on from,
// or the preset's.
func (t *Task) build(spec *env.Spec, b *Basis) error {
	if b.Init != nil {
		if at := b.Init.Model.Task(t.Name); at >= 0 {
			t.Model, t.Features, t.Measured = b.Init.Model.Tasks[at], b.Init.Features[at], true
			return nil
		}
	}
	features, err := feature.Default(spec)
	if err != nil {
		return err
	}
	adapter, err := feature.New(features, spec)
	if err != nil {
		return err
	}
	t.Features = *features
	if t.Model, err = model.NewTask(b.Preset, t.Name, spec.ID, ShapeOf(adapter)); err != nil {
		return err
	}
	return nil
}

// BitrateScenario is what models of bitrates are chosen by that have learned in a
// scenario, empty for several: the captures that it holds out, less those that are
// the test's where the published traces are at hand, else the traces for
// validation, or the training traces that are no test's.
func BitrateScenario(trained string, published bool) Scenario {
	s := Scenario{Name: "abr/valid"}
	held := heldOut(trained)
	if published && held == "abr/valid-fit" {
		// Some of its traces are the test's; these are the others.
		held = "abr/valid-file-clean"
	}
	switch {
	case held == "abr/valid-fit", held != "" && published:
		s = Scenario{Name: held, Episodes: 300, Seed: validationSeed}
	case published && trained == "abr/train-leak-free":
		s = Scenario{Name: trained, Episodes: 300, Seed: validationSeed}
	case published:
		s = Scenario{Name: "abr/train-file-clean", Episodes: 300, Seed: validationSeed}
	}
	s.LeastCeiling = new(float64)
	return s
}

// heldOut is the scenario on the captures that a scenario of bitrates leaves
// out for it; empty where there is none.
func heldOut(scenario string) string {
	kind, ok := strings.CutPrefix(scenario, "abr/fit")
	switch {
	case !ok:
		return ""
	case kind == "":
		return "abr/valid-fit"
	}
	return "abr/valid" + kind
}

// validationSeed is the first of the seeds with which generators make the
// episodes of validation: none that anybody collects with.
const validationSeed = 1 << 40

// trainedIn is the one scenario that all data sets were played in; empty where
// there are several.
func trainedIn(sets []Source) string {
	name := ""
	for _, s := range sets {
		for _, scenario := range s.Info.Scenarios {
			if name != "" && scenario.Name != name {
				return ""
			}
			name = scenario.Name
		}
	}
	return name
}

// ShapeOf is an adapter's shape in the model's terms.
func ShapeOf(a *feature.Adapter) model.Shape {
	s := a.Shape()
	shape := model.Shape{Nodes: s.Nodes, Jobs: s.Jobs, Globals: s.Global, Choices: s.Choices, Executors: s.Executors}
	for _, n := range a.Config().Vector {
		shape.Features = append(shape.Features, n.Name)
	}
	return shape
}

// learnable makes the objective one that the data sets have labels for: what
// every choice loses, else what an expert would have done, else what was done.
func (t *Task) learnable(sets []Source) {
	every := func(has func(s Source) bool) bool {
		return !slices.ContainsFunc(sets, func(s Source) bool { return !has(s) })
	}
	labelled := every(func(s Source) bool { return s.Info.Labels.Expert != "" })
	advantage := every(func(s Source) bool { return s.Info.Labels.Advantage })
	o := &t.Model.Objective
	if (o.Kind == model.ObjectiveAdvantage || o.Kind == model.ObjectiveSoft) && !advantage {
		o.Kind = model.ObjectiveExpert
	}
	if o.Kind == model.ObjectiveExpert && !labelled {
		o.Kind = model.ObjectiveAction
	}
	if every(func(s Source) bool { return s.Info.Labels.Value }) && t.Model.Environment == "trailblazer/ABR-v0" {
		// Over a dead link nothing can be won, and all choices lose a lot.
		least := 0.0
		t.Data.MinValue = &least
	}
}
