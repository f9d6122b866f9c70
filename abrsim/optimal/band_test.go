package optimal_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// TestBand: a table of what a player comes through says the same of that as the
// whole one, whatever the player does, as long as its line is near the table's.
func TestBand(t *testing.T) {
	const seed, slackS = 4, 16
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, config := range []abrsim.Config{abrsim.PaperTrainingConfig(), {NoiseLow: 0.8, NoiseHigh: 1.3}} {
		var off, loss mean
		covered, left := 0, 0
		list := playbacks(t, "fcc-train", "video1_sizes", config)
		for range 20 {
			p := list[random.IntN(len(list))]
			at, err := p.world.Link().At(random.Float64() * p.world.Link().PassS())
			if err != nil {
				t.Fatal(err)
			}
			s, _, err := p.world.Step(p.world.Start(at), 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			line := optimal.Line(p.world, s) + (random.Float64()-0.5)*slackS
			whole, part := newTable(t, p, optimal.TableOptions{}), newTable(t, p, optimal.TableOptions{LineS: line, SlackS: slackS})
			if part.Bytes() > whole.Bytes() {
				t.Fatalf("%s: %d bytes of %d", p.trace, part.Bytes(), whole.Bytes())
			}
			// A quarter of the slack is left to what follows.
			covers := func(s abrsim.State) bool {
				passS := p.world.Link().PassS()
				off := math.Abs(math.Mod(optimal.Line(p.world, s)-line, passS))
				return part.Bytes() == whole.Bytes() || min(off, passS-off) <= 0.75*slackS
			}
			for !p.world.Done(s) && covers(s) {
				covered++
				want, got := whole.Q(s), part.Q(s)
				best, _ := part.Best(s)
				most := math.Inf(-1)
				for a := range want {
					most = max(most, want[a])
				}
				loss.add(most - want[best])
				off.add(math.Abs(got[best] - want[best]))
				level := min(max(int(s.LastLevel)+random.IntN(3)-1, 0), p.world.Levels()-1, int(s.BufferMs/3000))
				if s, _, err = p.world.Step(s, level, 0.9+0.2*random.Float64()); err != nil {
					t.Fatal(err)
				}
			}
			if !p.world.Done(s) {
				left++
			}
		}
		t.Logf("%s: %d states covered, %d of 20 players left the band; Q is off by %.2g, its choice loses %.2g", config.Profile, covered, left, off.value(), loss.value())
		if !(off.value() < 0.1 && loss.value() < 0.002) || covered < 20*30 {
			t.Errorf("%s: %d states covered; Q is off by %v, its choice loses %v", config.Profile, covered, off.value(), loss.value())
		}
	}
}

// BenchmarkBand makes tables of what one player comes through, on traces of all
// lengths.
func BenchmarkBand(b *testing.B) {
	list := playbacks(b, "fcc-train", "video1_sizes", abrsim.PaperTrainingConfig())
	for _, slackS := range []float64{0, 16} {
		b.Run(fmt.Sprintf("slack=%vs", slackS), func(b *testing.B) {
			i, bytes := 0, 0
			for b.Loop() {
				p := list[i%len(list)]
				table, err := optimal.NewTable(p.world, p.qoe, optimal.TableOptions{LineS: optimal.Line(p.world, p.root), SlackS: slackS})
				if err != nil {
					b.Fatal(err)
				}
				bytes += table.Bytes()
				i++
			}
			b.ReportMetric(float64(bytes)/float64(i)/1e6, "MB/table")
		})
	}
}
