package collect

import (
	"math"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/draw"
)

// TestExplorerOfAnySpace draws from every kind of leaf, within its bounds and
// over all of them.
func TestExplorerOfAnySpace(t *testing.T) {
	spec := &env.Spec{
		ID: "test",
		Action: &env.Dict{Entries: []env.Entry{
			{Key: "push", Space: &env.Box{DType: env.Float32, Shape: []int{2}, Low: []float64{-1, -3}, High: []float64{1, 3}}},
			{Key: "rate", Space: &env.Box{DType: env.Float64, Low: []float64{0}, High: []float64{90}}},
			{Key: "gears", Space: &env.MultiDiscrete{NVec: []int64{2, 3}}},
			{Key: "lamps", Space: &env.MultiBinary{N: 2}},
			{Key: "level", Space: &env.Discrete{N: 4, Start: 5}},
		}},
		Info: &env.Dict{Entries: []env.Entry{{Key: "level_mask", Space: &env.Box{DType: env.Int8, Shape: []int{4}, Low: []float64{0}, High: []float64{1}}}}},
	}
	x, err := newExplorer(spec)
	if err != nil {
		t.Fatal(err)
	}
	shown, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	checker := env.NewChecker("action", env.Leaves(spec.Action))
	draws := draw.New(3, 4)
	copy(env.Row[int8](&shown.Info[0], 0), []int8{0, 1, 0, 1})
	seen := map[[3]int64]int{}
	for range 2000 {
		env.Row[float64](&action[1], 0)[0] = 60
		if !x.explore(draws, shown, action) {
			t.Fatal("nothing is legal")
		}
		if err := checker.CheckRow(action, 0); err != nil {
			t.Fatal(err)
		}
		if rate := env.Row[float64](&action[1], 0)[0]; rate < 30 {
			t.Fatalf("rate %v", rate)
		}
		gears, level := env.Row[int64](&action[2], 0), env.Row[int64](&action[4], 0)[0]
		seen[[3]int64{gears[0], gears[1], level}]++
	}
	if len(seen) != 2*3*2 {
		t.Errorf("%d combinations come up, want 12: %v", len(seen), seen)
	}
	for key := range seen {
		if key[2] != 6 && key[2] != 8 {
			t.Errorf("level %d is not legal", key[2])
		}
	}
	clear(env.Row[int8](&shown.Info[0], 0))
	if x.explore(draws, shown, action) {
		t.Error("it chose where nothing is legal")
	}
}

func TestExplorerRefuses(t *testing.T) {
	for name, space := range map[string]env.Space{
		"has no bounds":       &env.Box{DType: env.Float64, Low: []float64{0}, High: []float64{math.Inf(1)}},
		"has no fixed length": &env.Sequence{Element: &env.Discrete{N: 3}},
	} {
		if _, err := newExplorer(&env.Spec{ID: "test", Action: space, Info: &env.Dict{}}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("an action that %s: %v", name, err)
		}
	}
}
