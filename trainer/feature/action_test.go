package feature_test

import (
	"math"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testcc"
	"trailblazer/internal/testcjs"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// adapter binds the default config of a spec, changed.
func adapter(t testing.TB, spec *env.Spec, change func(c *feature.Config)) *feature.Adapter {
	t.Helper()
	c, err := feature.Default(spec)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(c)
	}
	a, err := feature.New(c, spec)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// place finds an element of an observation by the name of its feature.
func place(t *testing.T, spec *env.Spec, name string) int {
	t.Helper()
	for i, f := range env.Leaves(spec.Observation)[0].Features {
		if f.Name == name {
			return i
		}
	}
	t.Fatalf("no feature is called %s", name)
	return 0
}

func TestBandwidthIsARatio(t *testing.T) {
	spec := testcc.OpenFactory(t, "", "cc/train", "").Spec()
	in, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	shown := env.Row[float32](&in.Observation[0], 0)
	kbps := env.Row[float64](&action[0], 0)
	a := adapter(t, spec, func(c *feature.Config) {
		c.Value.Mean, c.Value.Std = 0.5, 2
	})
	for _, c := range []struct{ kbps, largest, value float64 }{
		{1000, 1000, (math.Log(1000) - math.Log(1001) - 0.5) / 2},
		{20, 1000, (math.Log(50) - math.Log(1001) - 0.5) / 2}, // below the floor
		{0, 0, -0.25},
		{4000, 3, (math.Log(4000) - math.Log(50) - 0.5) / 2},
	} {
		kbps[0] = c.kbps
		shown[place(t, spec, "recv_max_2s")] = float32(math.Log1p(c.largest))
		var got model.Actions
		weight, err := a.Imitated(in, 0, action, 0, &got)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(got.Value[0])-c.value) > 1e-6 || weight != 1 {
			t.Errorf("%+v: %v of weight %v", c, got.Value[0], weight)
		}
		if err := a.Act(in, 0, &model.Decision{Value: got.Value[0]}, action, 0); err != nil {
			t.Fatal(err)
		}
		if want := max(c.kbps, 50); math.Abs(kbps[0]/want-1) > 1e-5 {
			t.Errorf("%+v came back as %v", c, kbps[0])
		}
	}
	for value, want := range map[float32]float64{100: 100_000, -100: 0} {
		if err := a.Act(in, 0, &model.Decision{Value: value}, action, 0); err != nil || math.Abs(kbps[0]-want) > 1 {
			t.Errorf("%v: %v kbps, want %v (%v)", value, kbps[0], want, err)
		}
	}
	if err := a.Act(in, 0, &model.Decision{Value: float32(math.NaN())}, action, 0); err == nil || !strings.Contains(err.Error(), "action is NaN") {
		t.Error(err)
	}
	kbps[0] = math.NaN()
	if err := a.Taken(in, 0, action, 0, new(model.Actions)); err == nil || !strings.Contains(err.Error(), "action is NaN") {
		t.Error(err)
	}
}

// TestReferenceIsNotShown counts bandwidths from a number that the model does
// not see.
func TestReferenceIsNotShown(t *testing.T) {
	spec := testcc.OpenFactory(t, "", "cc/train", "").Spec()
	in, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	a := adapter(t, spec, func(c *feature.Config) {
		c.Vector = []feature.Number{{Name: "srtt"}}
		c.Value.Reference = "recv_rate_L"
	})
	env.Row[float32](&in.Observation[0], 0)[place(t, spec, "recv_rate_L")] = float32(math.Log1p(799))
	var s model.Steps
	feature.Start(&s)
	if err := a.Observe(in, 0, &s); err != nil || len(s.Vector) != 1 || s.Vector[0] != 0 {
		t.Errorf("the model is shown %v (%v)", s.Vector, err)
	}
	if err := a.Act(in, 0, &model.Decision{Value: float32(math.Log(0.5))}, action, 0); err != nil {
		t.Fatal(err)
	}
	if got := env.Row[float64](&action[0], 0)[0]; math.Abs(got-400) > 1e-3 {
		t.Errorf("half of 800 kbps is %v", got)
	}
}

func TestChoicesStayInTheSpace(t *testing.T) {
	spec := testabr.OpenFactory(t, "", "abr/train", "").Spec()
	a := adapter(t, spec, nil)
	in, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	for _, choice := range []int32{-1, 6} {
		if err := a.Act(in, 0, &model.Decision{Choice: choice}, action, 0); err == nil || !strings.Contains(err.Error(), "below 6") {
			t.Errorf("%d: %v", choice, err)
		}
		env.Row[int64](&action[0], 0)[0] = int64(choice)
		if err := a.Taken(in, 0, action, 0, new(model.Actions)); err == nil || !strings.Contains(err.Error(), "from 0 to 5") {
			t.Errorf("%d: %v", choice, err)
		}
	}
}

// TestStages asks for stages and executors in a cluster of two jobs, of which
// the second can be given 2 executors more.
func TestStages(t *testing.T) {
	spec := testcjs.OpenFactory(t, "", "cjs/custom", "").Spec()
	a := adapter(t, spec, nil)
	in, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	list := func(path string, values ...int64) {
		copy(env.ResizeRow[int64](in.Observation.Find(path), 0, len(values)), values)
	}
	env.ResizeRow[float32](in.Observation.Find("dag.nodes"), 0, 3)
	list("executor_supply", 0, 0)
	list("job_ptr", 0, 2, 3)
	list("executor_limit", 5, 2)
	list("schedulable", 0, 1, 2)
	for _, c := range []struct {
		stage, executors int64
		want             int32
		weight           float32
		err              string
	}{
		{0, 3, 3, 1, ""}, {1, 7, 5, 1, ""}, {2, 3, 2, 1, ""}, {-1, 4, 4, 0, ""},
		{3, 1, 0, 0, "stage is 3: give a place in the list of 3"}, {-2, 1, 0, 0, "stage is -2"}, {0, 0, 0, 0, "executors is 0"},
	} {
		env.Row[int64](action.Find("stage"), 0)[0], env.Row[int64](action.Find("executors"), 0)[0] = c.stage, c.executors
		var got, taken model.Actions
		weight, err := a.Imitated(in, 0, action, 0, &got)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		if err != nil || got.Choice[0] != int32(c.stage) || got.Executors[0] != c.want || weight != c.weight {
			t.Errorf("%+v: %+v of weight %v, %v", c, got, weight, err)
		}
		// What was done stays what was asked for.
		if err := a.Taken(in, 0, action, 0, &taken); err != nil || taken.Executors[0] != int32(c.executors) {
			t.Errorf("%+v: %+v, %v", c, taken, err)
		}
	}
	for _, d := range []model.Decision{{Choice: 3, Executors: 1}, {Choice: -2, Executors: 1}, {Choice: 0}} {
		if err := a.Act(in, 0, &d, action, 0); err == nil {
			t.Errorf("%+v was done", d)
		}
	}
}
