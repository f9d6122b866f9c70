package lookahead

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/setting"
	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/workload"
)

// world is a small cluster with the smallest built-in jobs.
type world struct {
	workload *workload.Generated
	cluster  *sparksim.Cluster
	forecast Forecast
}

const meanMs = 20_000

func newWorld(tb testing.TB, jobs int) *world {
	tb.Helper()
	w, err := workload.NewGenerated(workload.Synthetic(1)[:44], workload.Poisson{Jobs: jobs, MeanInterarrivalMs: meanMs})
	if err != nil {
		tb.Fatal(err)
	}
	c, err := sparksim.New(sparksim.Config{Executors: 8}, w.Kinds())
	if err != nil {
		tb.Fatal(err)
	}
	f := Forecast{MeanInterarrivalMs: meanMs}
	for kind := range w.Kinds() {
		f.Kinds = append(f.Kinds, kind)
	}
	return &world{w, c, f}
}

func (w *world) begin(seed uint64) {
	w.cluster.Reset(w.workload.Arrivals(nil, seed), new(splitmix.Seed(seed)))
}

func rule(name string) func() (policy.Rule, error) {
	return func() (policy.Rule, error) { return policy.NewRule(name) }
}

func newScheduler(tb testing.TB, w *world, o Options, base string) *Scheduler {
	tb.Helper()
	s, err := NewScheduler(o, w.forecast, rule(base))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// finish plays an episode on, calls see before every step, and returns the
// average completion time in ms.
func (w *world) finish(tb testing.TB, choose func(*sparksim.Cluster) (policy.Decision, error), see func(policy.Decision)) float64 {
	tb.Helper()
	for !w.cluster.Done() {
		d, err := choose(w.cluster)
		if err != nil {
			tb.Fatal(err)
		}
		if see != nil {
			see(d)
		}
		if _, err := w.cluster.Step(d.Stage, d.Executors); err != nil {
			tb.Fatal(err)
		}
	}
	return w.cluster.AverageJCTMs()
}

// byRule lets a rule decide about clusters.
func byRule(r policy.Rule) func(*sparksim.Cluster) (policy.Decision, error) {
	v := new(sparksim.View)
	return func(c *sparksim.Cluster) (policy.Decision, error) {
		c.Observe(v)
		return r.Choose(v)
	}
}

// TestImproves: a few episodes tell the schedulers from their rules.
func TestImproves(t *testing.T) {
	w := newWorld(t, 12)
	for _, base := range []string{"fifo", "fair", "sjf"} {
		s := newScheduler(t, w, Options{Scenarios: 4}, base)
		r, _ := policy.NewRule(base)
		before, after := 0.0, 0.0
		for seed := range uint64(4) {
			w.begin(seed)
			r.Start(seed)
			before += w.finish(t, byRule(r), nil)
			w.begin(seed)
			s.Start(seed)
			after += w.finish(t, s.Choose, nil)
		}
		if after > 0.95*before {
			t.Errorf("%s: %.1f s on average, improved %.1f", base, before/4000, after/4000)
		}
	}
}

// TestDoubts: who wants to be all but certain does what the rule does, but
// where an alternative is better whatever happens.
func TestDoubts(t *testing.T) {
	w := newWorld(t, 8)
	for _, base := range []string{"fifo", "weighted-fair"} {
		r, _ := policy.NewRule(base)
		s := newScheduler(t, w, Options{Scenarios: 4, Errors: 1e6}, base)
		w.begin(3)
		r.Start(3)
		s.Start(3)
		byBase, same, all := byRule(r), 0, 0
		w.finish(t, func(c *sparksim.Cluster) (policy.Decision, error) {
			want, err := byBase(c)
			if err != nil {
				t.Fatal(err)
			}
			d, err := s.Choose(c)
			if err != nil {
				t.Fatal(err)
			}
			if all++; d == want {
				same++
				return d, nil
			}
			for _, x := range s.rivals {
				if mean, err := x.estimate(); x.Decision == d && (err > 1e-3 || mean > -tieMs) {
					t.Errorf("%s: %v instead of %v, for %v ± %v ms", base, d, want, mean, err)
				}
			}
			return d, nil
		}, nil)
		if same*10 < all*9 {
			t.Errorf("%s: only %d of %d decisions are the rule's", base, same, all)
		}
	}
}

// TestKnowsNoFuture: in clusters that are alike but for what the stream will
// draw, for when running tasks will end and for which jobs will arrive,
// schedulers of the same seed decide the same; and they change nothing.
func TestKnowsNoFuture(t *testing.T) {
	w := newWorld(t, 10)
	other := newWorld(t, 10)
	s, twin := newScheduler(t, w, Options{Scenarios: 6}, "fair"), newScheduler(t, other, Options{Scenarios: 6}, "fair")
	w.begin(1)
	s.Start(4)
	twin.Start(4)
	step, switched := 0, 0
	w.finish(t, func(c *sparksim.Cluster) (policy.Decision, error) {
		step++
		state := c.AppendState(nil)
		arrivals := slices.Clone(c.Arrivals())
		for i := c.Arrived(); i < len(arrivals); i++ {
			arrivals[i] = sparksim.Arrival{AtMs: c.NowMs() + float64(i*step), Kind: (arrivals[i].Kind + step) % 44}
		}
		stream := splitmix.Seed(uint64(step))
		if err := other.cluster.RestoreState(state, arrivals, &stream, nil); err != nil {
			t.Fatal(err)
		}
		// Other ends of running tasks.
		if err := other.cluster.SetFuture(arrivals, uint64(step)); err != nil {
			t.Fatal(err)
		}
		before := other.cluster.AppendState(nil)
		d, err := s.Choose(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := twin.Choose(other.cluster)
		if err != nil || got != d {
			t.Fatalf("step %d: decides %v and, with another future, %v (%v)", step, d, got, err)
		}
		if !bytes.Equal(c.AppendState(nil), state) || !bytes.Equal(other.cluster.AppendState(nil), before) {
			t.Fatalf("step %d: deciding changed the cluster", step)
		}
		if d.Stage != s.candidates.base.Stage {
			switched++
		}
		return d, nil
	}, nil)
	if switched == 0 {
		t.Error("the rule's decisions were taken throughout")
	}
}

// TestSeeds: the same seed decides the same, whatever was played before.
func TestSeeds(t *testing.T) {
	w := newWorld(t, 8)
	s := newScheduler(t, w, Options{Scenarios: 4}, "fair")
	play := func(s *Scheduler, seed uint64) (list []policy.Decision) {
		w.begin(2)
		s.Start(seed)
		w.finish(t, s.Choose, func(d policy.Decision) { list = append(list, d) })
		return list
	}
	first, second := play(s, 1), play(s, 2)
	if slices.Equal(first, second) {
		t.Error("two seeds decide the same in a whole episode")
	}
	if !slices.Equal(play(s, 1), first) || !slices.Equal(play(newScheduler(t, w, Options{Scenarios: 4}, "fair"), 1), first) {
		t.Error("a seed decides differently the second time")
	}
}

// TestRemembersNothing: one that begins in the middle of an episode decides as one
// that has seen it all, so that learning from it can be interrupted there.
func TestRemembersNothing(t *testing.T) {
	w := newWorld(t, 5)
	s := newScheduler(t, w, Options{Scenarios: 3}, baseRule)
	fresh := newScheduler(t, w, Options{Scenarios: 3}, baseRule)
	w.begin(2)
	s.Start(5)
	step, switched := 0, 0
	w.finish(t, func(c *sparksim.Cluster) (policy.Decision, error) {
		d, err := s.Choose(c)
		if err != nil {
			t.Fatal(err)
		}
		fresh.Start(5)
		if got, err := fresh.Choose(c); err != nil || got != d || fresh.Gain() != s.Gain() {
			t.Fatalf("step %d: decides %v for a gain of %+v, and begun anew %v for %+v (%v)", step, d, s.Gain(), got, fresh.Gain(), err)
		}
		if step++; s.Gain().Ms > 0 {
			switched++
		}
		return d, nil
	}, nil)
	if switched == 0 {
		t.Error("the rule's decisions were taken throughout")
	}
}

// TestCandidates: what is tried is legal, no two are the same, and executors
// are left idle only while half of the cluster works.
func TestCandidates(t *testing.T) {
	w := newWorld(t, 15)
	random := rand.New(rand.NewPCG(1, 1))
	base, _ := policy.NewRule("weighted-fair")
	var c candidates
	v, again := new(sparksim.View), new(sparksim.View)
	passes, jobs, stages, executors := 0, 0, 0, 0
	for seed := range uint64(5) {
		w.begin(seed)
		w.finish(t, func(cluster *sparksim.Cluster) (policy.Decision, error) {
			cluster.Observe(v)
			d, err := base.Choose(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.nominate(cluster, v, base, d); err != nil {
				t.Fatal(err)
			}
			cluster.Observe(again)
			if !slices.Equal(again.Stages, v.Stages) || !slices.Equal(again.Jobs, v.Jobs) || !slices.Equal(again.Edges, v.Edges) || !slices.Equal(again.Schedulable, v.Schedulable) {
				t.Fatal("nominating changed the view")
			}
			seen := map[policy.Decision]bool{c.base: true}
			for _, r := range c.rivals {
				if seen[r.Decision] {
					t.Fatalf("%v is tried twice", r.Decision)
				}
				seen[r.Decision] = true
				if err := cluster.Check(r.Stage, r.Executors); err != nil {
					t.Fatal(err)
				}
				switch {
				case r.Stage == sparksim.Pass:
					passes++
					if 2*cluster.Running() < v.Executors {
						t.Fatal("executors may be left idle while most are")
					}
				case r.Stage == d.Stage:
					executors++
				case jobOf(v, v.Schedulable[r.Stage]) == jobOf(v, v.Schedulable[d.Stage]):
					stages++
				default:
					jobs++
				}
			}
			// Go where no rule goes.
			if n := len(c.rivals); n > 0 && random.IntN(2) == 0 {
				d = c.rivals[random.IntN(n)].Decision
			}
			return d, nil
		}, nil)
	}
	if min(passes, jobs, stages, executors) < 20 {
		t.Errorf("tried %d passes, %d other jobs, %d other stages and %d other numbers of executors", passes, jobs, stages, executors)
	}
}

// TestSelection checks the statistics.
func TestSelection(t *testing.T) {
	var c candidates
	base := policy.Decision{Stage: 9}
	add := func(stage int, ms ...float64) {
		r := rival{Decision: policy.Decision{Stage: stage}}
		for _, x := range ms {
			r.add(x)
		}
		c.rivals = append(c.rivals, r)
	}
	add(0, -5, -7, -6)    // surely better
	add(1, 3, 4, 5)       // worse
	add(2, -30, 2, 1)     // perhaps better
	add(3, -1, -1, -1)    // surely better, a little
	add(4, -20, 18, 1)    // who knows
	add(5, 0, 0, 0)       // the same
	add(6, -40, -10, -30) // better
	mean, err := c.rivals[0].estimate()
	if mean != -6 || math.Abs(err-1/math.Sqrt(3)) > 1e-12 {
		t.Errorf("-5, -7 and -6 are estimated as %v ± %v", mean, err)
	}
	for errors, want := range map[float64]int{0.5: 6, 2.9: 6, 3.1: 0, 12: 3} {
		if got, gain := c.best(base, errors); got.Stage != want || gain.Ms < 1 {
			t.Errorf("beyond %v standard errors: %d is best, want %d", errors, got.Stage, want)
		}
	}
	c.dismiss(3)
	var left []int
	for _, r := range c.rivals {
		left = append(left, r.Stage)
	}
	if !slices.Equal(left, []int{6, 2, 0}) {
		t.Errorf("%v are left", left)
	}
	c.rivals = c.rivals[:0]
	if got, gain := c.best(base, 1); got != base || gain != (Gain{}) {
		t.Errorf("with no rivals %v is best", got)
	}
}

func TestForecast(t *testing.T) {
	f := Forecast{MeanInterarrivalMs: 100, Kinds: []int{4, 7, 7, 7}}
	count, sevens := 0, 0
	for seed := range uint64(400) {
		list := f.appendArrivals(nil, seed, 1000, 2000, 1000)
		last := 1000.0
		for _, a := range list {
			if a.AtMs < last || a.AtMs > 2000 || a.Kind != 4 && a.Kind != 7 {
				t.Fatalf("seed %d: %v", seed, list)
			}
			last = a.AtMs
			if a.Kind == 7 {
				sevens++
			}
		}
		count += len(list)
		if n := min(3, len(list)); !slices.Equal(f.appendArrivals(nil, seed, 1000, 2000, 3), list[:n:n]) {
			t.Fatalf("seed %d: the first 3 are not the first of %v", seed, list)
		}
	}
	if mean := float64(count) / 400; math.Abs(mean-10) > 0.5 {
		t.Errorf("%v arrivals in 10 mean times", mean)
	}
	if share := float64(sevens) / float64(count); math.Abs(share-0.75) > 0.03 {
		t.Errorf("a share of %v is of kind 7", share)
	}
}

func TestRefused(t *testing.T) {
	good := Forecast{MeanInterarrivalMs: 1, Kinds: []int{0}}
	for _, test := range []struct {
		options  Options
		forecast Forecast
		want     string
	}{
		{Options{HorizonMs: -1}, good, "horizon_ms: -1"},
		{Options{HorizonMs: math.NaN()}, good, "horizon_ms"},
		{Options{Scenarios: 1}, good, "scenarios: 1"},
		{Options{Errors: -1}, good, "errors: -1"},
		{Options{}, Forecast{MeanInterarrivalMs: 1}, "kinds"},
		{Options{}, Forecast{MeanInterarrivalMs: math.NaN(), Kinds: []int{0}}, "mean_interarrival_ms"},
	} {
		_, err := NewScheduler(test.options, test.forecast, rule("fifo"))
		if _, ok := errors.AsType[*setting.Error](err); !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v, %+v: %v, want a setting.Error with %q", test.options, test.forecast, err, test.want)
		}
	}
	if _, err := NewScheduler(Options{}, good, rule("none")); err == nil {
		t.Error("a scheduler without a rule")
	}
}

// BenchmarkChoose is one decision of the default test's cluster, on built-in
// data.
func BenchmarkChoose(b *testing.B) {
	w, err := workload.NewGenerated(workload.Synthetic(1), workload.Poisson{})
	if err != nil {
		b.Fatal(err)
	}
	c, err := sparksim.New(sparksim.Config{}, w.Kinds())
	if err != nil {
		b.Fatal(err)
	}
	all := &world{workload: w, cluster: c, forecast: Forecast{MeanInterarrivalMs: workload.DefaultMeanInterarrivalMs}}
	for kind := range w.Kinds() {
		all.forecast.Kinds = append(all.forecast.Kinds, kind)
	}
	s := newScheduler(b, all, Options{}, baseRule)
	all.begin(1)
	s.Start(1)
	b.ReportAllocs()
	for b.Loop() {
		if c.Done() {
			all.begin(1)
		}
		d, err := s.Choose(c)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Step(d.Stage, d.Executors); err != nil {
			b.Fatal(err)
		}
	}
}
