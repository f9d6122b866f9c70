// Package testcjs opens what tests of the Spark environment play:
// environments ([OpenFactory]) and random legal actions ([Act]).
package testcjs

import (
	"math/rand/v2"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testenv"
	"trailblazer/sparksim/sparkenv"
)

// OpenFactory opens a scenario on a data directory, or on built-in data where
// dir is empty.
func OpenFactory(tb testing.TB, dir, scenario, config string) *sparkenv.Factory {
	tb.Helper()
	library, err := sparkenv.NewLibrary(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return testenv.OpenFactory(tb, library, scenario, config)
}

// Act writes a random action that is legal by the masks in info. One in ten is
// a pass where that is legal.
func Act(b *env.Batch, i int, action env.Arrays, random *rand.Rand) {
	stages := env.Row[int8](b.Info.Find("stage_mask"), i)
	free := 0
	for _, legal := range env.Row[int8](b.Info.Find("executor_mask"), i) {
		free += int(legal)
	}
	stage := int64(-1)
	if n := len(stages) - 1; n > 0 && (stages[0] == 0 || random.IntN(10) > 0) {
		stage = int64(random.IntN(n))
	}
	env.Row[int64](action.Find("stage"), i)[0] = stage
	env.Row[int64](action.Find("executors"), i)[0] = 1 + int64(random.IntN(max(free, 1)))
}

// OwnWorkload is a small workload of a user's own, as a field of a
// configuration: two kinds of jobs, whose second waits for stages in another
// order than they are listed.
const OwnWorkload = `"workload": {"kinds": [
	{"query": "scan", "size": "1g", "stages": [{"tasks": 3, "levels": [{"executors": 2, "fresh": [120, 130.5], "first": [80], "rest": [50, 60]}]}], "edges": []},
	{"query": "join", "size": "2g", "stages": [
		{"tasks": 2, "levels": [{"executors": 5, "fresh": [], "first": [70], "rest": []}]},
		{"tasks": 4, "levels": [{"executors": 5, "fresh": [900], "first": [], "rest": []}, {"executors": 50, "fresh": [1000], "first": [500], "rest": [400]}]},
		{"tasks": 1, "levels": [{"executors": 2, "fresh": [10], "first": [5], "rest": [0]}]}],
		"edges": [[1, 0], [2, 0]]}],
	"arrivals": [{"arrival_ms": 100, "kind": 1}, {"arrival_ms": 100, "kind": 0}, {"arrival_ms": 90000, "kind": 1}]}`
