package sparksim_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/setting"
	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
)

// later returns the arrivals that have come, and others after them.
func later(s *session, random *rand.Rand, jobs int) []sparksim.Arrival {
	list := slices.Clone(s.arrivals[:s.Arrived()])
	at := s.NowMs()
	for range jobs {
		at += float64(random.IntN(30_000))
		list = append(list, sparksim.Arrival{AtMs: at, Kind: random.IntN(44)})
	}
	return list
}

// TestFuture gives clusters a future in the middle of an episode. They show
// what they showed, whatever jobs are to come; two that differ in what was to
// come become one; and they play to the end, keeping all rules.
func TestFuture(t *testing.T) {
	w := smallJobs(t)
	for seed := range uint64(12) {
		a := newSession(t, w, seed)
		for range 15 + 5*seed {
			if !a.Done() {
				a.act(t, a.random)
			}
		}
		if a.Done() {
			t.Fatalf("seed %d: the episode is over", seed)
		}
		// b is where a is, and would go on otherwise.
		b := newSession(t, w, seed)
		b.stream = splitmix.Seed(^seed)
		dealt := slices.Clone(a.arrivals)
		for i := a.Arrived(); i < len(dealt); i++ {
			dealt[i] = sparksim.Arrival{AtMs: a.NowMs() + float64(i), Kind: (dealt[i].Kind + 1) % 44}
		}
		if err := b.RestoreState(a.AppendState(nil), dealt, &b.stream, nil); err != nil {
			t.Fatal(err)
		}
		shown := shownBy(a.Cluster)
		shown = append(shown[:len(shown)-2], shown[len(shown)-1]) // without the number of jobs
		random := rand.New(rand.NewPCG(seed, 5))
		for _, jobs := range []int{3, 0, 20, 1} {
			future := later(a, random, jobs)
			for _, s := range []*session{a, b} {
				if err := s.SetFuture(future, seed); err != nil {
					t.Fatal(err)
				}
			}
			now := shownBy(a.Cluster)
			now = append(now[:len(now)-2], now[len(now)-1])
			if !reflect.DeepEqual(now, shown) {
				t.Fatalf("seed %d: with %d jobs to come, the cluster shows\n%v, not\n%v", seed, jobs, now, shown)
			}
			if !bytes.Equal(a.AppendState(nil), b.AppendState(nil)) {
				t.Fatalf("seed %d, %d jobs to come: the future depends on what was to come", seed, jobs)
			}
		}
		b.random = rand.New(rand.NewPCG(seed, 1))
		a.random = rand.New(rand.NewPCG(seed, 1))
		for !a.Done() {
			a.act(t, a.random)
			b.act(t, b.random)
			if !reflect.DeepEqual(shownBy(a.Cluster), shownBy(b.Cluster)) {
				t.Fatalf("seed %d: equal futures part at %v ms", seed, a.NowMs())
			}
		}
		if !b.Done() || a.Completed() != a.Jobs() {
			t.Fatalf("seed %d: %d of %d jobs completed", seed, a.Completed(), a.Jobs())
		}
	}
}

// TestFutureOfCopies: copies take their future along, each with a stream of
// its own.
func TestFutureOfCopies(t *testing.T) {
	a := newSession(t, smallJobs(t), 2)
	for range 60 {
		a.act(t, a.random)
	}
	if err := a.SetFuture(a.arrivals, 9); err != nil {
		t.Fatal(err)
	}
	var b, c session
	b.Cluster, c.Cluster = new(sparksim.Cluster), new(sparksim.Cluster)
	b.CopyFrom(a.Cluster)
	c.CopyFrom(b.Cluster)
	first, second := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(1, 1))
	for !b.Done() {
		b.act(t, first)
	}
	for !c.Done() {
		c.act(t, second)
	}
	if !bytes.Equal(b.AppendState(nil), c.AppendState(nil)) {
		t.Error("copies with the same future part")
	}
	// A dealt stream ends the imagined future.
	c.CopyFrom(a.Cluster)
	c.SetStream(new(splitmix.Seed(5)))
	a.SetStream(new(splitmix.Seed(5)))
	first, second = rand.New(rand.NewPCG(2, 1)), rand.New(rand.NewPCG(2, 1))
	for !a.Done() {
		a.act(t, first)
		c.act(t, second)
	}
	if !bytes.Equal(a.AppendState(nil), c.AppendState(nil)) {
		t.Error("with equal streams again, copies part")
	}
}

// fixedJob has one stage whose tasks all draw from the same durations.
func fixedJob(t *testing.T, tasks int, ms ...float64) *sparksim.Job {
	t.Helper()
	job, err := sparksim.NewJob(sparksim.JobSpec{Stages: []sparksim.StageSpec{{Tasks: tasks, Levels: []sparksim.Level{{Executors: 5, Fresh: ms}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// TestFutureTasksKeepTheirDurations: whatever is decided, tasks take as long.
func TestFutureTasksKeepTheirDurations(t *testing.T) {
	job := fixedJob(t, 40, 100, 250, 700, 1900, 8000)
	arrivals := []sparksim.Arrival{{}, {}, {AtMs: 100}, {AtMs: 2500}}
	var busy []float64
	for seed := range uint64(8) {
		c, err := sparksim.New(sparksim.Config{Executors: 6, WarmupDelayMs: new(0.0)}, []*sparksim.Job{job})
		if err != nil {
			t.Fatal(err)
		}
		s := session{Cluster: c, random: rand.New(rand.NewPCG(seed, 1)), stream: splitmix.Seed(seed)}
		s.Reset(arrivals, &s.stream)
		if err := s.SetFuture(arrivals, 4); err != nil {
			t.Fatal(err)
		}
		for !s.Done() {
			s.act(t, s.random)
		}
		busy = append(busy, s.BusyMs())
	}
	for _, ms := range busy[1:] {
		if d := ms - busy[0]; d > 1e-6 || d < -1e-6 {
			t.Fatalf("executors were busy for %v ms", busy)
		}
	}
}

// TestFutureOfRunningTasks: an executor's first task of a run, which has taken
// 500 ms so far, ends as one of those that take longer. One that follows is
// met at any moment of any task, the longer the likelier.
func TestFutureOfRunningTasks(t *testing.T) {
	for _, test := range []struct {
		name  string
		tasks int
		level sparksim.Level
		check func(t *testing.T, endsMs []float64)
	}{
		{"First", 1, sparksim.Level{Fresh: []float64{600, 100, 900}}, func(t *testing.T, endsMs []float64) {
			count := map[float64]int{}
			for _, ms := range endsMs {
				count[ms]++
			}
			if len(count) != 2 || count[600] < 450 || count[900] < 450 {
				t.Errorf("ends %v, want 600 and 900 alike", count)
			}
		}},
		{"FirstAndLongest", 1, sparksim.Level{Fresh: []float64{700}, First: []float64{50, 400}}, func(t *testing.T, endsMs []float64) {
			if slices.Min(endsMs) != 700 || slices.Max(endsMs) != 700 {
				t.Errorf("ends from %v to %v, want 700", slices.Min(endsMs), slices.Max(endsMs))
			}
		}},
		{"Rest", 2, sparksim.Level{Fresh: []float64{100}, Rest: []float64{500, 900}}, func(t *testing.T, endsMs []float64) {
			sum, short := 0.0, 0
			for _, ms := range endsMs {
				sum += ms - 500
				if ms <= 1000 {
					short++
				}
			}
			// Means of the squares and of the durations: 530,000 and 700.
			if mean := sum / float64(len(endsMs)); mean < 360 || mean > 397 {
				t.Errorf("it takes %v ms more, want 379", mean)
			}
			if short < 660 || short > 770 { // of which 1000/1400 end within 500
				t.Errorf("%d end within 500 ms, want 714", short)
			}
			if least, most := slices.Min(endsMs), slices.Max(endsMs); least <= 500 || least > 510 || most > 1400 || most < 1385 {
				t.Errorf("ends from %v to %v, want 500 to 1400", least, most)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.level.Executors = 5
			job, err := sparksim.NewJob(sparksim.JobSpec{Stages: []sparksim.StageSpec{{Tasks: test.tasks, Levels: []sparksim.Level{test.level}}}})
			if err != nil {
				t.Fatal(err)
			}
			c, err := sparksim.New(sparksim.Config{Executors: 2, MovingDelayMs: new(0.0)}, []*sparksim.Job{job})
			if err != nil {
				t.Fatal(err)
			}
			// One executor works; the other waits for the job at 500.
			w := []sparksim.Arrival{{}, {AtMs: 500}}
			var endsMs []float64
			for seed := uint64(0); len(endsMs) < 1000; seed++ {
				stream := splitmix.Seed(seed)
				c.Reset(w, &stream)
				if _, err := c.Step(0, 1); err != nil {
					t.Fatal(err)
				}
				if c.Running() == 0 { // It was done before.
					continue
				}
				if c.NowMs() != 500 {
					t.Fatalf("seed %d: the next decision is at %v ms", seed, c.NowMs())
				}
				if err := c.SetFuture(w, seed); err != nil {
					t.Fatal(err)
				}
				if _, err := c.Step(sparksim.Pass, 1); err != nil {
					t.Fatal(err)
				}
				endsMs = append(endsMs, c.CompletedMs(0))
			}
			test.check(t, endsMs)
		})
	}
}

func TestFutureRefuses(t *testing.T) {
	s := newSession(t, smallJobs(t), 4)
	for s.Arrived() < 3 {
		s.act(t, s.random)
	}
	past, now := s.arrivals[:s.Arrived()], s.NowMs()
	with := func(more ...sparksim.Arrival) []sparksim.Arrival { return slices.Concat(past, more) }
	changed := slices.Clone(past)
	changed[1].Kind ^= 1
	state := s.AppendState(nil)
	for name, test := range map[string]struct {
		arrivals []sparksim.Arrival
		want     string
	}{
		"none":       {nil, "at least one"},
		"too few":    {past[:2], "don't begin with the 3"},
		"others":     {changed, "don't begin with the 3"},
		"the past":   {with(sparksim.Arrival{AtMs: now - 0.5}), "has passed"},
		"disorder":   {with(sparksim.Arrival{AtMs: now + 5}, sparksim.Arrival{AtMs: now + 4}), "before the arrival"},
		"no kind":    {with(sparksim.Arrival{AtMs: now, Kind: 44}), "no kind of job"},
		"no number":  {with(sparksim.Arrival{AtMs: now, Kind: -1}), "no kind of job"},
		"after ever": {with(sparksim.Arrival{AtMs: 1e300}), "is no time"},
	} {
		err := s.SetFuture(test.arrivals, 1)
		if _, ok := errors.AsType[*setting.Error](err); !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want a setting.Error with %q", name, err, test.want)
		}
		if !bytes.Equal(s.AppendState(nil), state) {
			t.Fatalf("%s: a refused future changed the cluster", name)
		}
	}
	if err := s.SetFuture(with(sparksim.Arrival{AtMs: now}), 1); err != nil {
		t.Errorf("an arrival now is refused: %v", err)
	}
}
