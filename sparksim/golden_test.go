package sparksim_test

import (
	"strconv"
	"testing"

	"trailblazer/internal/splitmix"
	"trailblazer/internal/testcjs"
	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
)

// goldens are whole episodes that the reference played with seed 666.
var goldens = []struct {
	name      string
	executors int
	// averageJCTS is what the reference reports, to six digits.
	averageJCTS string
}{
	{"fifo_default", 50, "85.676578"},
	{"fifo_ood1", 30, "365.977230"},
	{"fair_default", 50, "64.386067"},
	{"fair_ood1", 30, "200.543980"},
}

// decision is a line of a golden.
type decision struct {
	view             [4]float64 // ms, jobs, stages, schedulable stages
	stage, executors int
	rewardMs, nextMs float64
}

func readDecisions(tb testing.TB, name string) []decision {
	tb.Helper()
	lines := testdata.ReadCSV(tb, testcjs.Golden(tb, name+"_seed666_steps"))[1:]
	list := make([]decision, len(lines))
	for i, line := range lines {
		var x [9]float64
		for k, text := range line {
			x[k] = number(tb, text)
		}
		list[i] = decision{[4]float64(x[1:5]), int(x[5]), int(x[6]), x[7], x[8]}
	}
	return list
}

func number(tb testing.TB, text string) float64 {
	tb.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

// TestGoldens replays the reference's decisions: every number before and after
// each, and the completion of every job, is equal.
func TestGoldens(t *testing.T) {
	kinds := testcjs.Kinds(t)
	arrivals := testcjs.Sequence(t, "seed666_cap200", kinds)
	for _, golden := range goldens {
		t.Run(golden.name, func(t *testing.T) {
			c, err := sparksim.New(sparksim.Config{Executors: golden.executors}, kinds)
			if err != nil {
				t.Fatal(err)
			}
			stream := splitmix.Seed(666)
			c.Reset(arrivals, &stream)
			var v sparksim.View
			for i, want := range readDecisions(t, golden.name) {
				c.Observe(&v)
				if got := [4]float64{c.NowMs(), float64(len(v.Jobs)), float64(len(v.Stages)), float64(len(v.Schedulable))}; got != want.view {
					t.Fatalf("decision %d: at %v, want %v", i, got, want.view)
				}
				reward, err := c.Step(want.stage, want.executors)
				if err != nil {
					t.Fatalf("decision %d: %v", i, err)
				}
				if reward.Total != want.rewardMs || c.NowMs() != want.nextMs {
					t.Fatalf("decision %d: reward %v until %v, want %v until %v", i, reward.Total, c.NowMs(), want.rewardMs, want.nextMs)
				}
			}
			if !c.Done() {
				t.Error("jobs are left")
			}
			for i, line := range testdata.ReadCSV(t, testcjs.Golden(t, golden.name+"_seed666_jobs"))[1:] {
				if want := number(t, line[6]); c.CompletedMs(i) != want {
					t.Errorf("job %d is completed at %v, want %v", i, c.CompletedMs(i), want)
				}
			}
			if got := strconv.FormatFloat(c.AverageJCTMs()/1000, 'f', 6, 64); got != golden.averageJCTS {
				t.Errorf("average JCT %s s, want %s", got, golden.averageJCTS)
			}
		})
	}
}
