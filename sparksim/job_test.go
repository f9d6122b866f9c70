package sparksim_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// plainJob is a job of n stages, one task of 1 ms each.
func plainJob(n int, edges ...[2]int) sparksim.JobSpec {
	spec := sparksim.JobSpec{Edges: edges}
	for range n {
		spec.Stages = append(spec.Stages, sparksim.StageSpec{Tasks: 1, Levels: []sparksim.Level{{Executors: 5, First: []float64{1}}}})
	}
	return spec
}

func TestJobIsWhatWasDescribed(t *testing.T) {
	spec := sparksim.JobSpec{
		Query: "9", Size: "2g",
		Stages: []sparksim.StageSpec{
			{Tasks: 2, Levels: []sparksim.Level{{Executors: 2, Fresh: []float64{10}}, {Executors: 7, Fresh: []float64{20}, First: []float64{30, 40}}}},
			{Tasks: 3, Levels: []sparksim.Level{{Executors: 1, First: []float64{0}, Rest: []float64{5}}}},
			{Tasks: 4, Levels: []sparksim.Level{{Executors: 5, First: []float64{1}}}},
		},
		Edges: [][2]int{{1, 2}, {0, 2}, {0, 1}},
	}
	job, err := sparksim.NewJob(spec)
	if err != nil {
		t.Fatal(err)
	}
	if job.Query() != "9" || job.Size() != "2g" || job.Stages() != 3 || job.Tasks() != 9 || job.StageTasks(1) != 3 {
		t.Errorf("%s %s: %d stages, %d tasks", job.Query(), job.Size(), job.Stages(), job.Tasks())
	}
	if want := []sparksim.Edge{{From: 0, To: 1}, {From: 0, To: 2}, {From: 1, To: 2}}; !slices.Equal(job.Edges(), want) {
		t.Errorf("edges %v, want %v", job.Edges(), want)
	}
	for s, want := range [][]sparksim.Edge{{{From: 0, To: 1}, {From: 0, To: 2}}, {{From: 1, To: 2}}, {}} {
		if !slices.Equal(job.Children(s), want) {
			t.Errorf("children of %d: %v, want %v", s, job.Children(s), want)
		}
	}
	for s, want := range []float64{25, 2.5, 1} {
		if job.RoughMs(s) != want {
			t.Errorf("stage %d: mean %v ms, want %v", s, job.RoughMs(s), want)
		}
	}
	again, err := sparksim.NewJob(job.Spec())
	if err != nil || !reflect.DeepEqual(again, job) {
		t.Errorf("described and made again: %+v, %v", again, err)
	}
}

func TestJobRenumbersStages(t *testing.T) {
	for _, test := range []struct {
		edges [][2]int
		order []int // the old numbers
	}{
		{[][2]int{{0, 1}, {1, 2}}, []int{0, 1, 2, 3}},
		{[][2]int{{3, 2}, {2, 1}, {1, 0}}, []int{3, 2, 1, 0}},
		{[][2]int{{3, 0}}, []int{1, 2, 3, 0}},
		{[][2]int{{2, 0}, {2, 1}, {3, 1}}, []int{2, 0, 3, 1}},
	} {
		spec := plainJob(4, test.edges...)
		for i := range spec.Stages {
			spec.Stages[i].Tasks = 1 + i // so that stages can be told apart
		}
		job, err := sparksim.NewJob(spec)
		if err != nil {
			t.Fatal(err)
		}
		var order []int
		for s := range job.Stages() {
			order = append(order, job.StageTasks(s)-1)
		}
		if !slices.Equal(order, test.order) {
			t.Errorf("%v: order %v, want %v", test.edges, order, test.order)
		}
		for i, e := range test.edges {
			from, to := slices.Index(order, e[0]), slices.Index(order, e[1])
			if from >= to || !slices.Contains(job.Edges(), sparksim.Edge{From: int32(from), To: int32(to)}) {
				t.Errorf("%v: edge %d is %d to %d, not among %v", test.edges, i, from, to, job.Edges())
			}
		}
	}
}

func TestJobRefuses(t *testing.T) {
	with := func(change func(*sparksim.JobSpec)) sparksim.JobSpec {
		spec := plainJob(3, [2]int{0, 1})
		change(&spec)
		return spec
	}
	level := func(l sparksim.Level) sparksim.JobSpec {
		return with(func(s *sparksim.JobSpec) { s.Stages[2].Levels = append(s.Stages[2].Levels, l) })
	}
	for name, test := range map[string]struct {
		spec        sparksim.JobSpec
		field, says string
	}{
		"no stages":         {plainJob(0), "stages", "0 is no number"},
		"too many stages":   {sparksim.JobSpec{Stages: make([]sparksim.StageSpec, sparksim.MaxStages+1)}, "stages", "131073"},
		"no tasks":          {with(func(s *sparksim.JobSpec) { s.Stages[1].Tasks = 0 }), "stages[1].tasks", "0 is no number"},
		"too many tasks":    {with(func(s *sparksim.JobSpec) { s.Stages[1].Tasks = sparksim.MaxTasks + 1 }), "stages[1].tasks", "give 1 to 16777216"},
		"no levels":         {with(func(s *sparksim.JobSpec) { s.Stages[0].Levels = nil }), "stages[0].levels", "empty"},
		"no durations":      {level(sparksim.Level{Executors: 9}), "stages[2].levels[1]", "neither fresh nor first"},
		"rest only":         {level(sparksim.Level{Executors: 9, Rest: []float64{1}}), "stages[2].levels[1]", "neither fresh nor first"},
		"levels descend":    {level(sparksim.Level{Executors: 4, First: []float64{1}}), "stages[2].levels[1].executors", "ascending"},
		"level twice":       {level(sparksim.Level{Executors: 5, First: []float64{1}}), "stages[2].levels[1].executors", "5 is not above"},
		"no executors":      {with(func(s *sparksim.JobSpec) { s.Stages[0].Levels[0].Executors = 0 }), "stages[0].levels[0].executors", "0 is not above"},
		"negative duration": {level(sparksim.Level{Executors: 9, First: []float64{1, -1}}), "stages[2].levels[1].first[1]", "-1 is no duration"},
		"NaN":               {level(sparksim.Level{Executors: 9, Fresh: []float64{math.NaN()}}), "stages[2].levels[1].fresh[0]", "NaN is no duration"},
		"endless":           {level(sparksim.Level{Executors: 9, First: []float64{1}, Rest: []float64{math.Inf(1)}}), "stages[2].levels[1].rest[0]", "+Inf is no duration"},
		"edge to nowhere":   {plainJob(2, [2]int{0, 2}), "edges[0]", "0 to 1"},
		"negative edge":     {plainJob(2, [2]int{-1, 1}), "edges[0]", "0 to 1"},
		"loop":              {plainJob(2, [2]int{0, 1}, [2]int{1, 1}), "edges[1]", "wait for itself"},
		"edge twice":        {plainJob(2, [2]int{0, 1}, [2]int{0, 1}), "edges[1]", "twice"},
		"cycle of two":      {plainJob(2, [2]int{0, 1}, [2]int{1, 0}), "edges", "0 -> 1 -> 0 is a cycle"},
		// Stage 0 is no part of the cycle that it waits for.
		"cycle with a tail": {plainJob(5, [2]int{3, 0}, [2]int{1, 2}, [2]int{2, 3}, [2]int{3, 1}, [2]int{4, 1}), "edges", "1 -> 2 -> 3 -> 1 is a cycle"},
	} {
		_, err := sparksim.NewJob(test.spec)
		refused, ok := errors.AsType[*setting.Error](err)
		if !ok || refused.Field != test.field || !strings.Contains(err.Error(), test.says) || refused.Remedy == "" {
			t.Errorf("%s: %v; want %s ... %s", name, err, test.field, test.says)
		}
	}
}

// TestLongCycleIsCutShort keeps messages readable.
func TestLongCycleIsCutShort(t *testing.T) {
	const n = 10_000
	spec := plainJob(n, [2]int{n - 1, 0})
	for i := range n - 1 {
		spec.Edges = append(spec.Edges, [2]int{i, i + 1})
	}
	if _, err := sparksim.NewJob(spec); err == nil || len(err.Error()) > 300 {
		t.Error(err)
	}
}

// TestHugeJob takes 10,000 stages, in a chain listed backwards and in a dense
// band of edges.
func TestHugeJob(t *testing.T) {
	const n = 10_000
	chain, band := plainJob(n), plainJob(n)
	for i := range n - 1 {
		chain.Edges = append(chain.Edges, [2]int{i + 1, i})
		for k := 1; k <= 20 && i+k < n; k++ {
			band.Edges = append(band.Edges, [2]int{(i + k) * 7 % n, i * 7 % n})
		}
	}
	for _, spec := range []sparksim.JobSpec{chain, band} {
		job, err := sparksim.NewJob(spec)
		if err != nil {
			t.Fatal(err)
		}
		if job.Stages() != n || len(job.Edges()) != len(spec.Edges) {
			t.Errorf("%d stages, %d edges", job.Stages(), len(job.Edges()))
		}
		for _, e := range job.Edges() {
			if e.From >= e.To {
				t.Fatalf("edge %v goes down", e)
			}
		}
	}
}

// TestRandomGraphs holds NewJob against the plain meaning of its order: the
// smallest stage whose parents are placed comes next, and a graph is refused
// where there is none.
func TestRandomGraphs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	cycles := 0
	for trial := range 3000 {
		n := 1 + random.IntN(9)
		spec := plainJob(n)
		for from := range n {
			spec.Stages[from].Tasks = 1 + from
			for to := range n {
				if from != to && random.IntN(2*n) == 0 {
					spec.Edges = append(spec.Edges, [2]int{from, to})
				}
			}
		}
		want := naiveOrder(spec)
		job, err := sparksim.NewJob(spec)
		if (err == nil) != (len(want) == n) {
			t.Fatalf("trial %d: %v: %v", trial, spec.Edges, err)
		}
		if err != nil {
			cycles++
			if !isCycle(spec, err) {
				t.Fatalf("trial %d: %v: %v", trial, spec.Edges, err)
			}
			continue
		}
		for s := range n {
			if job.StageTasks(s) != 1+want[s] {
				t.Fatalf("trial %d: %v: stage %d is not %d", trial, spec.Edges, s, want[s])
			}
		}
	}
	if cycles < 100 || cycles > 2900 {
		t.Errorf("%d of 3000 graphs have a cycle", cycles)
	}
}

func naiveOrder(spec sparksim.JobSpec) []int {
	var order []int
	for {
		next := -1
		for s := range spec.Stages {
			ready := !slices.Contains(order, s)
			for _, e := range spec.Edges {
				ready = ready && (e[1] != s || slices.Contains(order, e[0]))
			}
			if ready {
				next = s
				break
			}
		}
		if next < 0 {
			return order
		}
		order = append(order, next)
	}
}

// isCycle reads the cycle of an error and looks its edges up.
func isCycle(spec sparksim.JobSpec, err error) bool {
	refused, _ := errors.AsType[*setting.Error](err)
	stages := strings.Split(refused.Value, " -> ")
	for i := range len(stages) - 1 {
		var e [2]int
		if _, err := fmt.Sscan(stages[i], &e[0]); err != nil {
			return false
		}
		if _, err := fmt.Sscan(stages[i+1], &e[1]); err != nil || !slices.Contains(spec.Edges, e) {
			return false
		}
	}
	return len(stages) > 2 && stages[0] == stages[len(stages)-1]
}
