package decima

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/policy/internal/testview"
)

var modes = []Mode{Greedy, Sampled, Mean}

// views are random ones of a cluster; the last has no job.
func views(count int) []*sparksim.View {
	random := rand.New(rand.NewPCG(5, 6))
	list := make([]*sparksim.View, count)
	for i := range list {
		list[i] = testview.Random(random, 50, 12)
	}
	return append(list, &sparksim.View{Executors: 50, Committable: 50})
}

// TestDecisions: every decision is legal, and equal for equal seeds, whatever
// the policy has seen before. Other seeds give other samples.
func TestDecisions(t *testing.T) {
	network, list := randomNetwork(t), views(100)
	for _, mode := range modes {
		play := func(rule policy.Rule, seed uint64) []policy.Decision {
			rule.Start(seed)
			decisions := make([]policy.Decision, len(list))
			for i, v := range list {
				var err error
				if decisions[i], err = rule.Choose(v); err != nil {
					t.Fatal(err)
				}
				checkLegal(t, v, decisions[i])
			}
			return decisions
		}
		rule := New(network, mode)
		first, other, again := play(rule, 1), play(rule, 2), play(rule, 1)
		if !slices.Equal(first, again) || !slices.Equal(first, play(New(network, mode), 1)) {
			t.Errorf("mode %d: decisions differ for the same seed", mode)
		}
		if slices.Equal(first, other) != (mode != Sampled) {
			t.Errorf("mode %d: decisions for another seed are equal: %v", mode, mode == Sampled)
		}
	}
}

func checkLegal(t *testing.T, v *sparksim.View, d policy.Decision) {
	t.Helper()
	if len(v.Schedulable) == 0 {
		if d.Stage != sparksim.Pass || d.Executors != v.Committable {
			t.Fatalf("%+v where there is no stage", d)
		}
		return
	}
	if d.Stage < 0 || d.Stage >= len(v.Schedulable) {
		t.Fatalf("stage %d of %d", d.Stage, len(v.Schedulable))
	}
	if most := int(v.Jobs[jobOf(v, v.Schedulable[d.Stage])].Limit); d.Executors < 1 || d.Executors > most {
		t.Fatalf("%d executors of %d", d.Executors, most)
	}
}

// TestModes compares the decisions with the scores.
func TestModes(t *testing.T) {
	network := randomNetwork(t)
	f := forward{Network: network}
	greedy, mean := New(network, Greedy), New(network, Mean)
	for _, v := range views(50) {
		if len(v.Schedulable) == 0 {
			continue
		}
		f.run(v)
		scores := f.scoreStages(nil, v)
		stage := slices.Index(scores, slices.Max(scores))
		job := slices.IndexFunc(v.Jobs, func(j sparksim.JobView) bool { return v.Schedulable[stage] < j.End })
		scores = f.scoreExecutors(nil, v, job, int(v.Jobs[job].Limit))
		best := policy.Decision{Stage: stage, Executors: 1 + slices.Index(scores, slices.Max(scores))}
		if d, err := greedy.Choose(v); err != nil || d != best {
			t.Errorf("greedy: %+v, %v; want %+v", d, err, best)
		}
		expected := 0.0
		for k, p := range probabilities(scores) {
			expected += p * float64(k+1)
		}
		d, err := mean.Choose(v)
		if err != nil || d.Stage != stage || math.Abs(float64(d.Executors)-expected) > 0.5001 {
			t.Errorf("mean: %+v, %v; want stage %d with %v executors", d, err, stage, expected)
		}
	}
}

// probabilities is the softmax.
func probabilities(scores []float32) []float64 {
	p, sum := make([]float64, len(scores)), 0.0
	for i, s := range scores {
		p[i] = math.Exp(float64(s))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// TestSampledDistribution draws many decisions about one view and compares the
// counts of pairs with their probabilities by chi square. The seed is fixed.
func TestSampledDistribution(t *testing.T) {
	network := randomNetwork(t)
	v := views(100)[slices.IndexFunc(views(100), func(v *sparksim.View) bool { return len(v.Schedulable) > 4 && v.Committable > 5 })]
	f := forward{Network: network}
	f.run(v)
	expected := map[policy.Decision]float64{}
	for stage, p := range probabilities(f.scoreStages(nil, v)) {
		job := jobOf(v, v.Schedulable[stage])
		for k, q := range probabilities(f.scoreExecutors(nil, v, job, int(v.Jobs[job].Limit))) {
			expected[policy.Decision{Stage: stage, Executors: k + 1}] = p * q
		}
	}
	const draws = 3000
	rule := New(network, Sampled)
	rule.Start(7)
	counts := map[policy.Decision]float64{}
	for range draws {
		d, err := rule.Choose(v)
		if err != nil {
			t.Fatal(err)
		}
		counts[d]++
	}
	chi, cells, rareCount, rareExpected := 0.0, 0.0, 0.0, 0.0
	for d, p := range expected {
		if p*draws < 5 { // too few for the approximation: one cell together
			rareCount, rareExpected = rareCount+counts[d], rareExpected+p*draws
			continue
		}
		chi += (counts[d] - p*draws) * (counts[d] - p*draws) / (p * draws)
		cells++
	}
	if rareExpected > 5 {
		chi += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected
		cells++
	}
	// Chi square has the mean cells-1 and twice that as its variance.
	if free := cells - 1; free < 5 || chi > free+4*math.Sqrt(2*free) {
		t.Errorf("chi square is %v with %v degrees of freedom", chi, free)
	}
}

// TestPermutedJobs: the order of jobs doesn't count.
func TestPermutedJobs(t *testing.T) {
	f := forward{Network: randomNetwork(t)}
	random := rand.New(rand.NewPCG(8, 9))
	for _, v := range views(50) {
		order := random.Perm(len(v.Jobs))
		p, place := permuted(v, order)
		f.run(v)
		want := f.scoreStages(nil, v)
		var executors [][]float32
		for j := range v.Jobs {
			executors = append(executors, f.scoreExecutors(nil, v, j, v.Committable))
		}
		f.run(p)
		scores := f.scoreStages(nil, p)
		got := make([]float32, len(want))
		for i, s := range v.Schedulable {
			at, _ := slices.BinarySearch(p.Schedulable, place[s])
			got[i] = scores[at]
		}
		checkNear(t, "stage scores", got, want, 1e-4)
		for now, before := range order {
			checkNear(t, "executor scores", f.scoreExecutors(nil, p, now, v.Committable), executors[before], 1e-4)
		}
	}
}

// permuted returns a view with the jobs in another order, and where each stage
// is now.
func permuted(v *sparksim.View, order []int) (*sparksim.View, []int32) {
	p := &sparksim.View{Executors: v.Executors, Committable: v.Committable, Source: len(v.Jobs)}
	place := make([]int32, len(v.Stages))
	for now, before := range order {
		job := v.Jobs[before]
		if before == v.Source {
			p.Source = now
		}
		first := int32(len(p.Stages))
		for s := job.First; s < job.End; s++ {
			place[s] = int32(len(p.Stages))
			p.Stages = append(p.Stages, v.Stages[s])
		}
		job.First, job.End = first, int32(len(p.Stages))
		p.Jobs = append(p.Jobs, job)
	}
	for _, e := range v.Edges {
		p.Edges = append(p.Edges, sparksim.Edge{From: place[e.From], To: place[e.To]})
	}
	slices.SortFunc(p.Edges, func(a, b sparksim.Edge) int {
		return slices.Compare([]int32{a.From, a.To}, []int32{b.From, b.To})
	})
	for _, s := range v.Schedulable {
		p.Schedulable = append(p.Schedulable, place[s])
	}
	slices.Sort(p.Schedulable)
	return p, place
}

// TestNoAllocations: nothing is allocated once the largest view has been seen.
func TestNoAllocations(t *testing.T) {
	network, list := randomNetwork(t), views(20)
	for _, mode := range modes {
		rule := New(network, mode)
		rule.Start(1)
		round := func() {
			for _, v := range list {
				if _, err := rule.Choose(v); err != nil {
					t.Fatal(err)
				}
			}
		}
		round()
		if n := testing.AllocsPerRun(3, round); n != 0 {
			t.Errorf("mode %d: %v allocations", mode, n)
		}
	}
}

// TestOddViews: what an environment may show, though no cluster does, is no
// reason to panic or to answer with an illegal number.
func TestOddViews(t *testing.T) {
	for name, v := range map[string]*sparksim.View{
		"limit 0": {Executors: 5, Committable: 3, Jobs: []sparksim.JobView{{End: 1}}, Stages: make([]sparksim.StageView, 1), Schedulable: []int32{0}},
		"job without stages": {Executors: 5, Committable: 3, Jobs: []sparksim.JobView{{}, {End: 1, Limit: 2}, {First: 1, End: 1}},
			Stages: make([]sparksim.StageView, 1), Schedulable: []int32{0}},
		"endless work": {Executors: 5, Committable: 3, Jobs: []sparksim.JobView{{End: 2, Limit: 3}}, Schedulable: []int32{1},
			Stages: []sparksim.StageView{{}, {Remaining: sparksim.MaxTasks, DurationMs: math.MaxFloat32}}},
		"edge between jobs": {Executors: 5, Committable: 3, Jobs: []sparksim.JobView{{End: 1, Limit: 3}, {First: 1, End: 2}}, Schedulable: []int32{0},
			Stages: make([]sparksim.StageView, 2), Edges: []sparksim.Edge{{From: 0, To: 1}, {From: 0, To: 1}}},
	} {
		for _, mode := range modes {
			d, err := New(randomNetwork(t), mode).Choose(v)
			if err != nil || d.Stage < 0 || d.Stage >= len(v.Schedulable) || d.Executors < 1 || d.Executors > v.Committable {
				t.Errorf("%s, mode %d: %+v, %v", name, mode, d, err)
			}
		}
	}
}
