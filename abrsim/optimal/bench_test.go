package optimal_test

import (
	"fmt"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// Each round plans one playback of fcc-test on video1, in turn.
func benchmark(b *testing.B, plan func(p playback) error) {
	list := playbacks(b, "fcc-test", "video1_sizes", abrsim.PaperConfig())
	i := 0
	for b.Loop() {
		if err := plan(list[i%len(list)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkSearch(b *testing.B) {
	benchmark(b, func(p playback) error {
		_, err := optimal.Search(p.world, p.root, p.qoe)
		return err
	})
}

func BenchmarkBeam(b *testing.B) {
	benchmark(b, func(p playback) error {
		_, err := optimal.Beam(p.world, p.root, p.qoe, 0)
		return err
	})
}

func BenchmarkNewTable(b *testing.B) {
	for _, bufferS := range []float64{1, 0.5} {
		b.Run(fmt.Sprintf("buffer=%vs", bufferS), func(b *testing.B) {
			benchmark(b, func(p playback) error {
				_, err := optimal.NewTable(p.world, p.qoe, optimal.TableOptions{BufferStepS: bufferS})
				return err
			})
		})
	}
}

// BenchmarkQ asks for the advantage of all six levels in the states of a
// playback, in turn.
func BenchmarkQ(b *testing.B) {
	p := playbacks(b, "fcc-test", "video1_sizes", abrsim.PaperConfig())[0]
	table := newTable(b, p, optimal.TableOptions{})
	var states []abrsim.State
	for s := p.root; !p.world.Done(s); {
		states = append(states, s)
		next, _, err := p.world.Step(s, int(s.Chunk)%3, 1)
		if err != nil {
			b.Fatal(err)
		}
		s = next
	}
	q := make([]float64, 0, p.world.Levels())
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		q = table.AppendAdvantage(q[:0], states[i%len(states)])
		i++
	}
}
