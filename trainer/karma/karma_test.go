package karma_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/datasets/collect"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testenv"
	"trailblazer/internal/testtraj"
	"trailblazer/trainer/karma"
	"trailblazer/trainer/kernel"
)

// open makes a scenario of the catalog.
func open(t testing.TB, scenario, config string) (*catalog.Catalog, env.Factory) {
	t.Helper()
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, scenario, []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	return c, factory
}

// source plays a factory's scenario.
type source struct {
	c       *catalog.Catalog
	factory env.Factory
}

func (s source) Spec() *env.Spec                           { return s.factory.Spec() }
func (s source) NewEnv(context.Context) (env.Env, error)   { return s.factory.New(0, 1) }
func (s source) NewPolicy(name string) (env.Policy, error) { return s.c.Policy(name, s.factory) }
func (s source) Close() error                              { return nil }

// fill collects labelled episodes on stationary traces.
func fill(t testing.TB, dir string, episodes int) {
	t.Helper()
	c, factory := open(t, "abr/stationary", "")
	expert, err := c.Expert("offline-table", factory)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collect.Run(t.Context(), dir, source{c, factory}, collect.Options{
		Policies: []string{"mpc-tuned", "bba", "rate-based"}, Mix: collect.Draw, Episodes: episodes,
		Expert: &collect.Expert{Labels: traj.Labels{Expert: expert.Name, Value: expert.Value, Advantage: expert.Advantage}, Remembers: expert.Remembers, New: expert.New},
	}); err != nil {
		t.Fatal(err)
	}
}

// read reads all of a data set, in batches of a size.
func read(t testing.TB, dir string, samples, batch int) (*karma.Examples, *traj.Set) {
	t.Helper()
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	spec, err := set.Info().Spec()
	if err != nil {
		t.Fatal(err)
	}
	examples := karma.NewExamples(samples)
	fields, err := examples.Fields(set.Schema(), spec)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := sample.Open(set, sample.Query{Fields: fields, BatchSize: batch}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := examples.Add(t.Context(), reader, set.Schema(), spec); err != nil {
		t.Fatal(err)
	}
	return examples, set
}

func compute(t testing.TB, workers int) *kernel.Compute {
	t.Helper()
	c, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var small = karma.Config{Hidden: 32, Steps: 400, Batch: 128, Rate: 0.01, HeldOut: 0.2, Seed: 5}

// TestLearns: what the rest of a video on a stationary link can bring follows
// mostly from what a player sees of it.
func TestLearns(t *testing.T) {
	dir := t.TempDir()
	data, out := filepath.Join(dir, "data"), filepath.Join(dir, "out")
	fill(t, data, 30)
	examples, set := read(t, data, 4, 7)
	if examples.Len() != 30*47 {
		t.Fatalf("%d examples, want 47 of each of 30 episodes", examples.Len())
	}
	var losses []float64
	e, report, err := karma.Train(t.Context(), examples, small, compute(t, 1), func(p karma.Progress) { losses = append(losses, p.Loss) })
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *report)
	if report.Explained < 0.8 || report.Deviation < 10 || len(losses) != 4 || losses[3] > losses[0]/2 {
		t.Errorf("%+v with losses %v", *report, losses)
	}
	if report.Trained+report.HeldOut != examples.Len() || report.HeldOut%47 != 0 || report.HeldOut == 0 {
		t.Errorf("%d and %d steps of whole episodes", report.Trained, report.HeldOut)
	}

	// The same again, with other workers and batches of reading.
	again, _ := read(t, data, 4, 64)
	same, _, err := karma.Train(t.Context(), again, small, compute(t, 3), func(karma.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Save(out, karma.Record{Command: "test", Report: *report}); err != nil {
		t.Fatal(err)
	}
	if err := same.Save(out+"-again", karma.Record{Command: "test", Report: *report}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"estimator.json", "estimator.safetensors"} {
		one, err1 := os.ReadFile(filepath.Join(out, name))
		other, err2 := os.ReadFile(filepath.Join(out+"-again", name))
		if err := errors.Join(err1, err2); err != nil || string(one) != string(other) {
			t.Errorf("%s differs (%v)", name, err)
		}
	}

	// What is read back estimates the same; its values are near the labels.
	opened, record, err := karma.Open(out)
	if err != nil || !karma.Lies(out) || karma.Lies(dir) {
		t.Fatalf("%v", err)
	}
	if record.Report != *report || record.Command != "test" || opened.Config() != e.Config() {
		t.Errorf("%+v", record)
	}
	c, factory := open(t, "abr/stationary", "")
	label, err := c.Expert("offline-table", factory)
	if err != nil {
		t.Fatal(err)
	}
	first, err := e.Reader(set0(t, set), compute(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	second, err := opened.Reader(factory.Spec(), compute(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	e0, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := label.New(e0)
	if err != nil {
		t.Fatal(err)
	}
	missed, deviation := play(t, e0, truth, karma.NewExpert(truth, second), first)
	t.Logf("live: error %.2f, deviation %.2f", missed, deviation)
	if missed > 0.5*deviation {
		t.Errorf("live, the estimates err by %.2f of %.2f", missed, deviation)
	}
}

func set0(t testing.TB, set *traj.Set) *env.Spec {
	t.Helper()
	spec, err := set.Info().Spec()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// play compares the values of two experts, of which the second estimates, along
// episodes that neither has seen, and checks that it labels as the first does.
func play(t *testing.T, e env.Env, truth, estimated env.Expert, reader *karma.Reader) (missed, deviation float64) {
	t.Helper()
	spec := e.Spec()
	out := env.NewBatch(spec, 1)
	one, other := env.NewArrays(env.Leaves(spec.Action), 1), env.NewArrays(env.Leaves(spec.Action), 1)
	var labels []float64
	square := 0.0
	for seed := uint64(5000); seed < 5006; seed++ {
		truth.Reset(seed)
		estimated.Reset(seed)
		if err := e.Reset(&seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		for !out.Done(0) {
			label, _, err := truth.Label(out, 0, one)
			if err != nil {
				t.Fatal(err)
			}
			estimate, advantage, err := estimated.Label(out, 0, other)
			if err != nil || len(advantage) != 6 || string(one[0].Data) != string(other[0].Data) {
				t.Fatalf("labelled %v with %v (%v), want %v", other[0].Data, advantage, err, one[0].Data)
			}
			if direct, err := reader.Estimate(out, 0); err != nil || direct != estimate {
				t.Fatalf("estimated %v and %v (%v)", direct, estimate, err)
			}
			labels = append(labels, label)
			square += (label - estimate) * (label - estimate)
			if err := e.Step(one, out, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	mean, variance := 0.0, 0.0
	for _, x := range labels {
		mean += x / float64(len(labels))
	}
	for _, x := range labels {
		variance += (x - mean) * (x - mean) / float64(len(labels))
	}
	return math.Sqrt(square / float64(len(labels))), math.Sqrt(variance)
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	fill(t, filepath.Join(dir, "data"), 2)
	examples, _ := read(t, filepath.Join(dir, "data"), 4, 2)
	for name, change := range map[string]func(*karma.Config){
		"estimator.samples":  func(c *karma.Config) { c.Samples = 7 },
		"estimator.hidden":   func(c *karma.Config) { c.Hidden = -1 },
		"estimator.steps":    func(c *karma.Config) { c.Steps = -1 },
		"estimator.batch":    func(c *karma.Config) { c.Batch = -1 },
		"estimator.scale":    func(c *karma.Config) { c.Scale = math.Inf(1) },
		"estimator.rate":     func(c *karma.Config) { c.Rate = math.NaN() },
		"estimator.held_out": func(c *karma.Config) { c.HeldOut = 1 },
		"read":               func(c *karma.Config) { c.Samples = 3 },
		"collect more":       func(c *karma.Config) { c.HeldOut = 1e-9 },
	} {
		c := small
		change(&c)
		if _, _, err := karma.Train(t.Context(), examples, c, compute(t, 1), func(karma.Progress) {}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	c := small
	c.HeldOut = 0.5
	for c.Seed = 0; ; c.Seed++ { // One episode on each side.
		_, _, err := karma.Train(stopped, examples, c, compute(t, 1), func(karma.Progress) {})
		if err != nil && strings.Contains(err.Error(), "collect more") {
			continue
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		break
	}

	plain := filepath.Join(dir, "unlabelled")
	testtraj.Fill(t, plain, testenv.Walk, 2)
	set, err := traj.Open(plain)
	if err == nil {
		_, err = karma.NewExamples(4).Fields(set.Schema(), set0(t, set))
		set.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "ABR-v0") {
		t.Errorf("another environment: %v", err)
	}
}

// trained is an estimator of one step, and where it lies.
func trained(t *testing.T) (*karma.Estimator, string) {
	t.Helper()
	dir := t.TempDir()
	fill(t, filepath.Join(dir, "data"), 4)
	examples, _ := read(t, filepath.Join(dir, "data"), 4, 2)
	e, report, err := karma.Train(t.Context(), examples, karma.Config{Hidden: 3, Steps: 1, HeldOut: 0.5}, compute(t, 1), func(karma.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Save(dir, karma.Record{Report: *report}); err != nil {
		t.Fatal(err)
	}
	return e, dir
}

// TestUnfit refuses other observations, and files that are damaged.
func TestUnfit(t *testing.T) {
	e, dir := trained(t)
	_, dict := open(t, "abr/stationary", `{"observation": {"layout": "dict"}}`)
	if _, err := e.Reader(dict.Spec(), compute(t, 1)); err == nil || !strings.Contains(err.Error(), "matrix") {
		t.Errorf("another layout: %v", err)
	}
	record, weights := filepath.Join(dir, "estimator.json"), filepath.Join(dir, "estimator.safetensors")
	whole, err1 := os.ReadFile(record)
	tensors, err2 := os.ReadFile(weights)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		path string
		text string
		want string
	}{
		"cut record":  {record, string(whole[:len(whole)/2]), "damaged"},
		"version":     {record, strings.Replace(string(whole), `"version": 1`, `"version": 9`, 1), "version is 9"},
		"field":       {record, strings.Replace(string(whole), `"hidden"`, `"hiden"`, 1), "hiden"},
		"size":        {record, strings.Replace(string(whole), `"hidden": 3`, `"hidden": 4`, 1), "hidden.weight"},
		"deviation":   {record, strings.Replace(string(whole), `"std": `, `"std": -`, 1), "deviation"},
		"cut weights": {weights, string(tensors[:len(tensors)-3]), "estimator.safetensors"},
		"no weights":  {weights, "", "estimator.safetensors"},
	} {
		if err := errors.Join(os.WriteFile(record, whole, 0o644), os.WriteFile(weights, tensors, 0o644), os.WriteFile(test.path, []byte(test.text), 0o644)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := karma.Open(dir); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := karma.Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "train estimator") {
		t.Errorf("an empty directory: %v", err)
	}
}

func BenchmarkEstimate(b *testing.B) {
	dir := b.TempDir()
	fill(b, filepath.Join(dir, "data"), 12)
	examples, set := read(b, filepath.Join(dir, "data"), 4, 2)
	e, _, err := karma.Train(b.Context(), examples, karma.Config{Steps: 1, HeldOut: 0.3}, compute(b, 1), func(karma.Progress) {})
	if err != nil {
		b.Fatal(err)
	}
	reader, err := e.Reader(set0(b, set), compute(b, 1))
	if err != nil {
		b.Fatal(err)
	}
	_, factory := open(b, "abr/stationary", "")
	out := env.NewBatch(factory.Spec(), 1)
	one, err := factory.New(0, 1)
	if err != nil {
		b.Fatal(err)
	}
	seed := uint64(1)
	if err := one.Reset(&seed, nil, out, 0); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := reader.Estimate(out, 0); err != nil {
			b.Fatal(err)
		}
	}
}
