package checkpoint_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
)

func create(t *testing.T) *checkpoint.Directory {
	t.Helper()
	d, err := checkpoint.Create(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// params makes some, with values that depend on the seed.
func params(seed uint64, names ...string) []*kernel.Param {
	random := rand.New(rand.NewPCG(seed, 1))
	list := make([]*kernel.Param, len(names))
	for i, name := range names {
		list[i] = &kernel.Param{Name: name, Shape: []int{i + 1, 3}, Value: make([]float32, 3*(i+1))}
		for k := range list[i].Value {
			list[i].Value[k] = random.Float32()
		}
	}
	return list
}

func same(a, b []*kernel.Param) bool {
	return slices.EqualFunc(a, b, func(p, q *kernel.Param) bool { return slices.Equal(p.Value, q.Value) })
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %q, without %q", err, part)
		}
	}
}

func TestWeightsComeBack(t *testing.T) {
	d := create(t)
	saved, loaded := params(1, "a", "b"), params(2, "a", "b")
	check(t, d.SaveWeights(saved, 7, "0.5"))
	check(t, checkpoint.LoadWeights(d.Path(), loaded))
	if !same(saved, loaded) {
		t.Error("the weights differ")
	}
	first, err := checkpoint.WeightsSHA256(d.Path())
	check(t, err)
	check(t, d.SaveWeights(params(2, "a", "b"), 7, "0.5"))
	if second, err := checkpoint.WeightsSHA256(d.Path()); err != nil || second == first {
		t.Errorf("other weights have the hash %s too (%v)", second, err)
	}
}

func TestOtherWeightsAreRefused(t *testing.T) {
	d := create(t)
	check(t, d.Save(&checkpoint.Run{Status: checkpoint.Running}))
	wantError(t, checkpoint.LoadWeights(d.Path(), params(1, "a")), "no model.safetensors yet")
	check(t, d.SaveWeights(params(1, "a", "b"), 7, ""))
	for name, test := range map[string]struct {
		params []*kernel.Param
		want   string
	}{
		"missing":     {params(2, "a", "b", "c"), `no tensor "c"`},
		"left over":   {params(2, "a"), `tensor "b"`},
		"other shape": {params(2, "b", "a"), `tensor "b" has the shape [2 3], not [1 3]`},
	} {
		before := slices.Clone(test.params[0].Value)
		wantError(t, checkpoint.LoadWeights(d.Path(), test.params), "model.safetensors", test.want)
		if !slices.Equal(before, test.params[0].Value) {
			t.Errorf("%s: the params have changed", name)
		}
	}
}

func TestTruncatedFilesAreRefused(t *testing.T) {
	d := create(t)
	check(t, d.Save(&checkpoint.Run{Status: checkpoint.Running}))
	check(t, d.SaveWeights(params(1, "a", "b"), 7, ""))
	check(t, d.SaveState(&checkpoint.State{Arrays: []checkpoint.Array{{Group: "param", Name: "a", Shape: []int{2}, Values: []float32{1, 2}}}}))
	for file, load := range map[string]func() error{
		"model.safetensors": func() error { return checkpoint.LoadWeights(d.Path(), params(2, "a", "b")) },
		"run.json":          func() error { _, err := checkpoint.Read(d.Path()); return err },
		"last.safetensors": func() error {
			_, err := checkpoint.LoadState(d.Path(), []checkpoint.Array{{Group: "param", Name: "a", Shape: []int{2}, Values: make([]float32, 2)}})
			return err
		},
	} {
		path := filepath.Join(d.Path(), file)
		whole, err := os.ReadFile(path)
		check(t, err)
		check(t, load())
		for length := range len(whole) - 1 { // run.json ends with a line feed
			check(t, os.WriteFile(path, whole[:length], 0o600))
			wantError(t, load(), file)
		}
	}
}

func TestBeginWithAnotherRun(t *testing.T) {
	d := create(t)
	saved := params(1, "backbone", "head.abr")
	check(t, d.SaveWeights(saved, 7, ""))

	own := params(2, "backbone", "x", "y")
	own[1].Name = "head.cjs"
	before := slices.Clone(own[1].Value)
	taken, err := checkpoint.TakeWeights(d.Path(), own)
	check(t, err)
	want := &checkpoint.Taken{Params: []string{"backbone"}, New: []string{"head.cjs", "y"}, Left: []string{"head.abr"}}
	if !reflect.DeepEqual(taken, want) {
		t.Errorf("taken %+v, want %+v", taken, want)
	}
	if !slices.Equal(own[0].Value, saved[0].Value) || !slices.Equal(own[1].Value, before) {
		t.Error("the values are not those of the file, or the new ones not their own")
	}

	other := params(3, "x", "backbone")
	_, err = checkpoint.TakeWeights(d.Path(), other)
	wantError(t, err, `tensor "backbone" has the shape [1 3], not [2 3]`, "same sizes")
	_, err = checkpoint.TakeWeights(d.Path(), params(3, "x"))
	wantError(t, err, `none of the model's params, such as "x"`)
}

func TestStateComesBack(t *testing.T) {
	d := create(t)
	arrays := func(seed uint64) []checkpoint.Array {
		var list []checkpoint.Array
		for _, group := range []string{"param", "adam.first"} {
			for _, p := range params(seed, "a", "b") {
				list = append(list, checkpoint.Array{Group: group, Name: p.Name, Shape: p.Shape, Values: p.Value})
			}
			seed++
		}
		return list
	}
	progress, err := checkpoint.LoadState(d.Path(), arrays(1))
	if progress != nil || err != nil {
		t.Fatalf("a state before any was saved: %v, %v", progress, err)
	}
	saved, loaded := arrays(1), arrays(9)
	state := checkpoint.State{Arrays: saved, Progress: checkpoint.Progress{Step: 12, Cursor: []byte{1, 0, 255}, MetricsBytes: 99, Seconds: 1.5, Loop: []byte(`{"best":1.25}`)}}
	check(t, d.SaveState(&state))
	progress, err = checkpoint.LoadState(d.Path(), loaded)
	check(t, err)
	if !reflect.DeepEqual(*progress, state.Progress) {
		t.Errorf("the progress is %+v, want %+v", *progress, state.Progress)
	}
	if !reflect.DeepEqual(loaded, saved) {
		t.Error("the arrays differ")
	}
	_, err = checkpoint.LoadState(d.Path(), loaded[:3])
	wantError(t, err, "last.safetensors", `tensor "adam.first/b"`)
}

func TestOneProcessTrains(t *testing.T) {
	d := create(t)
	_, err := checkpoint.Create(d.Path())
	var locked *checkpoint.LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("a second process got %v", err)
	}
	check(t, d.Close())
	again, err := checkpoint.Create(d.Path())
	check(t, err)
	check(t, again.Close())
}

func TestWhatIsInADirectory(t *testing.T) {
	d := create(t)
	begun := func(want bool) {
		t.Helper()
		if got, err := d.Begun(); got != want || err != nil {
			t.Fatalf("begun: %v (%v), want %v", got, err, want)
		}
	}
	begun(false)
	other := filepath.Join(d.Path(), "meta")
	check(t, os.WriteFile(other, nil, 0o600))
	_, err := d.Begun()
	wantError(t, err, "no run's, such as meta")
	check(t, os.Remove(other))
	check(t, d.Save(&checkpoint.Run{Status: checkpoint.Running}))
	begun(false)
	check(t, d.SaveWeights(params(1, "a"), 1, ""))
	begun(true)
}

func TestADirectoryThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	_, err := checkpoint.Create(filepath.Join(file, "run"))
	wantError(t, err, "name a directory")
}

func TestRunComesBack(t *testing.T) {
	d := create(t)
	score := 1.25
	run := checkpoint.Run{Version: checkpoint.Version, Command: "trailblazer train", Backend: "Go", Parameters: 7, Learned: 6, Config: []byte(`{"seed":1}`),
		Data: []checkpoint.Data{{Name: "abr", Environment: "x", Hash: "00", Episodes: 1, Steps: 2}}, Status: checkpoint.Stopped, Step: 3, Steps: 4,
		Best: &checkpoint.Best{Step: 2, Score: &score, By: "abr/valid", Tasks: []checkpoint.TaskPoint{{Task: "abr", Loss: 1}}}}
	check(t, d.Save(&run))
	read, err := checkpoint.Read(d.Path())
	check(t, err)
	read.Config = []byte(strings.Join(strings.Fields(string(read.Config)), ""))
	if !reflect.DeepEqual(read, &run) {
		t.Errorf("read %+v, want %+v", read, &run)
	}
	if !checkpoint.IsRun(d.Path()) || checkpoint.IsRun(t.TempDir()) {
		t.Error("a run is not told from what is none")
	}
}

func TestOtherRunsAreRefused(t *testing.T) {
	dir := t.TempDir()
	_, err := checkpoint.Read(dir)
	wantError(t, err, "holds no run", "train --out")
	for text, want := range map[string]string{
		`{"version": 2}`: "version 2, this program reads version 1",
		`{"version": 1, "status": "finished", "step": 9, "steps": 4}`: "step 9 of 4",
		`{"version": 1, "status": "asleep"}`:                          `status is "asleep"`,
		`{"version": 1, "status": "finished", "size": 4}`:             "size",
		`[]`: "no run",
	} {
		check(t, os.WriteFile(filepath.Join(dir, "run.json"), []byte(text), 0o600))
		_, err := checkpoint.Read(dir)
		wantError(t, err, "run.json", want)
	}
}

// TestWeightsOfAnotherModelAreRefused flips one byte of the best model, or puts
// in its place what a killed process had not noted yet.
func TestWeightsOfAnotherModelAreRefused(t *testing.T) {
	d := create(t)
	check(t, d.SaveWeights(params(1, "a"), 7, ""))
	sum, err := checkpoint.WeightsSHA256(d.Path())
	check(t, err)
	run := &checkpoint.Run{Status: checkpoint.Stopped, Best: &checkpoint.Best{Step: 7, SHA256: sum}}
	check(t, run.CheckWeights(d.Path()))
	path := filepath.Join(d.Path(), "model.safetensors")
	whole, err := os.ReadFile(path)
	check(t, err)
	damaged := slices.Clone(whole)
	damaged[len(damaged)-2] ^= 1
	check(t, os.WriteFile(path, damaged, 0o600))
	wantError(t, run.CheckWeights(d.Path()), path, "it is damaged", "bring it back from a copy")

	// A run that went back to its last state writes models of earlier steps.
	for _, step := range []int{5, 9} {
		check(t, d.SaveWeights(params(2, "a"), step, ""))
		err = run.CheckWeights(d.Path())
		var newer *checkpoint.NewerWeightsError
		if !errors.As(err, &newer) || newer.Step != 7 || newer.Written != step {
			t.Errorf("the model of step %d: %v", step, err)
		}
		wantError(t, err, "train --resume")
	}
	run.Status = checkpoint.Finished
	wantError(t, run.CheckWeights(d.Path()), "it is damaged")
}
