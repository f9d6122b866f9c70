package optimal_test

import (
	"fmt"
	"math"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// TestSearchAhead compares short plans with all that there are, from states of
// measured playbacks.
func TestSearchAhead(t *testing.T) {
	const chunks = 4
	for i, p := range playbacks(t, "fcc-test", "video1_sizes", abrsim.PaperConfig()) {
		if i%10 != 0 {
			continue
		}
		for s, n := p.root, 0; !p.world.Done(s); n++ {
			if n%9 == 0 {
				plan, err := optimal.SearchAhead(p.world, s, p.qoe, chunks)
				if err != nil {
					t.Fatal(err)
				}
				if best := bestOfAll(t, p, s, chunks); math.Abs(plan.Value-best) > 1e-9 || len(plan.Levels) != min(chunks, p.world.Chunks()-int(s.Chunk)) {
					t.Errorf("%s, chunk %d: a plan %v worth %v, the best is worth %v", p.trace, s.Chunk, plan.Levels, plan.Value, best)
				}
			}
			next, _, err := p.world.Step(s, n%3, 1)
			if err != nil {
				t.Fatal(err)
			}
			s = next
		}
	}
}

// bestOfAll tries every plan of so many chunks.
func bestOfAll(t *testing.T, p playback, s abrsim.State, chunks int) float64 {
	if chunks == 0 || p.world.Done(s) {
		return 0
	}
	best := math.Inf(-1)
	for level := range p.world.Levels() {
		next, c, err := p.world.Step(s, level, 1)
		if err != nil {
			t.Fatal(err)
		}
		best = max(best, p.qoe.Score(c).Total+bestOfAll(t, p, next, chunks-1))
	}
	return best
}

func BenchmarkSearchAhead(b *testing.B) {
	for _, chunks := range []int{5, 8} {
		b.Run(fmt.Sprintf("chunks=%d", chunks), func(b *testing.B) {
			benchmark(b, func(p playback) error {
				_, err := optimal.SearchAhead(p.world, p.root, p.qoe, chunks)
				return err
			})
		})
	}
}
