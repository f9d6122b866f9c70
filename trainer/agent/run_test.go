package agent_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/internal/atomicfile"
	"trailblazer/internal/filehash"
	"trailblazer/internal/safetensors"
	"trailblazer/internal/testrun"
	"trailblazer/trainer/agent"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// write keeps a run in a directory.
func write(t *testing.T, dir string, m *model.Model, features []feature.Config, step int) {
	t.Helper()
	d, err := checkpoint.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.SaveWeights(m.Params().Params(), 1, ""); err != nil {
		t.Fatal(err)
	}
	run := &checkpoint.Run{Model: m.Config(), Features: features, Status: checkpoint.Finished, Step: step, Steps: step, Parameters: m.Params().Count()}
	if err := d.Save(run); err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, dir string) *agent.Run {
	t.Helper()
	compute, err := kernel.NewCompute(kernel.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	run, err := agent.Open(dir, compute)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestLoRAIsMerged: an opened run has no adapters any more, and does the same.
func TestLoRAIsMerged(t *testing.T) {
	f := cjs(t)
	o := testrun.Options{Preset: "qwen2", Shrink: true, Change: func(c *model.Config, _ []feature.Config) {
		c.Backbone.LoRA = model.LoRA{Rank: 2, Alpha: 4, Targets: []string{"q", "v", "up"}}
	}}
	m, features := testrun.Make(t, o, f.Spec())
	fresh := open(t, o, f.Spec())
	random := rand.New(rand.NewPCG(1, 2))
	for _, p := range m.Params().Params() {
		if strings.HasSuffix(p.Name, "lora_b") {
			p.Normal(random, 0.5)
		}
	}
	adapted, err := agent.New(m, features)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	write(t, dir, m, features, 1)
	run := opened(t, dir)
	if got := run.Model().Config().Backbone.LoRA.Rank; got != 0 || run.Model().Params().Count() >= m.Params().Count() {
		t.Errorf("opened, the model has LoRA of rank %d and %d weights", got, run.Model().Params().Count())
	}
	want := play(t, f, policy(t, adapted, f.Spec(), agent.Options{}), 1, 60)
	same(t, "merged", play(t, f, policy(t, run, f.Spec(), agent.Options{}), 1, 60), want)
	if fmt.Sprint(play(t, f, policy(t, fresh, f.Spec(), agent.Options{}), 1, 60)) == fmt.Sprint(want) {
		t.Error("LoRA changes nothing")
	}
}

// TestHashIsOfAllThatDecides: and of nothing else.
func TestHashIsOfAllThatDecides(t *testing.T) {
	f := abr(t, "abr/train")
	dir := t.TempDir()
	hashes := map[string]string{}
	hash := func(name string, o testrun.Options, change func(dir string), step int) string {
		m, features := testrun.Make(t, o, f.Spec())
		at := filepath.Join(dir, name)
		write(t, at, m, features, step)
		if change != nil {
			change(at)
		}
		return opened(t, at).Hash()
	}
	plain := testrun.Options{Preset: "karma", Shrink: true}
	first := hash("first", plain, nil, 1)
	if again := hash("again", plain, nil, 2); again != first {
		t.Errorf("the same model has the hashes %s and %s", first, again)
	}
	hashes[first] = "first"
	scaled, wider := plain, plain
	scaled.Change = func(_ *model.Config, features []feature.Config) { features[0].Condition.Std = 7 }
	wider.Change = func(c *model.Config, _ []feature.Config) { c.Tasks[0].Context-- }
	for name, got := range map[string]string{
		"other weights":         hash("weights", testrun.Options{Preset: "karma", Shrink: true, Seed: 5}, nil, 1),
		"another scale":         hash("scale", scaled, nil, 1),
		"another context":       hash("context", wider, nil, 1),
		"an estimator":          hash("estimator", plain, func(dir string) { writeEstimator(t, dir, 1, 2) }, 1),
		"another estimator":     hash("estimator2", plain, func(dir string) { writeEstimator(t, dir, 3, 2) }, 1),
		"its scale, not weight": hash("estimator3", plain, func(dir string) { writeEstimator(t, dir, 1, 4) }, 1),
	} {
		if before := hashes[got]; before != "" || len(got) != 64 {
			t.Errorf("%s: hash %q, that of %q", name, got, before)
		}
		hashes[got] = name
	}
}

// writeEstimator puts an estimator beside a run, all of whose weights are one
// number, as those of its inputs' deviations are.
func writeEstimator(t *testing.T, dir string, weight float32, deviation float64) {
	t.Helper()
	values := []float32{weight, weight, weight, weight}
	file := &safetensors.File{Tensors: []safetensors.Tensor{
		safetensors.Float32("hidden.weight", []int{1, 4}, values), safetensors.Float32("hidden.bias", []int{1}, values[:1]),
		safetensors.Float32("out.weight", []int{1, 1}, values[:1]), safetensors.Float32("out.bias", []int{1}, values[:1]),
	}}
	path := filepath.Join(dir, "estimator.safetensors")
	if err := atomicfile.Write(path, func(w io.Writer) error { return safetensors.Write(w, file) }); err != nil {
		t.Fatal(err)
	}
	sum, err := filehash.SHA256(path)
	if err != nil {
		t.Fatal(err)
	}
	scale := fmt.Sprintf(`{"mean": 0, "std": %g}`, deviation)
	record := fmt.Sprintf(`{"version": 1, "config": {"hidden": 1}, "scales": [%s], "weights_sha256": %q}`, strings.Repeat(scale+",", 3)+scale, sum)
	if err := os.WriteFile(filepath.Join(dir, "estimator.json"), []byte(record), 0o644); err != nil {
		t.Fatal(err)
	}
}
