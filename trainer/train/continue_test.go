package train_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/train"
)

// killed is a copy of what a run had on the disk right after its first
// validation.
func killed(t *testing.T, s *train.Setup) string {
	t.Helper()
	dir, left := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "killed")
	_, err := fit(t, dir, s, func(p train.Progress) bool {
		if p.New {
			check(t, os.CopyFS(left, os.DirFS(dir)))
		}
		return p.New
	})
	if err == nil {
		t.Fatal("the run was not stopped")
	}
	return left
}

// TestKilledBeforeTheFirstState lets runs die that have a first model, and no
// state: one with fresh weights, one with those of another run.
func TestKilledBeforeTheFirstState(t *testing.T) {
	sets := collected(t, "abr")
	first := filepath.Join(t.TempDir(), "first")
	_, err := fit(t, first, setup(t, 1, sets...), nil)
	check(t, err)
	before, err := checkpoint.Read(first)
	check(t, err)
	for _, init := range []string{"", first} {
		begun := func() *train.Setup {
			s := setup(t, 1, sets...)
			if init != "" {
				s = setupAfter(t, before, 1, sets...)
				s.Init = init
			}
			s.Config.SaveSeconds = 1e9
			return s
		}
		whole := &game{dir: filepath.Join(t.TempDir(), "whole")}
		_, err := fit(t, whole.dir, begun(), nil)
		check(t, err)
		left := &game{dir: killed(t, begun())}
		if _, err := os.Stat(filepath.Join(left.dir, "last.safetensors")); err == nil {
			t.Fatal("there is a state")
		}
		_, err = fit(t, left.dir, begun(), nil)
		check(t, err)
		same(t, "killed, beginning with "+init, left.remains(t), whole.remains(t))
	}
}

// TestGoingOnAfterDeath copies what a run has on the disk at several places, all of
// which are beyond its only state, and goes on from the copies.
func TestGoingOnAfterDeath(t *testing.T) {
	sets := collected(t, "abr")
	const state = 1 // the only step that is saved
	whole := &game{dir: filepath.Join(t.TempDir(), "whole")}
	copies := make(map[string]*game)
	validated := make(map[string]int) // the step that each copy's record knows as the best
	begun := func(workers int) *train.Setup {
		s := setup(t, workers, sets...)
		s.Config.SaveSeconds = 1e9
		return s
	}
	if _, err := fit(t, whole.dir, begun(1), func(p train.Progress) bool { return p.Step == state }); err == nil {
		t.Fatal("the run was not stopped")
	}
	_, err := fit(t, whole.dir, begun(1), func(p train.Progress) bool {
		name := fmt.Sprintf("step %d, validated %v", p.Step, p.New)
		copies[name] = &game{dir: filepath.Join(t.TempDir(), "killed")}
		check(t, os.CopyFS(copies[name].dir, os.DirFS(whole.dir)))
		if p.Best != nil {
			validated[name] = p.Best.Step
		}
		return false
	})
	check(t, err)
	want := whole.remains(t)
	// Of a copy that went back, and was killed once more: its first model again
	// took the place of the last, and that is not noted yet.
	first, last := copies["step 3, validated true"], copies["step 6, validated true"]
	if validated["step 3, validated true"] != 3 || validated["step 6, validated true"] != 6 {
		t.Fatalf("the best are of the steps %v", validated)
	}
	twice := &game{dir: filepath.Join(t.TempDir(), "twice")}
	check(t, os.CopyFS(twice.dir, os.DirFS(last.dir)))
	model, err := os.ReadFile(filepath.Join(first.dir, "model.safetensors"))
	check(t, err)
	check(t, os.WriteFile(filepath.Join(twice.dir, "model.safetensors"), model, 0o600))
	copies["twice"] = twice

	for name, g := range copies {
		before, err := os.Stat(filepath.Join(g.dir, "metrics.jsonl"))
		check(t, err)
		if wrote := before.Size() > 0; wrote != (name != "step 2, validated false") {
			t.Errorf("%s: there are %d bytes of metrics", name, before.Size())
		}
		var told []train.Progress
		run, err := fit(t, g.dir, begun(2), func(p train.Progress) bool { told = append(told, p); return false })
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var news []int
		for _, p := range told {
			if p.New {
				news = append(news, p.Step)
			}
		}
		if told[0].Step != state+1 || !slices.Equal(news, []int{3, 6}) {
			t.Errorf("%s: it goes on with step %d, and validates at the steps %v", name, told[0].Step, news)
		}
		if run.Status != checkpoint.Finished || run.Best.Step != 6 {
			t.Errorf("%s: the run is %s, its best of step %d", name, run.Status, run.Best.Step)
		}
		check(t, run.CheckWeights(g.dir))
		same(t, name, g.remains(t), want)
	}
}

// TestFirstWeightsAreNeededOnce goes on where the run that another began with
// is not there any more.
func TestFirstWeightsAreNeededOnce(t *testing.T) {
	sets := collected(t, "abr")
	first := filepath.Join(t.TempDir(), "first")
	_, err := fit(t, first, setup(t, 1, sets...), nil)
	check(t, err)
	before, err := checkpoint.Read(first)
	check(t, err)
	after := func(resumed bool) *train.Setup {
		s := setupAfter(t, before, 1, sets...)
		s.Init, s.Resumed = first, resumed
		return s
	}
	saved := filepath.Join(t.TempDir(), "saved")
	if _, err := fit(t, saved, after(false), func(p train.Progress) bool { return p.Step > 2 }); err == nil {
		t.Fatal("the run was not stopped")
	}
	bare := func() *train.Setup {
		s := after(true)
		s.Config.SaveSeconds = 1e9
		return s
	}
	left := killed(t, bare())
	check(t, os.Rename(first, first+"-away"))
	for dir, s := range map[string]*train.Setup{saved: after(false), left: bare()} {
		if _, err := fit(t, dir, s, nil); err == nil || !strings.Contains(err.Error(), first) {
			t.Errorf("the error is %v", err)
		}
	}
	if run, err := fit(t, saved, after(true), nil); err != nil || run.Status != checkpoint.Finished {
		t.Errorf("a run with a state: %+v, %v", run, err)
	}
}

func TestRunsGoOnAsTheyValidate(t *testing.T) {
	sets := collected(t, "abr")
	dir := filepath.Join(t.TempDir(), "run")
	with := func(v *checkpoint.Validation) *train.Setup {
		s := setup(t, 1, sets...)
		s.Validation = v
		return s
	}
	_, err := fit(t, dir, with(&checkpoint.Validation{Nothing: true, Estimator: "a"}), func(p train.Progress) bool { return p.Step > 3 })
	if err == nil {
		t.Fatal("the run was not stopped")
	}
	for want, v := range map[string]*checkpoint.Validation{
		"validation plays nothing": {Estimator: "a"},
		"estimator is another":     {Nothing: true, Estimator: "b"},
	} {
		var other *train.OtherRunError
		if _, err := fit(t, dir, with(v), nil); !errors.As(err, &other) || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, without %q", err, want)
		}
	}
	// Scores of two kinds don't compare, whoever says what plays.
	trainer, err := train.Open(t.Context(), dir, with(nil))
	check(t, err)
	if err := trainer.Train(t.Context(), new(player), nil); err == nil || !strings.Contains(err.Error(), "would be by a game") {
		t.Errorf("the error is %v", err)
	}
	check(t, trainer.Close())
	run, err := fit(t, dir, with(nil), nil)
	if err != nil || !run.Validation.Nothing {
		t.Errorf("%+v, %v", run, err)
	}
}

func TestAnotherBackendMustBeNamed(t *testing.T) {
	sets := collected(t, "abr")
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := fit(t, dir, setup(t, 1, sets...), func(p train.Progress) bool { return p.Step > 3 }); err == nil {
		t.Fatal("the run was not stopped")
	}
	d, err := checkpoint.Create(dir)
	check(t, err)
	run, err := checkpoint.Read(dir)
	check(t, err)
	run.Backend = "Abacus"
	check(t, d.Save(run))
	check(t, d.Close())
	s := setup(t, 1, sets...)
	if _, err := fit(t, dir, s, nil); err == nil || !strings.Contains(err.Error(), "--backend") || !strings.Contains(err.Error(), "Abacus") {
		t.Errorf("the error is %v", err)
	}
	s.AnyBackend, s.Backend = true, checkpoint.Backend{Name: "go"}
	trainer, err := train.Open(t.Context(), dir, s)
	check(t, err)
	defer trainer.Close()
	compute, err := kernel.NewCompute(kernel.Options{Backend: "go"})
	check(t, err)
	if trainer.Before != "Abacus" || trainer.Run.Backend != compute.Backend() || trainer.Run.Asked.Name != "go" {
		t.Errorf("the run was %q, and is %+v", trainer.Before, trainer.Run)
	}
}

// TestFinishedRunsKeepTheirBackend opens one with another backend than it was
// trained with.
func TestFinishedRunsKeepTheirBackend(t *testing.T) {
	sets := collected(t, "abr")
	dir := filepath.Join(t.TempDir(), "run")
	run, err := fit(t, dir, setup(t, 1, sets...), nil)
	check(t, err)
	d, err := checkpoint.Create(dir)
	check(t, err)
	run.Backend, run.Asked = "Abacus", checkpoint.Backend{Name: "abacus"}
	check(t, d.Save(run))
	check(t, d.Close())
	for _, anyBackend := range []bool{false, true} {
		s := setup(t, 1, sets...)
		s.AnyBackend, s.Backend = anyBackend, checkpoint.Backend{Name: "go"}
		trainer, err := train.Open(t.Context(), dir, s)
		check(t, err)
		if r := trainer.Run; r.Backend != "Abacus" || r.Asked.Name != "abacus" || trainer.Before != "" {
			t.Errorf("any backend %v: the run is of %s, asked for as %s, before of %q", anyBackend, r.Backend, r.Asked.Name, trainer.Before)
		}
		check(t, trainer.Close())
	}
}

// TestDamagedModelsAreRefused damages the best model of a run that is over, of
// one that goes on, and of one that another begins with.
func TestDamagedModelsAreRefused(t *testing.T) {
	sets := collected(t, "abr")
	damage := func(dir string) {
		path := filepath.Join(dir, "model.safetensors")
		data, err := os.ReadFile(path)
		check(t, err)
		data[len(data)-2] ^= 1
		check(t, os.WriteFile(path, data, 0o600))
	}
	refused := func(what, dir string, s *train.Setup) {
		if _, err := fit(t, dir, s, nil); err == nil || !strings.Contains(err.Error(), "it is damaged") {
			t.Errorf("%s: the error is %v", what, err)
		}
	}
	over, begun := filepath.Join(t.TempDir(), "over"), killed(t, setup(t, 1, sets...))
	run, err := fit(t, over, setup(t, 1, sets...), nil)
	check(t, err)
	damage(over)
	refused("a run that is over", over, setup(t, 1, sets...))
	if _, _, err := checkpoint.Load(over, setup(t, 1, sets...).Compute); err == nil {
		t.Error("a damaged model is loaded")
	}
	damage(begun)
	refused("a run that goes on", begun, setup(t, 1, sets...))
	after := setupAfter(t, run, 1, sets...)
	after.Init = over
	refused("a run that begins with another", filepath.Join(t.TempDir(), "after"), after)
}
