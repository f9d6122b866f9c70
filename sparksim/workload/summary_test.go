package workload_test

import (
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

func TestSummarize(t *testing.T) {
	level := func(ms ...float64) []sparksim.Level { return []sparksim.Level{{Executors: 5, First: ms}} }
	job, err := sparksim.NewJob(sparksim.JobSpec{
		Query: "q", Size: "1g",
		Stages: []sparksim.StageSpec{
			{Tasks: 10, Levels: level(1000, 3000)}, // a mean of 2 s
			{Tasks: 1, Levels: level(500)},
			{Tasks: 4, Levels: level(5000)},
			{Tasks: 2, Levels: level(1000)},
		},
		Edges: [][2]int{{0, 2}, {1, 2}, {0, 3}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := workload.Summary{Query: "q", Size: "1g", Stages: 4, Tasks: 17, WorkS: 20 + 0.5 + 20 + 2, CriticalPathS: 7}
	if got := workload.Summarize(job); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
