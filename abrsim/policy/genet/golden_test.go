package genet

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"trailblazer/abrsim/policy"
	"trailblazer/api/env"
	"trailblazer/internal/dense"
	"trailblazer/internal/mt19937"
	"trailblazer/internal/safetensors"
	"trailblazer/internal/testdata"
)

// TestGoldenGreedy plays the reference's whole test set and compares every
// decision, and what came of it.
func TestGoldenGreedy(t *testing.T) {
	factory, network := open(t, "abr/default-test"), trained(t)
	rows := testdata.ReadABRRows(t, testdata.ABRGolden(t, "genet-greedy"))
	s := newStage(t, factory, New(network, Greedy))
	var quality, delay, buffer int
	err := env.Bind(s.info, []env.Binding{
		{Path: "quality", DType: env.Int64, At: &quality},
		{Path: "delay_ms", DType: env.Float64, At: &delay},
		{Path: "buffer_ms", DType: env.Float64, At: &buffer},
	})
	if err != nil {
		t.Fatal(err)
	}
	number := func(k int) float64 { return env.Row[float64](&s.out.Info[k], 0)[0] }
	at := 0
	for episode := range factory.Episodes() {
		s.play(t, uint64(episode), func() {
			want := rows[at]
			level := int(env.Row[int64](&s.out.Info[quality], 0)[0])
			if level != want.Quality || number(delay) != want.DelayMs || number(buffer)/1000 != want.BufferS {
				t.Fatalf("row %d: level %d, %v ms, buffer %v ms; want %+v", at, level, number(delay), number(buffer), want)
			}
			if want.Chunk > 0 && math.Abs(s.out.Reward[0]-want.Reward) > 1e-12 {
				t.Fatalf("row %d: reward %v, want %v", at, s.out.Reward[0], want.Reward)
			}
			at++
		})
	}
	if at != len(rows) || at != 4800 {
		t.Errorf("%d chunks of %d rows, want 4800", at, len(rows))
	}
}

// TestMargins: in no decision of the reference's test sets are the two highest
// scores so near each other that rounding could choose between them.
func TestMargins(t *testing.T) {
	network := trained(t)
	f, err := safetensors.Read(filepath.Join(testdata.Dir(t), "abr", "models", "genet.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	plain := newNaive(t, f)
	for _, scenario := range []string{"abr/default-test", "abr/ood2"} {
		factory := open(t, scenario)
		narrowest, largest := math.Inf(1), 0.0
		watched := &watcher{rule: New(network, Greedy).(*rule), see: func(r *rule) {
			got, want := network.score(&r.view.inputs), plain.of(r.view.inputs[:])
			for move := range got {
				largest = math.Max(largest, math.Abs(float64(got[move])-want[move]))
			}
			slices.Sort(want)
			narrowest = math.Min(narrowest, want[moves-1]-want[moves-2])
		}}
		newStage(t, factory, watched).mean(t, factory, 0)
		t.Logf("%s: the narrowest margin is %.2g, the largest error of a score %.2g", scenario, narrowest, largest)
		if narrowest < 2*largest {
			t.Errorf("%s: a margin of %v is within the rounding of %v", scenario, narrowest, largest)
		}
	}
}

// watcher looks on as a rule chooses.
type watcher struct {
	*rule
	see func(*rule)
}

func (w *watcher) Choose(now *policy.View) (int, error) {
	level, err := w.rule.Choose(now)
	w.see(w.rule)
	return level, err
}

// TestScores compares mean rewards with the reference's: those of its greedy
// policy, and those that it samples with its own generator, which also draws
// for a decision at the end of each video that comes too late.
func TestScores(t *testing.T) {
	network := trained(t)
	for _, c := range []struct {
		scenario string
		seed     uint32 // 0: greedy
		want     float64
		// near is how many digits are known.
		near float64
	}{
		{"abr/default-test", 0, 0.827490959530295, 1e-12},
		{"abr/ood2", 0, 0.6511433368358089, 1e-12},
		{"abr/default-test", 100003, 0.8478713796045129, 1e-12},
		{"abr/ood2", 100003, 0.6347034323467964, 1e-12},
		{"abr/default-test", 1, 0.8542, 5e-5},
		{"abr/default-test", 2, 0.8500, 5e-5},
		{"abr/default-test", 666, 0.8370, 5e-5},
		{"abr/ood2", 1, 0.6836, 5e-5},
		{"abr/ood2", 2, 0.6225, 5e-5},
		{"abr/ood2", 666, 0.6491, 5e-5},
	} {
		factory := open(t, c.scenario)
		r := New(network, Greedy)
		if c.seed != 0 {
			r = &reference{rule: r.(*rule), draws: mt19937.New(c.seed)}
		}
		if got := newStage(t, factory, r).mean(t, factory, 0); math.Abs(got-c.want) > c.near {
			t.Errorf("%s, seed %d: mean %v, want %v", c.scenario, c.seed, got, c.want)
		}
	}
}

// reference draws moves as the reference does: the first whose cumulative
// probability exceeds a whole number of thousandths.
type reference struct {
	*rule
	draws *mt19937.RNG
}

func (r *reference) Choose(now *policy.View) (int, error) {
	r.view.look(now)
	scores := r.network.score(&r.view.inputs)
	dense.Weigh(scores[:])
	total, sum := scores[0]+scores[1]+scores[2], float32(0)
	u := float64(r.draws.RandInt(1, 1000)) / 1000
	for move, weight := range scores {
		if sum += weight / total; float64(sum) > u {
			return moved(now.LastLevel, move), nil
		}
	}
	return moved(now.LastLevel, 0), nil // as an argmax over none
}

// End draws in vain.
func (r *reference) End(*policy.View) { r.draws.RandInt(1, 1000) }

// TestSampledScores: with draws of its own the sampled policy reaches what the
// reference's does. One pass over a set has a standard deviation of 0.035; over
// 300 seeds the reference's draws average 0.851 and 0.665.
func TestSampledScores(t *testing.T) {
	network := trained(t)
	for scenario, want := range map[string]float64{"abr/default-test": 0.851, "abr/ood2": 0.665} {
		factory := open(t, scenario)
		s := newStage(t, factory, New(network, Sampled))
		const passes = 20
		sum := 0.0
		for pass := range passes {
			sum += s.mean(t, factory, pass)
		}
		t.Logf("%s: %.4f", scenario, sum/passes)
		if got := sum / passes; math.Abs(got-want) > 0.03 {
			t.Errorf("%s: mean %v, want about %v", scenario, got, want)
		}
	}
}
