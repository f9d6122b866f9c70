package workload

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"trailblazer/sparksim"
)

// TestSyntheticBytes pins what the generator makes: scenarios on built-in data
// refer to it by this digest, on every platform.
func TestSyntheticBytes(t *testing.T) {
	if got, want := HashKinds(Synthetic(1)).String(), "7a8f5ec83d49ba528f057137b6c20882d01340b3bfb09d802f03e870687fb7d5"; got != want {
		t.Errorf("kinds of seed 1: %s, want %s", got, want)
	}
	if HashKinds(Synthetic(2)) == HashKinds(Synthetic(3)) {
		t.Error("seeds 2 and 3 give the same kinds")
	}
}

// TestSyntheticKinds holds many seeds to what Synthetic says of its kinds.
func TestSyntheticKinds(t *testing.T) {
	for seed := range uint64(10) {
		kinds := Synthetic(seed)
		if len(kinds) != len(TPCHSizes())*TPCHQueries {
			t.Fatalf("seed %d: %d kinds", seed, len(kinds))
		}
		for i, kind := range kinds {
			name := fmt.Sprintf("seed %d, kind %d", seed, i)
			query := kinds[i%TPCHQueries]
			if kind.Query() != fmt.Sprint(i%TPCHQueries+1) || kind.Size() != sizeLabel(TPCHSizes()[i/TPCHQueries]) {
				t.Errorf("%s: labels %s %s", name, kind.Query(), kind.Size())
			}
			if kind.Stages() != shapes[i%TPCHQueries].stages || !slices.Equal(kind.Edges(), query.Edges()) {
				t.Errorf("%s: other stages than at the least size", name)
			}
			checkTree(t, name, kind)
			for s := range kind.Stages() {
				checkDurations(t, fmt.Sprintf("%s, stage %d", name, s), kind, s)
				if i >= TPCHQueries && kind.StageTasks(s) < kinds[i-TPCHQueries].StageTasks(s) {
					t.Errorf("%s: stage %d has fewer tasks than at the size below", name, s)
				}
			}
		}
	}
}

// checkTree checks that every stage but the last is read, by one other except
// for at most one that two read, and that edges go up.
func checkTree(t *testing.T, name string, kind *sparksim.Job) {
	t.Helper()
	shared := 0
	for s := range kind.Stages() {
		switch n := len(kind.Children(s)); {
		case s == kind.Stages()-1 && n == 0, s < kind.Stages()-1 && n == 1:
		case s < kind.Stages()-1 && n == 2:
			shared++
		default:
			t.Errorf("%s: stage %d of %d is read by %d", name, s, kind.Stages(), n)
		}
	}
	if shared > 1 {
		t.Errorf("%s: %d stages are read twice", name, shared)
	}
	for _, e := range kind.Edges() {
		if e.From >= e.To {
			t.Errorf("%s: edge %v", name, e)
		}
	}
}

func checkDurations(t *testing.T, name string, kind *sparksim.Job, stage int) {
	t.Helper()
	levels := kind.Levels(stage)
	var executors []int
	for i, l := range levels {
		executors = append(executors, l.Executors)
		own := l.First
		if i > 0 && len(l.First) > 0 && len(levels[i-1].First) > 0 && &l.First[0] == &levels[i-1].First[0] {
			own = nil // the level below's
		}
		if n := len(l.Fresh) + len(own) + len(l.Rest); n != kind.StageTasks(stage) {
			t.Errorf("%s: %d durations with %d executors, want one per task, %d", name, n, l.Executors, kind.StageTasks(stage))
		}
		for _, ms := range slices.Concat(l.Fresh, l.First, l.Rest) {
			if ms < 1 || ms != math.Trunc(ms) || ms > 60_000 {
				t.Fatalf("%s: a task of %v ms", name, ms)
			}
		}
	}
	if !slices.Equal(executors, []int{2, 5, 10, 20, 40, 50, 60, 80, 100}) {
		t.Errorf("%s: levels %v", name, executors)
	}
}
