package trace

import (
	"fmt"

	"trailblazer/internal/draw"
)

// FCCLike generates traces that stand in for the FCC broadband traces where
// those are not at hand. The name means what it says: same kind and range,
// not the same data, and no score on one stands for the other.
//
// A trace has 240 to 400 samples 5 s apart, 20 to 33 minutes, so that a
// video of three minutes seldom outlasts it. Its level comes from a
// distribution like that of the measured set, 0.3 to 3.4 Mbit/s with a mean
// of 1.3; around it the bandwidth wanders slowly, by about 0.2 Mbit/s in most
// traces. One trace in eight has dead spots of 5 to 20 s with next to
// nothing. Samples lie in 0..6.6 Mbit/s, on a grid of 1e-6.
//
// Trace i depends on seed and i only.
func FCCLike(seed uint64, count int) []Trace {
	traces := make([]Trace, count)
	for i := range traces {
		traces[i] = fccLike(draw.New(seed, uint64(i)))
		traces[i].Name = fmt.Sprintf("fcc-like_%04d", i)
	}
	return traces
}

func fccLike(d draw.Draws) Trace {
	const (
		stepS      = 5
		mostMbps   = 6.6
		memory     = 0.75 // of the wander, per sample
		innovation = 0.66 // keeps the wander's standard deviation at 1: sqrt(1 - memory^2)
	)
	// Quantiles 0, 1/8, ... 1 of the level of a trace and of the standard
	// deviation within it.
	level := d.From([]float64{0.3, 0.5, 0.65, 0.85, 1.05, 1.3, 1.75, 2.3, 3.4})
	spread := d.From([]float64{0.01, 0.04, 0.08, 0.12, 0.17, 0.23, 0.3, 0.45, 0.9})
	spread = min(spread, 0.35*level)
	hasDeadSpots := d.Unit() < 0.125

	n := d.Count(240, 400)
	t := Trace{TimesS: make([]float64, n), BandwidthMbps: make([]float64, n)}
	wander := d.Bell()
	dead := 0 // samples left of a dead spot
	for i := range n {
		t.TimesS[i] = float64(i * stepS)
		wander = float64(memory*wander) + float64(innovation*d.Bell())
		mbps := level + float64(spread*wander)
		if hasDeadSpots && dead == 0 && d.Unit() < 0.01 {
			dead = d.Count(1, 4)
		}
		if dead > 0 {
			dead--
			mbps = d.Between(-0.02, 0.04)
		}
		t.BandwidthMbps[i] = grid(min(max(mbps, 0), mostMbps), 1e6)
	}
	return t
}
