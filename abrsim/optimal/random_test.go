package optimal_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
	"trailblazer/datasets/trace"
)

// randomPlayback is a small world of any shape: ladder, sizes, link, rules,
// metric, and a state somewhere in it.
func randomPlayback(t *testing.T, random *rand.Rand, quantumMs float64, mostLevels, mostChunks int) playback {
	t.Helper()
	levels, chunks := 1+random.IntN(mostLevels), 1+random.IntN(mostChunks)
	v := trace.Video{Name: "v", ChunkMs: 1000 + random.IntN(4000)}
	for level := range levels {
		kbps := 100 + random.IntN(400)
		if level > 0 {
			kbps += v.BitratesKbps[level-1]
		}
		v.BitratesKbps = append(v.BitratesKbps, kbps)
		sizes := make([]int, chunks)
		for i := range sizes {
			sizes[i] = 1 + int(float64(kbps*v.ChunkMs/8)*(0.5+random.Float64()))
		}
		v.SizesBytes = append(v.SizesBytes, sizes)
	}
	tr := trace.Trace{Name: "t", TimesS: []float64{0}, BandwidthMbps: []float64{1}}
	for range 2 + random.IntN(10) {
		tr.TimesS = append(tr.TimesS, tr.TimesS[len(tr.TimesS)-1]+0.2+3*random.Float64())
		mbps := random.Float64() * 2
		if random.IntN(4) == 0 {
			mbps = 0
		}
		tr.BandwidthMbps = append(tr.BandwidthMbps, mbps)
	}
	tr.BandwidthMbps[1+random.IntN(tr.Len()-1)] = 0.5 + random.Float64()

	config := abrsim.Config{DrainQuantumMs: &quantumMs, RTTMs: new(float64(random.IntN(200))), Chunks: chunks,
		BufferCapMs: 600 + float64(random.IntN(3))*float64(v.ChunkMs)*random.Float64()*2}
	if random.IntN(2) == 0 {
		config.Profile = abrsim.ProfilePaper
	}
	world, err := abrsim.NewWorld(tr, v, config)
	if err != nil {
		t.Fatal(err)
	}
	metric := abrsim.QoEConfig{RebufferPenalty: new(random.Float64() * 5), SmoothnessPenalty: new(random.Float64() * 2)}
	switch random.IntN(3) {
	case 0:
		metric.Kind = abrsim.QoELog
	case 1:
		metric.Kind = abrsim.QoEHD
		for range levels {
			metric.HDQuality = append(metric.HDQuality, random.Float64()*10)
		}
	}
	qoe, err := abrsim.NewQoE(metric, v.BitratesKbps)
	if err != nil {
		t.Fatal(err)
	}
	at, err := world.Link().At(random.Float64() * world.Link().PassS())
	if err != nil {
		t.Fatal(err)
	}
	root := world.Start(at)
	if random.IntN(2) == 0 {
		root.BufferMs = random.Float64() * config.BufferCapMs
		root.Chunk = int32(random.IntN(chunks))
		root.LastLevel = int32(random.IntN(levels))
	}
	return playback{"random", world, root, qoe}
}

// best tries every plan.
func best(p playback, s abrsim.State) float64 {
	if p.world.Done(s) {
		return 0
	}
	most := math.Inf(-1)
	for level := range p.world.Levels() {
		next, c, err := p.world.Step(s, level, 1)
		if err != nil {
			panic(err)
		}
		most = max(most, p.qoe.Score(c).Total+best(p, next))
	}
	return most
}

const tolerance = 1e-7

// TestSearchIsExact compares with trying every plan, where pauses end exactly
// at the cap and dominance is strict.
func TestSearchIsExact(t *testing.T) {
	const seed = 1
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range 2000 {
		p := randomPlayback(t, random, 0, 4, 6)
		plan, want := solve(t, i, p)
		if math.Abs(plan.Value-want) > tolerance || !plan.Proven() {
			t.Fatalf("case %d: value %v, bound %v, want %v (%+v, %+v)", i, plan.Value, plan.Bound, want, p.world.Config(), p.root)
		}
		checkBeam(t, p, want)
	}
}

// TestSearchBoundsTheQuantum compares with trying every plan where pauses last
// for whole quanta, longer than in any real player. The plan may then miss the
// optimum, but not by more than it says.
func TestSearchBoundsTheQuantum(t *testing.T) {
	const seed = 2
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	missed, unproven := 0, 0
	const cases = 2000
	for i := range cases {
		p := randomPlayback(t, random, 500, 4, 6)
		plan, want := solve(t, i, p)
		if plan.Value > want+tolerance || plan.Bound < want-tolerance {
			t.Fatalf("case %d: value %v, bound %v, want %v between", i, plan.Value, plan.Bound, want)
		}
		if plan.Value < want-tolerance {
			missed++
			if plan.Proven() {
				t.Fatalf("case %d: proven %v, but %v is possible", i, plan.Value, want)
			}
		}
		if !plan.Proven() {
			unproven++
		}
		checkBeam(t, p, want)
	}
	t.Logf("of %d cases %d are not proven and %d miss the optimum", cases, unproven, missed)
}

// solve searches for the best plan, checks that it is worth what it says, and
// tries every plan.
func solve(t *testing.T, i int, p playback) (plan optimal.Plan, want float64) {
	t.Helper()
	plan, err := optimal.Search(p.world, p.root, p.qoe)
	if err != nil {
		t.Fatal(err)
	}
	if got := value(t, p, plan.Levels); got != plan.Value {
		t.Fatalf("case %d: the plan is worth %v, not %v", i, got, plan.Value)
	}
	return plan, best(p, p.root)
}

func checkBeam(t *testing.T, p playback, want float64) {
	t.Helper()
	plan, err := optimal.Beam(p.world, p.root, p.qoe, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := value(t, p, plan.Levels); got != plan.Value {
		t.Fatalf("the beam's plan is worth %v, not %v", got, plan.Value)
	}
	if plan.Value > want+tolerance || plan.Bound < want-tolerance {
		t.Fatalf("beam: value %v, bound %v, want %v between", plan.Value, plan.Bound, want)
	}
}
