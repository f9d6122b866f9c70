package bound_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
	"trailblazer/sparksim/bound"
)

// slack is for rounding.
const slack = 1e-9

func newJob(t testing.TB, spec sparksim.JobSpec) *sparksim.Job {
	t.Helper()
	job, err := sparksim.NewJob(spec)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func newBound(t testing.TB, config sparksim.Config, kinds ...*sparksim.Job) *bound.Bound {
	t.Helper()
	b, err := bound.New(config, kinds)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newCluster(t testing.TB, config sparksim.Config, kinds []*sparksim.Job) *sparksim.Cluster {
	t.Helper()
	c, err := sparksim.New(config, kinds)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// level has the given durations with any number of executors.
func level(fresh, first, rest []float64) []sparksim.Level {
	return []sparksim.Level{{Executors: 5, Fresh: fresh, First: first, Rest: rest}}
}

func TestByHand(t *testing.T) {
	constant := func(ms float64) []sparksim.Level { return level([]float64{ms}, []float64{ms}, []float64{ms}) }
	// A chain of a stage of 6 tasks and one of 1.
	chain := newJob(t, sparksim.JobSpec{
		Stages: []sparksim.StageSpec{{Tasks: 6, Levels: constant(10)}, {Tasks: 1, Levels: constant(7)}},
		Edges:  [][2]int{{0, 1}},
	})
	single := newJob(t, sparksim.JobSpec{Stages: []sparksim.StageSpec{{Tasks: 4, Levels: constant(5)}}})
	waves := newJob(t, sparksim.JobSpec{Stages: []sparksim.StageSpec{{Tasks: 3, Levels: level([]float64{20, 40}, nil, []float64{2, 4})}}})
	cold := newJob(t, sparksim.JobSpec{Stages: []sparksim.StageSpec{{Tasks: 1, Levels: level(nil, []float64{8}, nil)}}})
	for _, test := range []struct {
		name           string
		executors      int
		movingMs       float64
		kinds          []*sparksim.Job
		arrivals       []sparksim.Arrival
		sure, expected float64
	}{
		{"no job", 4, 100, []*sparksim.Job{chain}, nil, 0, 0},
		// Tasks in two rounds, or 60 ms of work for four executors.
		{"one chain", 4, 100, []*sparksim.Job{chain}, []sparksim.Arrival{{AtMs: 5}}, 100 + 2*10 + 7, 100 + 60./4 + 7},
		{"first and later tasks", 1, 0, []*sparksim.Job{waves}, []sparksim.Arrival{{}}, 20 + 2*2, 30 + 2*3},
		{"warm-up", 1, 0, []*sparksim.Job{cold}, []sparksim.Arrival{{}}, 8, 8},
		// One executor has 20 ms of work for each: 20, 40 and 60.
		{"three at once", 1, 100, []*sparksim.Job{single}, []sparksim.Arrival{{}, {}, {}}, 100 + 40, 100 + 40},
		// The short one interrupts the long: 67 + 20, and 20.
		{"short after long", 1, 0, []*sparksim.Job{chain, single}, []sparksim.Arrival{{AtMs: 0, Kind: 0}, {AtMs: 30, Kind: 1}}, (67 + 20 + 20) / 2., (67 + 20 + 20) / 2.},
		// The work before the last task is 60 and 120, the delay after it 7.
		{"work, then delay", 10, 0, []*sparksim.Job{chain}, []sparksim.Arrival{{}, {}}, 10 + 7, 10 + 7},
		{"more work, then delay", 3, 0, []*sparksim.Job{chain}, []sparksim.Arrival{{}, {}}, (20 + 40 + 2*7) / 2., (20 + 40 + 2*7) / 2.},
	} {
		b := newBound(t, sparksim.Config{Executors: test.executors, MovingDelayMs: &test.movingMs, WarmupDelayMs: new(0.)}, test.kinds...)
		if got := b.SureMs(test.arrivals); math.Abs(got-test.sure) > slack {
			t.Errorf("%s: sure bound %v, want %v", test.name, got, test.sure)
		}
		if got := b.ExpectedMs(test.arrivals); math.Abs(got-test.expected) > slack {
			t.Errorf("%s: expected bound %v, want %v", test.name, got, test.expected)
		}
	}
	if _, err := bound.New(sparksim.Config{Executors: -1}, []*sparksim.Job{single}); err == nil {
		t.Error("a bad config is accepted")
	}
}

// TestNoScheduleIsBelow tries all decisions in tiny clusters.
func TestNoScheduleIsBelow(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	tight := 0
	for trial := range 150 {
		w := randomEpisode(t, random, size{stages: 2, tasks: 2, jobs: 2, executors: 2})
		cluster := newCluster(t, w.config, w.kinds)
		b := newBound(t, w.config, w.kinds...)
		least := math.Inf(1)
		search(t, cluster, w, uint64(trial), nil, &least)
		sure := b.SureMs(w.arrivals)
		if sure > least*(1+slack) {
			t.Errorf("trial %d: the bound %v is above the best schedule, %v\n%s", trial, sure, least, w)
		}
		if sure > least*(1-slack) {
			tight++
		}
	}
	// A bound that is too cautious would not be reached so often.
	if tight < 10 {
		t.Errorf("the bound is reached %d times of 150, want it more often", tight)
	}
}

// search plays all continuations of the decisions so far, up to some length,
// and finds the least average completion time.
func search(t *testing.T, c *sparksim.Cluster, w episode, seed uint64, decisions [][2]int, least *float64) {
	stream := splitmix.Seed(seed)
	c.Reset(w.arrivals, &stream)
	for _, d := range decisions {
		if _, err := c.Step(d[0], d[1]); err != nil {
			t.Fatal(err)
		}
	}
	if c.Done() {
		*least = min(*least, c.AverageJCTMs())
		return
	}
	stages, executors := c.Schedulable(), c.Committable()
	try := func(stage, n int) {
		search(t, c, w, seed, append(decisions[:len(decisions):len(decisions)], [2]int{stage, n}), least)
	}
	if len(decisions) > 8 {
		try(0, executors) // Enough tried.
		return
	}
	if c.CanPass() {
		try(sparksim.Pass, 0)
	}
	for s := range stages {
		for n := 1; n <= executors; n++ {
			try(s, n)
		}
	}
}

// TestNoPolicyIsBelow plays in random workloads at random and greedily, with
// several streams each.
func TestNoPolicyIsBelow(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const streams = 20
	for trial := range 300 {
		w := randomEpisode(t, random, size{stages: 8, tasks: 30, jobs: 12, executors: 1 + random.IntN(130)})
		cluster := newCluster(t, w.config, w.kinds)
		b := newBound(t, w.config, w.kinds...)
		sure, expected := b.SureMs(w.arrivals), b.ExpectedMs(w.arrivals)
		for name, play := range map[string]func() (int, int){
			"random": func() (int, int) {
				if cluster.CanPass() && random.IntN(10) == 0 {
					return sparksim.Pass, 0
				}
				return random.IntN(cluster.Schedulable()), 1 + random.IntN(cluster.Committable())
			},
			"greedy": func() (int, int) { return 0, cluster.Committable() },
		} {
			mean := 0.0
			for seed := range uint64(streams) {
				stream := splitmix.Seed(seed)
				for cluster.Reset(w.arrivals, &stream); !cluster.Done(); {
					stage, n := play()
					if _, err := cluster.Step(stage, n); err != nil {
						t.Fatal(err)
					}
				}
				jct := cluster.AverageJCTMs()
				if jct < sure*(1-slack) {
					t.Errorf("trial %d, %s, stream %d: average completion time %v, below the sure bound %v\n%s", trial, name, seed, jct, sure, w)
				}
				mean += jct / streams
			}
			if mean < expected*(1-slack) {
				t.Errorf("trial %d, %s: mean over streams %v, below the expected bound %v\n%s", trial, name, mean, expected, w)
			}
		}
	}
}

type episode struct {
	config   sparksim.Config
	kinds    []*sparksim.Job
	arrivals []sparksim.Arrival
}

func (w episode) String() string {
	text := fmt.Sprintf("%d executors, moving %v ms, arrivals %v", w.config.Executors, *w.config.MovingDelayMs, w.arrivals)
	for i, k := range w.kinds {
		text += fmt.Sprintf("\nkind %d: %+v", i, k.Spec())
	}
	return text
}

// size is what a random episode has at most.
type size struct{ stages, tasks, jobs, executors int }

func randomEpisode(t testing.TB, random *rand.Rand, most size) episode {
	t.Helper()
	moving, warmup := float64(random.IntN(3)*20), float64(random.IntN(2)*10)
	w := episode{config: sparksim.Config{Executors: most.executors, MovingDelayMs: &moving, WarmupDelayMs: &warmup}}
	for range 1 + random.IntN(3) {
		w.kinds = append(w.kinds, randomJob(t, random, most))
	}
	at := 0.0
	for range 1 + random.IntN(most.jobs) {
		w.arrivals = append(w.arrivals, sparksim.Arrival{AtMs: at, Kind: random.IntN(len(w.kinds))})
		at += float64(random.IntN(3)) * random.ExpFloat64() * 100
	}
	return w
}

func randomJob(t testing.TB, random *rand.Rand, most size) *sparksim.Job {
	sample := func(least int) []float64 {
		ms := make([]float64, max(least, random.IntN(5)-1))
		for i := range ms {
			ms[i] = float64(random.IntN(100))
		}
		return ms
	}
	var spec sparksim.JobSpec
	for i := range 1 + random.IntN(most.stages) {
		s := sparksim.StageSpec{Tasks: 1 + random.IntN(most.tasks)}
		for _, n := range []int{2, 5, 10, 20, 40, 50, 60, 80, 100} {
			if random.IntN(2) == 0 || n == 100 && len(s.Levels) == 0 {
				s.Levels = append(s.Levels, sparksim.Level{Executors: n, Fresh: sample(0), First: sample(1), Rest: sample(0)})
			}
		}
		spec.Stages = append(spec.Stages, s)
		for k := range i {
			if random.IntN(3) == 0 {
				spec.Edges = append(spec.Edges, [2]int{k, i})
			}
		}
	}
	return newJob(t, spec)
}

func BenchmarkExpected450Jobs(b *testing.B) {
	random := rand.New(rand.NewPCG(9, 10))
	w := randomEpisode(b, random, size{stages: 18, tasks: 100, jobs: 1, executors: 50})
	w.arrivals = nil
	for i := range 450 {
		w.arrivals = append(w.arrivals, sparksim.Arrival{AtMs: float64(i) * 300, Kind: random.IntN(len(w.kinds))})
	}
	bounds := newBound(b, w.config, w.kinds...)
	for b.Loop() {
		bounds.ExpectedMs(w.arrivals)
	}
}
