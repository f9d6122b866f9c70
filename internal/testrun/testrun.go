// Package testrun makes runs of models for tests, whose weights nobody has
// trained: what they choose is arbitrary, but always the same, and depends on
// all that they are shown.
package testrun

import (
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Options say what a model is like.
type Options struct {
	// Preset is that of the model; empty stands for "small".
	Preset string
	// Seed draws its weights.
	Seed uint64
	// Shrink makes it narrower and shallower, for tests that need no size.
	Shrink bool
	// Change, where set, changes the config before the model is made.
	Change func(c *model.Config, features []feature.Config)
}

// Make makes a model of tasks for environments of these specs.
func Make(t testing.TB, o Options, specs ...*env.Spec) (*model.Model, []feature.Config) {
	t.Helper()
	if o.Preset == "" {
		o.Preset = "small"
	}
	backbone, err := model.PresetBackbone(o.Preset)
	if err != nil {
		t.Fatal(err)
	}
	// Wider than what training begins with, so that all inputs matter.
	backbone.InitStd = 0.5
	if o.Shrink {
		backbone.Width, backbone.Layers, backbone.Heads, backbone.MLPWidth = 16, 2, 2, 0
		backbone.KVHeads, backbone.HeadWidth = min(backbone.KVHeads, 1), 0
	}
	config := model.Config{Backbone: backbone}
	var features []feature.Config
	for _, spec := range specs {
		f, err := feature.Default(spec)
		if err != nil {
			t.Fatal(err)
		}
		adapter, err := feature.New(f, spec)
		if err != nil {
			t.Fatal(err)
		}
		shape := adapter.Shape()
		sizes := model.Shape{Nodes: shape.Nodes, Jobs: shape.Jobs, Globals: shape.Global, Choices: shape.Choices, Executors: shape.Executors}
		for _, n := range f.Vector {
			sizes.Features = append(sizes.Features, n.Name)
		}
		name, _, _ := strings.Cut(strings.ToLower(filepath.Base(spec.ID)), "-")
		task, err := model.NewTask(o.Preset, name, spec.ID, sizes)
		if err != nil {
			t.Fatal(err)
		}
		f.Condition.Kind, f.Condition.Std, f.Condition.Target = task.Condition, 10, 20
		config.Tasks, features = append(config.Tasks, task), append(features, *f)
	}
	if o.Change != nil {
		o.Change(&config, features)
	}
	compute, err := kernel.NewCompute(kernel.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(config, compute, o.Seed)
	if err != nil {
		t.Fatal(err)
	}
	return m, features
}

// Write keeps a run of such a model in a directory, as training would.
func Write(t testing.TB, dir string, o Options, specs ...*env.Spec) {
	t.Helper()
	m, features := Make(t, o, specs...)
	d, err := checkpoint.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	run := &checkpoint.Run{Model: m.Config(), Features: features, Status: checkpoint.Finished, Step: 1, Steps: 1, Parameters: m.Params().Count()}
	if err := d.SaveWeights(m.Params().Params(), 1, ""); err != nil {
		t.Fatal(err)
	}
	if err := d.Save(run); err != nil {
		t.Fatal(err)
	}
}
