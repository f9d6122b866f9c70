package sparksim_test

import (
	"math"
	"testing"

	"trailblazer/sparksim"
)

func TestTaskTimes(t *testing.T) {
	job, err := sparksim.NewJob(sparksim.JobSpec{Stages: []sparksim.StageSpec{{Tasks: 1, Levels: []sparksim.Level{
		{Executors: 5, First: []float64{10, 14}},
		{Executors: 20, Fresh: []float64{60}, First: []float64{20}, Rest: []float64{5, 6, 7}},
		{Executors: 40, First: []float64{4}},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		executors          int
		fresh, first, rest sparksim.TaskTime
	}{
		// Five or fewer draw from level 5 alone: what is fresh warms up, and
		// who stays in the stage draws like those who come.
		{5, sparksim.TaskTime{LeastMs: 110, MeanMs: 112}, sparksim.TaskTime{LeastMs: 10, MeanMs: 12}, sparksim.TaskTime{LeastMs: 10, MeanMs: 12}},
		// 20 draw from level 20; 6 may, but with the least probability 1/5.
		{20, sparksim.TaskTime{LeastMs: 60, MeanMs: 60}, sparksim.TaskTime{LeastMs: 10, MeanMs: 12}, sparksim.TaskTime{LeastMs: 5, MeanMs: 6}},
		// 21 draw from level 40 with the probability 19/20, and from 20 else.
		{21, sparksim.TaskTime{LeastMs: 60, MeanMs: 60}, sparksim.TaskTime{LeastMs: 4, MeanMs: 4.8}, sparksim.TaskTime{LeastMs: 4, MeanMs: 4.1}},
		{2000, sparksim.TaskTime{LeastMs: 60, MeanMs: 60}, sparksim.TaskTime{LeastMs: 4, MeanMs: 4}, sparksim.TaskTime{LeastMs: 4, MeanMs: 4}},
	} {
		times, err := sparksim.Config{Executors: test.executors, WarmupDelayMs: new(100.)}.TaskTimes(job)
		if err != nil {
			t.Fatal(err)
		}
		got, want := times[0], sparksim.TaskTimes{Fresh: test.fresh, First: test.first, Rest: test.rest}
		for _, pair := range [][2]sparksim.TaskTime{{got.Fresh, want.Fresh}, {got.First, want.First}, {got.Rest, want.Rest}} {
			if pair[0].LeastMs != pair[1].LeastMs || math.Abs(pair[0].MeanMs-pair[1].MeanMs) > 1e-12 {
				t.Errorf("%d executors: %+v, want %+v", test.executors, got, want)
				break
			}
		}
	}
	if _, err := (sparksim.Config{Executors: -1}).TaskTimes(job); err == nil {
		t.Error("a bad config is accepted")
	}
}
