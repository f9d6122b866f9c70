package policy

import (
	"math/rand/v2"
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/internal/testview"
)

func TestRules(t *testing.T) {
	open, closed := stage{5, 100, true}, stage{5, 100, false}
	one := []stage{open}
	child := []sparksim.Edge{{From: 0, To: 1}}
	for i, c := range []struct {
		rule string
		view *sparksim.View
		want Decision
	}{
		// The source job keeps all of its executors, whatever its cap.
		{"fifo", view(10, 7, 1, job{0, one, nil}, job{9, one, nil}), Decision{1, 7}},
		// None is the source: the first with room below half of the cluster.
		{"fifo", view(10, 7, 2, job{5, one, nil}, job{2, one, nil}), Decision{1, 3}},
		{"fifo", view(11, 7, 2, job{5, one, nil}, job{2, one, nil}), Decision{0, 1}},
		{"fifo", view(10, 2, 2, job{0, one, nil}, job{2, one, nil}), Decision{0, 2}},
		// Nobody has room.
		{"fifo", view(10, 7, 2, job{5, one, nil}, job{6, one, nil}), Decision{sparksim.Pass, 7}},
		// The source job has nothing to schedule.
		{"fifo", view(10, 7, 0, job{5, []stage{closed}, nil}, job{2, one, nil}), Decision{0, 3}},
		// A stage on the frontier goes first, else the first schedulable.
		{"fifo", view(10, 4, 0, job{0, []stage{closed, open, open}, child}), Decision{1, 4}},
		{"fifo", view(10, 4, 0, job{0, []stage{closed, open}, child}), Decision{0, 4}},
		{"fifo", view(10, 4, 1, job{5, one, nil}, job{0, []stage{closed, open, open}, child}), Decision{2, 4}},

		{"fair", view(10, 7, 3, job{4, one, nil}, job{1, one, nil}, job{0, one, nil}), Decision{1, 3}},
		{"fair", view(10, 7, 3, job{4, one, nil}, job{5, one, nil}, job{4, one, nil}), Decision{sparksim.Pass, 7}},
		{"fair", view(10, 7, 0, job{9, one, nil}, job{0, one, nil}), Decision{0, 7}},
		{"fair", view(10, 10, 1, job{0, one, nil}), Decision{0, 10}},
		{"fair", view(10, 3, 0), Decision{sparksim.Pass, 3}},
		{"fair", view(10, 0, 0), Decision{sparksim.Pass, 1}},

		// The least work first, whoever the source is.
		{"sjf", view(10, 7, 0, job{7, []stage{{9, 10, true}}, nil}, job{0, []stage{{2, 30, true}, {1, 29, false}}, nil}), Decision{1, 7}},
		{"sjf", view(10, 7, 0, job{7, []stage{{9, 10, true}}, nil}, job{8, []stage{{2, 30, true}, {1, 29, false}}, nil}), Decision{1, 2}},
		{"sjf", view(10, 7, 0, job{7, []stage{{9, 10, true}}, nil}, job{0, []stage{{2, 30, true}, {1, 31, false}}, nil}), Decision{0, 7}},
		// Beyond its cap a job is served when all are.
		{"sjf:0.3", view(10, 7, 2, job{1, one, nil}, job{0, []stage{{1, 1, true}}, nil}), Decision{1, 3}},
		{"sjf:0.3", view(10, 7, 2, job{1, one, nil}, job{3, []stage{{1, 1, true}}, nil}), Decision{0, 2}},
		{"sjf:0.3", view(10, 4, 2, job{3, one, nil}, job{3, []stage{{1, 1, true}}, nil}), Decision{1, 4}},
		// What the source job is to give away does not count as its own.
		{"sjf:0.3", view(10, 4, 0, job{5, one, nil}, job{3, one, nil}), Decision{0, 2}},
		{"sjf:0.3", view(10, 4, 0, job{7, one, nil}, job{2, one, nil}), Decision{1, 1}},

		{"critical-path", view(10, 7, 0, job{7, []stage{{1, 10, true}, {2, 10, true}, {2, 10, false}}, []sparksim.Edge{{From: 0, To: 2}}}), Decision{0, 7}},
		{"critical-path", view(10, 7, 0, job{7, []stage{{1, 10, true}, {4, 10, true}, {2, 10, false}}, []sparksim.Edge{{From: 0, To: 2}}}), Decision{1, 7}},
		{"critical-path", view(10, 7, 0, job{7, []stage{{1, 10, true}, {3, 10, true}, {2, 10, false}}, []sparksim.Edge{{From: 0, To: 2}}}), Decision{0, 7}},

		// 16 and 1 units of work: shares of 8 and 2, of 5 and 5, of 10 and 1.
		{"weighted-fair:0.5", view(10, 10, 2, job{5, []stage{{16, 1, true}}, nil}, job{0, []stage{{1, 1, true}}, nil}), Decision{1, 2}},
		{"weighted-fair:0.5", view(10, 10, 2, job{5, []stage{{16, 1, true}}, nil}, job{2, []stage{{1, 1, true}}, nil}), Decision{0, 3}},
		{"weighted-fair:0.5", view(10, 3, 2, job{8, []stage{{16, 1, true}}, nil}, job{2, []stage{{1, 1, true}}, nil}), Decision{1, 3}},
		{"weighted-fair:0", view(10, 10, 2, job{2, []stage{{16, 1, true}}, nil}, job{5, []stage{{1, 1, true}}, nil}), Decision{0, 3}},
		{"weighted-fair:1", view(10, 10, 2, job{2, []stage{{16, 1, true}}, nil}, job{1, []stage{{1, 1, true}}, nil}), Decision{0, 8}},
		// The source job has its share without what it gives away.
		{"weighted-fair:0", view(10, 3, 0, job{7, one, nil}, job{5, one, nil}), Decision{0, 1}},
		{"weighted-fair:0", view(10, 3, 0, job{8, one, nil}, job{4, one, nil}), Decision{1, 1}},
		// Stages without any duration weigh nothing, and still run.
		{"weighted-fair", view(10, 3, 0, job{8, []stage{{9, 0, true}}, nil}), Decision{0, 3}},

		{"random", view(10, 3, 1, job{10, []stage{closed}, nil}), Decision{sparksim.Pass, 3}},
		{"random", view(10, 1, 1, job{3, one, nil}), Decision{0, 1}},
	} {
		if got := choose(t, newRule(t, c.rule), c.view); got != c.want {
			t.Errorf("%d: %s: got %+v, want %+v", i, c.rule, got, c.want)
		}
	}
}

// TestSharesLikeTheReference compares FIFO and Fair with a plain form of the
// reference's heuristics on random views.
func TestSharesLikeTheReference(t *testing.T) {
	const seed = 3
	random := rand.New(rand.NewPCG(seed, 0))
	fifo, fair := newRule(t, "fifo"), newRule(t, "fair")
	for i := range 3000 {
		n := 1 + random.IntN(60)
		v := testview.Random(random, n, 8)
		half, part := (n+1)/2, n
		if jobs := len(v.Jobs); jobs > 0 {
			part = (n + jobs - 1) / jobs
		}
		for _, c := range []struct {
			rule Rule
			cap  int
		}{{fifo, half}, {fair, part}} {
			if got, want := choose(t, c.rule, v), naiveShare(v, c.cap); got != want {
				t.Fatalf("seed %d, view %d, cap %d: got %+v, want %+v of %+v", seed, i, c.cap, got, want, *v)
			}
		}
	}
}

// naiveShare is the reference's heuristic with loops over everything.
func naiveShare(v *sparksim.View, limit int) Decision {
	findStage := func(job int) int {
		first := -1
		for place, s := range v.Schedulable {
			if s < v.Jobs[job].First || s >= v.Jobs[job].End {
				continue
			}
			waits := false
			for _, e := range v.Edges {
				waits = waits || e.To == s
			}
			if !waits {
				return place
			}
			if first < 0 {
				first = place
			}
		}
		return first
	}
	if v.Source < len(v.Jobs) {
		if place := findStage(v.Source); place >= 0 {
			return Decision{place, v.Committable}
		}
	}
	for job := range v.Jobs {
		if job == v.Source || int(v.Jobs[job].Supply) >= limit {
			continue
		}
		if place := findStage(job); place >= 0 {
			return Decision{place, min(v.Committable, limit-int(v.Jobs[job].Supply))}
		}
	}
	return Decision{sparksim.Pass, v.Committable}
}

// TestDecisionsAreLegal asks every rule about random views, twice with the
// same seed.
func TestDecisionsAreLegal(t *testing.T) {
	const seed = 4
	for _, name := range Names() {
		random := rand.New(rand.NewPCG(seed, 0))
		rule, again := newRule(t, name), newRule(t, name)
		rule.Start(7)
		again.Start(7)
		for i := range 2000 {
			v := testview.Random(random, 1+random.IntN(60), 12)
			d, err := rule.Choose(v)
			if err != nil {
				t.Fatal(err)
			}
			limit := v.Committable
			if d.Stage >= 0 && d.Stage < len(v.Schedulable) {
				limit = int(v.Jobs[jobAt(v, d.Stage)].Limit)
			}
			if d.Stage < sparksim.Pass || d.Stage >= len(v.Schedulable) || d.Executors < 1 || d.Executors > limit {
				t.Fatalf("%s: seed %d, view %d: %+v of %+v", name, seed, i, d, *v)
			}
			if other, _ := again.Choose(v); other != d {
				t.Fatalf("%s: seed %d, view %d: %+v, then %+v", name, seed, i, d, other)
			}
		}
	}
}

// jobAt is the job of a schedulable stage.
func jobAt(v *sparksim.View, place int) int {
	job := 0
	for v.Jobs[job].End <= v.Schedulable[place] {
		job++
	}
	return job
}

// TestRandomIsUniform counts stages and executors.
func TestRandomIsUniform(t *testing.T) {
	v := view(8, 4, 2, job{6, []stage{{1, 1, true}}, nil}, job{0, []stage{{1, 1, true}}, nil})
	rule := newRule(t, "random")
	rule.Start(1)
	counts := map[Decision]int{}
	const n = 8000
	for range n {
		d, err := rule.Choose(v)
		if err != nil {
			t.Fatal(err)
		}
		counts[d]++
	}
	for _, d := range []Decision{{0, 1}, {0, 2}, {1, 1}, {1, 2}, {1, 3}, {1, 4}} {
		want := n / 2 / int(v.Jobs[d.Stage].Limit)
		if got := counts[d]; got < want*9/10 || got > want*11/10 {
			t.Errorf("%+v: %d times, want about %d", d, got, want)
		}
		delete(counts, d)
	}
	if len(counts) > 0 {
		t.Errorf("also chosen: %v", counts)
	}
}

func TestChooseAllocatesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 0))
	views := make([]*sparksim.View, 20)
	for i := range views {
		views[i] = testview.Random(random, 50, 30)
	}
	for _, name := range Names() {
		rule := newRule(t, name)
		rule.Start(1)
		all := func() {
			for _, v := range views {
				if _, err := rule.Choose(v); err != nil {
					t.Fatal(err)
				}
			}
		}
		all()
		if n := testing.AllocsPerRun(10, all); n != 0 {
			t.Errorf("%s: %v allocations in %d decisions", name, n, len(views))
		}
	}
}
