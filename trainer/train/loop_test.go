package train_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
	"trailblazer/trainer/train"
)

// tiny is a config whose two tasks learn which of three numbers is the largest,
// and their sum.
func tiny() *train.Config {
	task := func(name string) train.Task {
		encoder := model.Encoder{Kind: model.EncoderVector, Activation: "relu", Features: 3, Tokens: model.TokensJoined,
			Parts: []model.Part{{Name: "all", From: 0, To: 3, Widths: []int{8}}}}
		return train.Task{
			Name: name,
			Model: model.Task{Name: name, Environment: "test/" + name, Weight: 1, Context: 4, Condition: model.ConditionNone, Encoder: encoder,
				Objective: model.Objective{Kind: model.ObjectiveAction}},
			Features: feature.Config{Environment: "test/" + name, Vector: []feature.Number{{Name: "x"}}},
			Data:     train.Data{Odds: 1, Batch: 4},
		}
	}
	c := &train.Config{
		Seed: 5, Steps: 12, Accumulate: 2, ClipNorm: 1, Average: 0.9,
		Optimizer: train.Optimizer{WeightDecay: 0.01},
		Schedule:  kernel.Schedule{Kind: "cosine", Rate: 0.01, Warmup: 2, Steps: 12},
		Backbone: model.Backbone{Width: 8, Layers: 1, Heads: 2, Activation: "gelu", Norm: model.NormLayer, NormPlace: model.NormPre, NormEps: 1e-5,
			FinalNorm: true, QKVBias: true, OutputBias: true, MLPBias: true, Positions: model.PositionsRope, RopeBase: 10000, Dropout: 0.1, InitStd: 0.1},
		Tasks:      []train.Task{task("largest"), task("total")},
		Validation: train.Validation{Every: 5}, LogEvery: 3, SaveSeconds: 1e9,
	}
	c.Tasks[0].Model.Head = model.Head{Kind: model.HeadChoice, Choices: 3}
	c.Tasks[1].Model.Head = model.Head{Kind: model.HeadValue}
	return c
}

// numbers makes batch after batch from their numbers.
type numbers struct {
	number uint64
	stop   func(number uint64) error
	closed *int
}

func (f *numbers) Next(ctx context.Context) (*model.Batch, error) {
	if f.stop != nil {
		if err := f.stop(f.number); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.number++
	return makeBatch(f.number), nil
}

func (f *numbers) Cursor() []byte { return binary.LittleEndian.AppendUint64(nil, f.number) }
func (f *numbers) Close() error   { *f.closed++; return nil }

func makeBatch(number uint64) *model.Batch {
	random := rand.New(rand.NewPCG(number, 3))
	b := &model.Batch{Task: int(number % 2)}
	b.Offsets = append(b.Offsets, 0)
	for range 4 {
		steps := 1 + random.IntN(5)
		for k := range steps {
			x := []float32{random.Float32(), random.Float32(), random.Float32()}
			b.Vector, b.Times = append(b.Vector, x...), append(b.Times, int32(k))
			largest := int32(0)
			for i := range x {
				if x[i] > x[largest] {
					largest = int32(i)
				}
			}
			if b.Task == 0 {
				b.Targets.Actions.Choice = append(b.Targets.Actions.Choice, largest)
			} else {
				b.Targets.Actions.Value = append(b.Targets.Actions.Value, x[0]+x[1]+x[2])
			}
		}
		b.Offsets = append(b.Offsets, int32(len(b.Times)))
	}
	b.Actions = b.Targets.Actions
	return b
}

type heldOut struct{}

func (heldOut) Each(_ context.Context, do func(*model.Batch) error) error {
	for k := range uint64(4) {
		if err := do(makeBatch(1000 + k)); err != nil {
			return err
		}
	}
	return nil
}

// player scores a model by one of its weights, less what it is told.
type player struct {
	calls  int
	before func(call int) error
	scores []float64
}

func (p *player) By() string { return "a game" }

func (p *player) Evaluate(_ context.Context, m *model.Model) ([]checkpoint.TaskPoint, float64, error) {
	p.calls++
	if p.before != nil {
		if err := p.before(p.calls); err != nil {
			return nil, 0, err
		}
	}
	score := float64(m.Params().Params()[0].Value[0])
	if len(p.scores) >= p.calls {
		score = p.scores[p.calls-1]
	}
	return []checkpoint.TaskPoint{{Task: "total", Scenarios: []checkpoint.Played{{Scenario: "game", Metric: "points", Value: score, Episodes: 1}}}}, score, nil
}

// game is one run in a directory.
type game struct {
	dir     string
	config  *train.Config
	workers int
	play    *player
	stop    func(number uint64) error
	heldOut bool
	told    []train.Progress
	closed  int
}

func (g *game) run(t *testing.T, ctx context.Context) (*checkpoint.Run, error) {
	t.Helper()
	d, err := checkpoint.Create(g.dir)
	check(t, err)
	defer d.Close()
	compute, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: g.workers})
	check(t, err)
	m, err := model.New(g.config.ModelConfig(), compute, g.config.Seed)
	check(t, err)
	run := &checkpoint.Run{Status: checkpoint.Running, Steps: g.config.Steps}
	check(t, d.Save(run))
	o := train.Options{Config: g.config, Model: m, Directory: d, Run: run,
		Open: func(_ context.Context, cursor []byte) (train.Feed, error) {
			f := &numbers{stop: g.stop, closed: &g.closed}
			if cursor != nil {
				f.number = binary.LittleEndian.Uint64(cursor)
			}
			return f, nil
		},
		Progress: func(p train.Progress) { g.told = append(g.told, p) },
	}
	if g.heldOut {
		o.HeldOut = heldOut{}
	}
	if g.play != nil {
		o.Play = g.play
	}
	loop, err := train.NewLoop(o)
	check(t, err)
	return run, loop.Run(ctx)
}

func newGame(t *testing.T) *game {
	return &game{dir: filepath.Join(t.TempDir(), "run"), config: tiny(), workers: 1, heldOut: true, play: new(player)}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// remains is all that a run leaves, without times.
func (g *game) remains(t *testing.T) map[string]string {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(g.dir, name))
		check(t, err)
		return data
	}
	points, err := checkpoint.ReadMetrics(g.dir)
	check(t, err)
	for i := range points {
		points[i].Seconds, points[i].StepsPerSecond = 0, 0
	}
	metrics, err := json.Marshal(points)
	check(t, err)
	// The header of the state holds times; its arrays don't.
	last := read("last.safetensors")
	header := 8 + binary.LittleEndian.Uint64(last)
	return map[string]string{
		"model": string(read("model.safetensors")), "state": string(last[header:]), "metrics": string(metrics),
	}
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] == want[name] {
			continue
		}
		if name == "metrics" {
			t.Errorf("%s: the metrics are\n%s\nwant\n%s", what, got[name], want[name])
		} else {
			t.Errorf("%s: %s differs", what, name)
		}
	}
}

func TestTheSameBits(t *testing.T) {
	first := newGame(t)
	run, err := first.run(t, context.Background())
	check(t, err)
	want := first.remains(t)
	if run.Status != checkpoint.Finished || run.Step != 12 || run.Best == nil {
		t.Errorf("the run is %+v", run)
	}
	var points []checkpoint.Point
	check(t, json.Unmarshal([]byte(want["metrics"]), &points))
	var steps []int
	for _, p := range points {
		steps = append(steps, p.Step)
		if len(p.Tasks) != 2 || p.Kind == checkpoint.Validated && (p.Score == nil || len(p.Tasks[1].Scenarios) != 1) {
			t.Errorf("the point is %+v", p)
		}
	}
	if want := []int{3, 5, 6, 9, 10, 12, 12}; !reflect.DeepEqual(steps, want) {
		t.Errorf("points at the steps %v, want %v", steps, want)
	}
	for _, workers := range []int{1, 3} {
		again := newGame(t)
		again.workers = workers
		_, err := again.run(t, context.Background())
		check(t, err)
		same(t, "again", again.remains(t), want)
	}
	other := newGame(t)
	other.config.Seed++
	_, err = other.run(t, context.Background())
	check(t, err)
	if other.remains(t)["model"] == want["model"] {
		t.Error("another seed gives the same model")
	}
}

// TestGoingOn interrupts a run before some of its batches, and goes on with
// another number of workers.
func TestGoingOn(t *testing.T) {
	whole := newGame(t)
	_, err := whole.run(t, context.Background())
	check(t, err)
	want := whole.remains(t)
	for _, batch := range []uint64{0, 1, 2, 9, 10, 20, 23} {
		g := newGame(t)
		ctx, cancel := context.WithCancel(context.Background())
		g.stop = func(number uint64) error {
			if number == batch {
				cancel()
			}
			return nil
		}
		run, err := g.run(t, ctx)
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("batch %d: %v", batch, err)
		}
		if run.Status != checkpoint.Stopped || run.Step != int(batch/2) || g.closed != 1 {
			t.Fatalf("batch %d: the run is %+v, %d feeds were closed", batch, run, g.closed)
		}
		g.stop, g.workers = nil, 2
		_, err = g.run(t, context.Background())
		check(t, err)
		same(t, "after a stop", g.remains(t), want)
	}
}

func TestGoingOnAfterAnInterruptedValidation(t *testing.T) {
	whole := newGame(t)
	_, err := whole.run(t, context.Background())
	check(t, err)
	g := newGame(t)
	ctx, cancel := context.WithCancel(context.Background())
	g.play.before = func(call int) error {
		if call == 2 {
			cancel()
			return ctx.Err()
		}
		return nil
	}
	run, err := g.run(t, ctx)
	if !errors.Is(err, context.Canceled) || run.Step != 10 {
		t.Fatalf("%v, step %d", err, run.Step)
	}
	g.play = new(player)
	_, err = g.run(t, context.Background())
	check(t, err)
	same(t, "after a stop", g.remains(t), whole.remains(t))
}

// TestGoingOnAfterDeath lets a run die without saving, at several places, and
// go on from what was saved by then.
func TestGoingOnAfterDeath(t *testing.T) {
	whole := newGame(t)
	whole.config.SaveSeconds = 0
	_, err := whole.run(t, context.Background())
	check(t, err)
	want := whole.remains(t)
	died := errors.New("died")
	for _, batch := range []uint64{1, 6, 11, 13, 21} {
		g := newGame(t)
		g.config.SaveSeconds = 1e9
		if batch%2 == 1 {
			g.config.SaveSeconds = 0
		}
		g.stop = func(number uint64) error {
			if number == batch {
				return died
			}
			return nil
		}
		if _, err := g.run(t, context.Background()); !errors.Is(err, died) {
			t.Fatal(err)
		}
		g.stop, g.config.SaveSeconds = nil, 0
		_, err := g.run(t, context.Background())
		check(t, err)
		same(t, "after death", g.remains(t), want)
	}
}

func TestAFinishedRunStays(t *testing.T) {
	g := newGame(t)
	_, err := g.run(t, context.Background())
	check(t, err)
	want := g.remains(t)
	g.play.calls = 0
	run, err := g.run(t, context.Background())
	check(t, err)
	if run.Status != checkpoint.Finished || run.Best == nil || g.play.calls != 0 {
		t.Errorf("the run is %+v after %d more validations", run, g.play.calls)
	}
	same(t, "again", g.remains(t), want)
}

func TestTheBestIsKept(t *testing.T) {
	g := newGame(t)
	g.config.Average = 0
	g.play.scores = []float64{1, 3, 2}
	var weights [][]byte
	g.play.before = func(call int) error {
		data, err := os.ReadFile(filepath.Join(g.dir, "model.safetensors"))
		if call > 1 {
			check(t, err)
		}
		weights = append(weights, data)
		return nil
	}
	run, err := g.run(t, context.Background())
	check(t, err)
	if run.Best.Step != 10 || *run.Best.Score != 3 || run.Best.By != "a game" {
		t.Errorf("the best is %+v", run.Best)
	}
	if bytes.Equal(weights[1], weights[2]) {
		t.Error("a better model was not kept")
	}
	if data, err := os.ReadFile(filepath.Join(g.dir, "model.safetensors")); err != nil || !bytes.Equal(data, weights[2]) {
		t.Error("a worse model was kept", err)
	}
}

func TestPatience(t *testing.T) {
	g := newGame(t)
	g.config.Steps, g.config.Schedule.Steps, g.config.Validation = 1000, 1000, train.Validation{Every: 2, Patience: 3}
	g.play.scores = []float64{1, 2, 0, 2, 1, 5, 6}
	run, err := g.run(t, context.Background())
	check(t, err)
	if run.Status != checkpoint.Early || run.Step != 10 || run.Best.Step != 4 {
		t.Errorf("the run is %+v, the best %+v", run, run.Best)
	}
}

func TestChoosingWithoutGames(t *testing.T) {
	g := newGame(t)
	g.play = nil
	run, err := g.run(t, context.Background())
	check(t, err)
	if run.Best.By != "loss on held-out episodes" || *run.Best.Score >= 0 {
		t.Errorf("the best is %+v", run.Best)
	}
	g = newGame(t)
	g.play, g.heldOut = nil, false
	run, err = g.run(t, context.Background())
	check(t, err)
	if run.Best.By != "the last step" || run.Best.Score != nil || run.Best.Step != 12 {
		t.Errorf("the best is %+v", run.Best)
	}
}

func TestItLearns(t *testing.T) {
	g := newGame(t)
	g.config.Steps, g.config.Schedule.Steps, g.config.LogEvery, g.config.Validation.Every = 150, 150, 25, 150
	g.play = nil
	_, err := g.run(t, context.Background())
	check(t, err)
	points, err := checkpoint.ReadMetrics(g.dir)
	check(t, err)
	first, last := points[0].Tasks, points[len(points)-1].Tasks
	for i := range first {
		if !(last[i].Loss < first[i].Loss/2) {
			t.Errorf("the loss of %s went from %v to %v", first[i].Task, first[i].Loss, last[i].Loss)
		}
	}
	if last[0].Accuracy < 0.8 {
		t.Errorf("the accuracy is %v", last[0].Accuracy)
	}
}

func TestWhatCannotBeLearned(t *testing.T) {
	g := newGame(t)
	g.config.Schedule.Rate, g.config.ClipNorm, g.config.Schedule.Warmup = 1e30, 0, 0
	_, err := g.run(t, context.Background())
	if err == nil || !strings.Contains(err.Error(), "step") || !strings.Contains(err.Error(), "learning rate") && !strings.Contains(err.Error(), "schedule.rate") {
		t.Errorf("the error is %v", err)
	}
}

func TestProgress(t *testing.T) {
	g := newGame(t)
	_, err := g.run(t, context.Background())
	check(t, err)
	news := 0
	for _, p := range g.told {
		if p.New {
			news++
		}
		if p.Steps != 12 || math.IsNaN(p.Loss) || p.Left < 0 {
			t.Errorf("told %+v", p)
		}
	}
	if last := g.told[len(g.told)-1]; news != 3 || last.Loss == 0 || last.Step != 12 || last.Best == nil || last.Validated == nil {
		t.Errorf("%d validations, last %+v", news, last)
	}
}
