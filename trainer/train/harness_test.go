package train_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
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
		Optimizer: train.Optimizer{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01},
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
		points[i].Seconds, points[i].DataStepsPerSecond = 0, 0
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
