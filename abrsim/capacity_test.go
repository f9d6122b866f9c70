package abrsim_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
)

// TestCapacityInvertsTransfer also checks that it reaches the places that
// Advance reaches, over several passes of a trace with a dead segment.
func TestCapacityInvertsTransfer(t *testing.T) {
	tr := trace.Trace{Name: "t", TimesS: []float64{0.5, 1, 3, 3.5, 7}, BandwidthMbps: []float64{1, 2, 0, 0.3, 4}}
	random := rand.New(rand.NewPCG(1, 2))
	for _, profile := range []abrsim.Profile{abrsim.ProfilePaper, abrsim.ProfileDefault} {
		link, err := abrsim.NewLink(tr, abrsim.Config{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			from, err := link.At(random.Float64() * link.PassS())
			if err != nil {
				t.Fatal(err)
			}
			ms := random.Float64() * 30_000
			bytes, at := link.Capacity(from, ms)
			same, _ := link.Advance(from, ms)
			if at.Segment != same.Segment || math.Abs(at.TimeS-same.TimeS) > 1e-9 {
				t.Fatalf("%s: from %+v %v ms reach %+v, Advance %+v", profile, from, ms, at, same)
			}
			delayS, _ := link.Transfer(from, bytes)
			more, _ := link.Capacity(from, delayS*1000)
			if math.Abs(more-bytes) > 1e-3 {
				t.Fatalf("%s: from %+v %v ms carry %v bytes, which take %v ms and carry %v", profile, from, ms, bytes, delayS*1000, more)
			}
		}
	}
}
