package feature_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testcc"
	"trailblazer/internal/testcjs"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// stage is an environment with plausible actions.
type stage struct {
	factory env.Factory
	act     func(b *env.Batch, i int, action env.Arrays, random *rand.Rand)
}

func stages(tb testing.TB) map[string]stage {
	sampled := func(_ *env.Batch, i int, action env.Arrays, random *rand.Rand) { env.Sample(action, i, random) }
	return map[string]stage{
		"abr":        {testabr.OpenFactory(tb, "", "abr/train", ""), sampled},
		"abr dict":   {testabr.OpenFactory(tb, "", "abr/train", `{"observation": {"layout": "dict"}}`), sampled},
		"cc":         {testcc.OpenFactory(tb, "", "cc/train", `{"max_steps": 60}`), testcc.Act},
		"cc, probes": {testcc.OpenFactory(tb, "", "cc/train", `{"max_steps": 60, "probes": true}`), testcc.Act},
		"cjs":        {testcjs.OpenFactory(tb, "", "cjs/custom", ""), testcjs.Act},
	}
}

// TestRecordedEqualsLive plays episodes and shows each step twice: as the
// environment does, in the second row of a batch, and as it was recorded. What
// was done is read from both, and written again.
func TestRecordedEqualsLive(t *testing.T) {
	for name, s := range stages(t) {
		t.Run(name, func(t *testing.T) {
			spec := s.factory.Spec()
			config, err := feature.Default(spec)
			if err != nil {
				t.Fatal(err)
			}
			a, err := feature.New(config, spec)
			if err != nil {
				t.Fatal(err)
			}
			schema, err := traj.NewSchema(spec, traj.Labels{})
			if err != nil {
				t.Fatal(err)
			}
			recorded, err := a.Record(schema, model.ObjectiveAction)
			if err != nil {
				t.Fatal(err)
			}
			var live, later model.Steps
			feature.Start(&live)
			feature.Start(&later)
			episode := play(t, s, schema, func(out *env.Batch, row int, action env.Arrays) {
				if err := a.Observe(out, row, &live); err != nil {
					t.Fatal(err)
				}
				if err := a.Taken(out, row, action, row, &live.Actions); err != nil {
					t.Fatal(err)
				}
			})
			if err := recorded.Show(episode.Steps); err != nil {
				t.Fatal(err)
			}
			again := env.NewArrays(env.Leaves(spec.Action), 1)
			for row := range episode.Steps.Rows {
				if err := a.Observe(recorded.Batch, row, &later); err != nil {
					t.Fatal(err)
				}
				if err := a.Taken(recorded.Batch, row, recorded.Action, row, &later.Actions); err != nil {
					t.Fatal(err)
				}
				if err := a.Act(recorded.Batch, row, decided(&later.Actions, row), again, 0); err != nil {
					t.Fatal(err)
				}
				same(t, row, recorded.Action, again)
			}
			if !reflect.DeepEqual(live, later) {
				t.Errorf("live and recorded steps differ")
			}
			shape := a.Shape()
			if inputs := shape.Inputs(); len(live.Vector) != inputs*episode.Steps.Rows || inputs+shape.Nodes == 0 {
				t.Errorf("%d inputs in %d steps, and the shape is %+v", len(live.Vector), episode.Steps.Rows, shape)
			}
		})
	}
}

// play plays an episode in the second row of a batch, and records it.
func play(t testing.TB, s stage, schema *traj.Schema, look func(out *env.Batch, row int, action env.Arrays)) *traj.Episode {
	t.Helper()
	const row, seed = 1, 7
	spec := s.factory.Spec()
	e, err := s.factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	builder, err := traj.NewBuilder(schema, spec)
	if err != nil {
		t.Fatal(err)
	}
	out, action := env.NewBatch(spec, 2), env.NewArrays(env.Leaves(spec.Action), 2)
	random := rand.New(rand.NewPCG(seed, 0))
	number := uint64(seed)
	if err := e.Reset(&number, nil, out, row); err != nil {
		t.Fatal(err)
	}
	builder.Start(out, row)
	for !out.Done(row) {
		s.act(out, row, action, random)
		look(out, row, action)
		if err := e.Step(action, out, row); err != nil {
			t.Fatal(err)
		}
		builder.Step(action, row, traj.Choice{}, out, row)
	}
	return builder.Finish()
}

// decided is the decision to do again what was done.
func decided(a *model.Actions, row int) *model.Decision {
	d := new(model.Decision)
	if len(a.Choice) > 0 {
		d.Choice = a.Choice[row]
	}
	if len(a.Executors) > 0 {
		d.Executors = a.Executors[row]
	}
	if len(a.Value) > 0 {
		d.Value = a.Value[row]
	}
	return d
}

// same compares an action with one that went through the model's scale. A
// bandwidth below the floor comes back as that, a probe not at all; executors
// of a pass don't matter.
func same(t *testing.T, row int, before, after env.Arrays) {
	t.Helper()
	for k := range before {
		if before[k].Leaf.DType == env.Float64 {
			x, y := max(env.Row[float64](&before[k], row)[0], 50), env.Row[float64](&after[k], 0)[0]
			if d := y/x - 1; d > 1e-5 || d < -1e-5 {
				t.Fatalf("step %d: %v became %v", row, x, y)
			}
			continue
		}
		if k == 1 && env.Row[int64](&before[0], row)[0] < 0 {
			continue
		}
		if x, y := env.Row[int64](&before[k], row)[0], env.Row[int64](&after[k], 0)[0]; x != y {
			t.Fatalf("step %d: %s %d became %d", row, before[k].Leaf.Path, x, y)
		}
	}
}
