package decima

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailblazer/internal/dense"
	"trailblazer/internal/splitmix"
	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/workload"
)

// world is the job sequence of seed 666.
type world struct {
	kinds    []*sparksim.Job
	arrivals []sparksim.Arrival
}

func loadWorld(tb testing.TB) *world {
	tb.Helper()
	dir := filepath.Join(testdata.Dir(tb), "cjs")
	kinds, err := workload.LoadTPCH(filepath.Join(dir, "tpch_json"))
	if err != nil {
		tb.Fatal(err)
	}
	arrivals, err := workload.LoadSequence(filepath.Join(dir, "jobseq", "jobseq_seed666_cap200.csv"), kinds)
	if err != nil {
		tb.Fatal(err)
	}
	return &world{kinds, arrivals}
}

// start begins the episode on a cluster.
func (w *world) start(tb testing.TB, executors int) *sparksim.Cluster {
	tb.Helper()
	c, err := sparksim.New(sparksim.Config{Executors: executors}, w.kinds)
	if err != nil {
		tb.Fatal(err)
	}
	stream := splitmix.Seed(666)
	c.Reset(w.arrivals, &stream)
	return c
}

// TestReplay takes the decisions of the golden greedy episodes. The reference
// broke ties between stages by the noise of its sums, so that the chosen one
// need only be as good as any; numbers of executors, time and rewards must be
// equal.
func TestReplay(t *testing.T) {
	w := loadWorld(t)
	for _, golden := range []struct {
		name      string
		executors int
		jctS      float64
	}{{"default", 50, 72.461037}, {"ood1", 30, 204.186397}} {
		t.Run(golden.name, func(t *testing.T) {
			file := filepath.Join(testdata.Dir(t), "..", "golden", "cjs", "decima-greedy_"+golden.name+"_seed666_steps.csv")
			rows := testdata.ReadCSV(t, file)
			if header := strings.Join(rows[0], ","); header != "step,wall_ms_before,stage_idx,job_idx,num_exec,reward,wall_ms_after" {
				t.Fatalf("%s has the columns %s", file, header)
			}
			c := w.start(t, golden.executors)
			f := forward{Network: trained(t)}
			var v sparksim.View
			ties := 0
			for _, row := range rows[1:] {
				want := parseRow(t, row)
				c.Observe(&v)
				f.run(&v)
				stages := f.scoreStages(nil, &v)
				if best := slices.Max(stages); !(stages[want.stage] >= best-1e-4) {
					t.Fatalf("%v: the stage scores %v, the best one %v", row, stages[want.stage], best)
				}
				if want.stage != dense.Largest(stages) {
					ties++
				}
				job := jobOf(&v, v.Schedulable[want.stage])
				executors := 1 + dense.Largest(f.scoreExecutors(nil, &v, job, int(v.Jobs[job].Limit)))
				if job != want.job || executors != want.executors || c.NowMs() != want.before {
					t.Fatalf("%v: %d executors for job %d at %v ms", row, executors, job, c.NowMs())
				}
				reward, err := c.Step(want.stage, want.executors)
				if err != nil || reward.Total != want.reward || c.NowMs() != want.after {
					t.Fatalf("%v: reward %v at %v ms, %v", row, reward.Total, c.NowMs(), err)
				}
			}
			if jct := c.AverageJCTMs() / 1000; !c.Done() || math.Abs(jct-golden.jctS) > 1e-6 {
				t.Errorf("average JCT %v s, want %v; done: %v", jct, golden.jctS, c.Done())
			}
			t.Logf("%d of %d stages tie with one before them", ties, len(rows)-1)
		})
	}
}

// goldenStep is a row of a golden file.
type goldenStep struct {
	stage, job, executors int
	before, reward, after float64
}

func parseRow(t *testing.T, row []string) (g goldenStep) {
	t.Helper()
	var err error
	for i, to := range map[int]*int{2: &g.stage, 3: &g.job, 4: &g.executors} {
		if *to, err = strconv.Atoi(row[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i, to := range map[int]*float64{1: &g.before, 5: &g.reward, 6: &g.after} {
		if *to, err = strconv.ParseFloat(row[i], 64); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// play runs an episode to its end and returns the average JCT in seconds.
func (w *world) play(tb testing.TB, executors int, rule policy.Rule) float64 {
	tb.Helper()
	c := w.start(tb, executors)
	var v sparksim.View
	for !c.Done() {
		c.Observe(&v)
		d, err := rule.Choose(&v)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := c.Step(d.Stage, d.Executors); err != nil {
			tb.Fatal(err)
		}
	}
	return c.AverageJCTMs() / 1000
}

// TestFreeRuns plays the golden episodes by each mode's own decisions.
func TestFreeRuns(t *testing.T) {
	w, network := loadWorld(t), trained(t)
	for _, c := range []struct {
		mode      Mode
		executors int
		runs      uint64
		jctS      float64
		within    float64 // of jctS, as a share
	}{
		// The reference's, which meets no tie here.
		{Greedy, 50, 1, 72.461037, 1e-8},
		// Ties are broken otherwise than by the reference, which has 204.2:
		// this is our own result, which no platform may change.
		{Greedy, 30, 1, 201.689267, 1e-8},
		// The reference's single samples, on random streams of its own.
		{Sampled, 50, 2, 56.738, 0.05},
		{Sampled, 30, 2, 158.908, 0.1},
		// Our own results again, about those of sampling.
		{Mean, 50, 1, 55.141238, 1e-8},
		{Mean, 30, 1, 156.844267, 1e-8},
	} {
		rule, sum := New(network, c.mode), 0.0
		for seed := range c.runs {
			rule.Start(seed)
			sum += w.play(t, c.executors, rule)
		}
		if mean := sum / float64(c.runs); !(math.Abs(mean-c.jctS) <= c.within*c.jctS) {
			t.Errorf("mode %d on %d executors: average JCT %.6f s, want %.6f within %v", c.mode, c.executors, mean, c.jctS, c.within)
		}
	}
}
