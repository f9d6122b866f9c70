package train_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/datasets/collect"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testcollect"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
	"trailblazer/trainer/train"
)

// collected are small data sets of all tasks: short videos labelled with
// advantages, small clusters, calls labelled with the true bandwidth.
func collected(t *testing.T, names ...string) []*feed.Data {
	t.Helper()
	var sets []*feed.Data
	for _, name := range names {
		var w testcollect.Wanted
		switch name {
		case "abr":
			w = testcollect.Wanted{ID: "trailblazer/ABR-v0", Scenario: "abr/custom", Config: "{" + testabr.OwnData + "}",
				Options: collect.Options{Policies: []string{"bba", "random"}, Episodes: 10, Epsilon: 0.1}}
		case "cjs":
			w = testcollect.Wanted{ID: "trailblazer/CJS-v0", Scenario: "cjs/custom", Config: `{"max_steps": 60}`, Options: collect.Options{Policies: []string{"linear"}, Episodes: 4}}
		case "cc":
			w = testcollect.Wanted{ID: "trailblazer/CC-v0", Scenario: "cc/train", Config: `{"packets": true, "max_steps": 40}`,
				Options: collect.Options{Policies: []string{"max-rate"}, Episodes: 6, Epsilon: 0.2}}
		}
		sets = append(sets, openSet(t, testcollect.Collect(t, w)))
	}
	return sets
}

func openSet(t *testing.T, dir string) *feed.Data {
	t.Helper()
	data, set, err := feed.OpenSet(dir)
	check(t, err)
	t.Cleanup(func() { set.Close() })
	return data
}

// setup is one for a small model that is trained for a few steps.
func setup(t *testing.T, workers int, sets ...*feed.Data) *train.Setup {
	t.Helper()
	return setupAfter(t, nil, workers, sets...)
}

// setupAfter is one that goes on from a run.
func setupAfter(t *testing.T, init *checkpoint.Run, workers int, sets ...*feed.Data) *train.Setup {
	t.Helper()
	sources, err := train.NewSources(sets, nil)
	check(t, err)
	config, err := train.Default(sources, train.Basis{Steps: 6, Init: init})
	check(t, err)
	b := &config.Backbone
	b.Width, b.Layers, b.Heads, b.Dropout = 16, 1, 2, 0.1
	config.Validation.Every, config.LogEvery, config.SaveSeconds = 3, 2, 0
	for i := range config.Tasks {
		d := &config.Tasks[i].Data
		d.Batch, d.HeldOut, d.HeldOutBy, d.MinValue = 3, 0.25, "seed", nil
		if d.Window > 0 {
			d.Window, d.Lead, d.Stride = 24, 4, 20
		}
		e := &config.Tasks[i].Model.Encoder
		for k := range e.Parts {
			e.Parts[k].Widths = []int{16}
		}
	}
	compute, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: workers})
	check(t, err)
	return &train.Setup{Config: config, Sources: sources, Compute: compute}
}

// fit opens a run and trains it until the end, or until some progress makes ctx
// end.
func fit(t *testing.T, dir string, s *train.Setup, until func(p train.Progress) bool) (*checkpoint.Run, error) {
	t.Helper()
	trainer, err := train.Open(t.Context(), dir, s)
	if err != nil {
		return nil, err
	}
	defer trainer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	return trainer.Run, trainer.Train(ctx, nil, func(p train.Progress) {
		if until != nil && until(p) {
			cancel()
		}
	})
}

func TestOneModelForThreeTasks(t *testing.T) {
	sets := collected(t, "abr", "cjs", "cc")
	whole := &game{dir: filepath.Join(t.TempDir(), "whole")}
	s := setup(t, 1, sets...)
	kinds := []string{model.ObjectiveAdvantage, model.ObjectiveAction, model.ObjectiveExpert}
	for i, want := range kinds {
		if got := s.Config.Tasks[i].Model.Objective.Kind; got != want {
			t.Errorf("task %s learns %q, want %q", s.Config.Tasks[i].Name, got, want)
		}
	}
	run, err := fit(t, whole.dir, s, nil)
	check(t, err)
	if run.Status != checkpoint.Finished || len(run.Data) != 3 || len(run.Features) != 3 || run.Parameters == 0 || run.Learned != run.Parameters || len(run.Best.Tasks) != 3 {
		t.Errorf("the run is %+v", run)
	}
	want := whole.remains(t)
	for _, stop := range []int{1, 4} {
		g := &game{dir: filepath.Join(t.TempDir(), "run")}
		run, err := fit(t, g.dir, setup(t, 2, sets...), func(p train.Progress) bool { return p.Step > stop })
		if !errors.Is(err, context.Canceled) || run.Status != checkpoint.Stopped {
			t.Fatalf("stopped after step %d: %v, %+v", stop, err, run)
		}
		_, err = fit(t, g.dir, setup(t, 3, sets...), nil)
		check(t, err)
		same(t, "after a stop", g.remains(t), want)
	}
}

func TestOtherRuns(t *testing.T) {
	sets := collected(t, "abr", "abr")
	dir := filepath.Join(t.TempDir(), "run")
	s := setup(t, 1, sets[0])
	_, err := fit(t, dir, s, nil)
	check(t, err)
	for name, change := range map[string]struct {
		change func() *train.Setup
		want   string
	}{
		"config": {func() *train.Setup { s := setup(t, 1, sets[0]); s.Config.Steps++; return s }, "steps is 6, and not 7"},
		"data":   {func() *train.Setup { return setup(t, 1, sets...) }, "data sets are 1, and not 2"},
		"begin":  {func() *train.Setup { s := setup(t, 1, sets[0]); s.Init = dir; return s }, "first weights are others"},
	} {
		_, err := fit(t, dir, change.change(), nil)
		var other *train.OtherRunError
		if !errors.As(err, &other) || !strings.Contains(err.Error(), change.want) || !strings.Contains(err.Error(), "--resume") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	// The run is what it was.
	run, err := fit(t, dir, setup(t, 1, sets[0]), nil)
	if err != nil || run.Status != checkpoint.Finished {
		t.Errorf("%+v, %v", run, err)
	}
	check(t, os.Remove(filepath.Join(dir, "last.safetensors")))
	if _, err := fit(t, dir, setup(t, 1, sets[0]), nil); err != nil {
		t.Errorf("a finished run needs its state: %v", err)
	}
}

func TestBeginningWithARun(t *testing.T) {
	sets := collected(t, "abr", "cc")
	first := filepath.Join(t.TempDir(), "first")
	_, err := fit(t, first, setup(t, 1, sets[0]), nil)
	check(t, err)
	before, err := checkpoint.Read(first)
	check(t, err)

	s := setupAfter(t, before, 1, sets...)
	s.Config.Backbone.Frozen, s.Init = true, first
	dir := filepath.Join(t.TempDir(), "second")
	trainer, err := train.Open(t.Context(), dir, s)
	check(t, err)
	if n := len(trainer.Taken.Params); n == 0 || len(trainer.Taken.New) == 0 || trainer.Run.Init.New != len(trainer.Taken.New) {
		t.Errorf("%d params were taken, %d are new, the run says %+v", n, len(trainer.Taken.New), trainer.Run.Init)
	}
	frozen := slices.Clone(trainer.Model.Params().Params()[0].Value)
	if !trainer.Model.Params().Params()[0].Frozen || trainer.Run.Learned >= trainer.Run.Parameters {
		t.Errorf("the backbone learns: %+v", trainer.Run)
	}
	check(t, trainer.Train(t.Context(), nil, nil))
	check(t, trainer.Close())
	run, loaded, err := checkpoint.Load(dir, s.Compute)
	check(t, err)
	if !slices.Equal(loaded.Params().Params()[0].Value, frozen) {
		t.Error("a frozen backbone has changed")
	}
	scale := func(r *checkpoint.Run) string {
		text, err := json.Marshal(r.Features[0])
		check(t, err)
		return string(text)
	}
	if scale(run) != scale(before) {
		t.Errorf("the scales are %s, not those of the first run, %s", scale(run), scale(before))
	}
	if !run.Model.Backbone.Frozen || setupAfter(t, run, 1, sets...).Config.Backbone.Frozen {
		t.Error("what begins with a frozen backbone does not learn")
	}
}

func TestDirectories(t *testing.T) {
	sets := collected(t, "abr")
	full := t.TempDir()
	check(t, os.WriteFile(filepath.Join(full, "letter.txt"), nil, 0o600))
	if _, err := fit(t, full, setup(t, 1, sets...), nil); err == nil || !strings.Contains(err.Error(), "letter.txt") {
		t.Errorf("a directory with other files: %v", err)
	}
	// A run that has not got anywhere makes room for another.
	dir := filepath.Join(t.TempDir(), "run")
	trainer, err := train.Open(t.Context(), dir, setup(t, 1, sets...))
	check(t, err)
	var locked *checkpoint.LockedError
	if _, err := train.Open(t.Context(), dir, setup(t, 1, sets...)); !errors.As(err, &locked) {
		t.Errorf("two trainers of one run: %v", err)
	}
	check(t, trainer.Close())
	s := setup(t, 1, sets...)
	s.Config.Seed++
	if _, err := fit(t, dir, s, nil); err != nil {
		t.Errorf("another run in a directory without steps: %v", err)
	}
}

// TestDataWithoutLessons gives data that teach nothing, and then follows the advice
// in the same directory.
func TestDataWithoutLessons(t *testing.T) {
	set := openSet(t, testcollect.Collect(t, testcollect.Wanted{ID: "trailblazer/CC-v0", Scenario: "cc/train", Config: `{"packets": true, "max_steps": 20}`,
		Options: collect.Options{Policies: []string{"max-rate"}, Episodes: 6, Epsilon: 1}}))
	dir := filepath.Join(t.TempDir(), "run")
	with := func(skip bool) *train.Setup {
		s := setup(t, 1, set)
		d := &s.Config.Tasks[0].Data
		d.SkipExplored, d.HeldOut, d.HeldOutBy = skip, 0, ""
		return s
	}
	_, err := fit(t, dir, with(true), nil)
	var noData *train.DataError
	if err == nil || errors.As(err, &noData) || !strings.Contains(err.Error(), "learn from what exploration chose too") {
		t.Fatalf("the error is a %T, %v", err, err)
	}
	if run, err := fit(t, dir, with(false), nil); err != nil || run.Status != checkpoint.Finished {
		t.Errorf("with what exploration chose: %+v, %v", run, err)
	}
}

func TestNewSources(t *testing.T) {
	sets := collected(t, "cc", "abr")
	sources, err := train.NewSources(sets, []string{"abr"})
	check(t, err)
	if len(sources) != 1 || sources[0].Task != "abr" {
		t.Errorf("the sources are %+v", sources)
	}
	if _, err := train.NewSources(sets, []string{"abr", "cjs"}); err == nil || !strings.Contains(err.Error(), "there are cc, abr") {
		t.Errorf("the error is %v", err)
	}
}

func TestBitratesAreChosenWithoutTestTraces(t *testing.T) {
	for _, test := range []struct {
		played          []string
		builtIn, wanted string
	}{
		{[]string{"abr/train"}, "abr/valid", "abr/train-file-clean"},
		{[]string{"abr/train-leak-free"}, "abr/valid", "abr/train-leak-free"},
		{[]string{"abr/fit"}, "abr/valid-fit", "abr/valid-file-clean"},
		{[]string{"abr/fit-file-clean"}, "abr/valid", "abr/valid-file-clean"},
		{[]string{"abr/fit-leak-free"}, "abr/valid", "abr/valid-leak-free"},
		{[]string{"abr/fit-karma"}, "abr/valid", "abr/valid-karma"},
		{[]string{"abr/fit", "abr/train"}, "abr/valid", "abr/train-file-clean"},
	} {
		sources, err := train.NewSources(collected(t, "abr"), nil)
		check(t, err)
		set, info := *sources[0].Data, *sources[0].Info
		set.Info, info.Scenarios = &info, nil
		for _, name := range test.played {
			info.Scenarios = append(info.Scenarios, traj.ScenarioInfo{Name: name})
		}
		sources[0].Data = &set
		for published, want := range map[bool]string{false: test.builtIn, true: test.wanted} {
			c, err := train.Default(sources, train.Basis{Published: published})
			check(t, err)
			got := c.Tasks[0].Scenario
			if got.Name != want || got.LeastCeiling == nil || got.Name != "abr/valid" && got.Episodes != 300 {
				t.Errorf("played in %v, published %v: models are chosen by %+v, want %s", test.played, published, got, want)
			}
			check(t, c.Validate())
		}
	}
}
