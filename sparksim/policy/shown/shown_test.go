package shown_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/internal/testview"
	"trailblazer/sparksim/policy/shown"
)

const executors, row = 30, 1

func bind(t testing.TB) (*shown.Reader, *env.Batch) {
	t.Helper()
	spec := testview.Spec(executors)
	r := new(shown.Reader)
	if err := r.Bind(spec); err != nil {
		t.Fatal(err)
	}
	return r, env.NewBatch(spec, 2)
}

// TestReadReturnsWhatWasShown shows random views in one row, one after another,
// and reads them into the same view.
func TestReadReturnsWhatWasShown(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, 0))
	r, batch := bind(t)
	var got sparksim.View
	for i := range 500 {
		want := testview.Random(random, executors, 8)
		testview.Show(want, batch, row)
		if err := r.Read(batch, row, &got); err != nil {
			t.Fatal(err)
		}
		equal := got.Executors == want.Executors && got.Committable == want.Committable && got.Source == want.Source &&
			slices.Equal(got.Jobs, want.Jobs) && slices.Equal(got.Stages, want.Stages) &&
			slices.Equal(got.Edges, want.Edges) && slices.Equal(got.Schedulable, want.Schedulable)
		if !equal {
			t.Fatalf("seed %d, view %d:\n got %+v\nwant %+v", seed, i, got, *want)
		}
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 0))
	r, batch := bind(t)
	testview.Show(testview.Random(random, executors, 20), batch, row)
	var v sparksim.View
	read := func() {
		if err := r.Read(batch, row, &v); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if n := testing.AllocsPerRun(20, read); n != 0 {
		t.Errorf("%v allocations a view", n)
	}
}

// TestReadRefuses spoils a good observation in one place at a time.
func TestReadRefuses(t *testing.T) {
	good := func() *sparksim.View {
		return &sparksim.View{
			Executors: executors, Committable: 3, Source: 1,
			Jobs:   []sparksim.JobView{{First: 0, End: 2, Supply: 4, Limit: 3}, {First: 2, End: 3, Supply: 2, Limit: 3}},
			Stages: []sparksim.StageView{{Remaining: 4, DurationMs: 10, Schedulable: true}, {Remaining: 1}, {Remaining: 9, DurationMs: 5, Schedulable: true}},
			Edges:  []sparksim.Edge{{From: 0, To: 1}}, Schedulable: []int32{0, 2},
		}
	}
	for name, c := range map[string]struct {
		spoil func(v *sparksim.View)
		want  string
	}{
		"committable":        {func(v *sparksim.View) { v.Committable = executors + 1 }, "committable is 31"},
		"source":             {func(v *sparksim.View) { v.Source = 3 }, "source job is 3 of 2"},
		"remaining":          {func(v *sparksim.View) { v.Stages[1].Remaining = -1 }, "node 1"},
		"bounds":             {func(v *sparksim.View) { v.Jobs[1].End = 4 }, "job bounds"},
		"order of jobs":      {func(v *sparksim.View) { v.Jobs[0].End = 4 }, "job 1 has nodes from 4 to 3"},
		"supply":             {func(v *sparksim.View) { v.Jobs[0].Supply = -1 }, "job 0 has -1"},
		"limit":              {func(v *sparksim.View) { v.Jobs[1].Limit = executors + 1 }, "can be given 31"},
		"edge backwards":     {func(v *sparksim.View) { v.Edges[0] = sparksim.Edge{From: 1, To: 0} }, "from node 1 to 0"},
		"edge to nowhere":    {func(v *sparksim.View) { v.Edges[0].To = 3 }, "to 3 of 3"},
		"schedulable":        {func(v *sparksim.View) { v.Schedulable[1] = 3 }, "node 3"},
		"schedulable, twice": {func(v *sparksim.View) { v.Schedulable[1] = 0 }, "node 0 comes after 0"},
	} {
		r, batch := bind(t)
		var v sparksim.View
		testview.Show(good(), batch, row)
		if err := r.Read(batch, row, &v); err != nil {
			t.Fatal(err)
		}
		bad := good()
		c.spoil(bad)
		testview.Show(bad, batch, row)
		if err := r.Read(batch, row, &v); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestBindNamesWhatIsMissing(t *testing.T) {
	for _, path := range []string{"dag", "job_ptr", "executor_supply", "executor_limit", "schedulable", "committable", "source_job"} {
		spec := testview.Spec(executors)
		observation := spec.Observation.(*env.Dict)
		for i, e := range observation.Entries {
			if e.Key == path {
				observation.Entries = append(observation.Entries[:i], observation.Entries[i+1:]...)
				break
			}
		}
		if err := new(shown.Reader).Bind(spec); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("without %s: %v", path, err)
		}
	}
	spec := testview.Spec(executors)
	spec.Action = &env.Dict{}
	if err := new(shown.Reader).Bind(spec); err == nil || !strings.Contains(err.Error(), "stage") {
		t.Errorf("without actions: %v", err)
	}
}

func TestWriteStaysInTheSpace(t *testing.T) {
	spec := testview.Spec(executors)
	var w shown.Writer
	if err := w.Bind(spec); err != nil {
		t.Fatal(err)
	}
	action := env.NewArrays(env.Leaves(spec.Action), 2)
	for _, c := range []struct{ stage, executors, want int }{{3, 7, 7}, {sparksim.Pass, 0, 1}, {0, 99, executors}} {
		w.Write(action, row, c.stage, c.executors)
		stage, n := env.Row[int64](action.Find("stage"), row)[0], env.Row[int64](action.Find("executors"), row)[0]
		if stage != int64(c.stage) || n != int64(c.want) {
			t.Errorf("%+v: wrote stage %d with %d executors", c, stage, n)
		}
	}
}
