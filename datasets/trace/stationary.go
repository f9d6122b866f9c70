package trace

import (
	"fmt"
	"math"

	"trailblazer/internal/draw"
)

// The settings of [Stationary]: means of 0.5, 0.6, … 6.0 Mbit/s, each with
// variances of 0, 0.1, … 3.0 (Mbit/s)².
const (
	stationaryMeans     = 56
	stationaryVariances = 31
	// StationaryTraces is how many settings there are.
	StationaryTraces = stationaryMeans * stationaryVariances
)

// StationaryFloorMbps is the least bandwidth of a stationary trace: where a
// draw lies below it, the sample is this.
const StationaryFloorMbps = 0.01

// Stationary generates traces whose bandwidth keeps its distribution: normal,
// with the means and variances from which Karma learns what the rest of a video
// may be worth ("Karma: Adaptive Video Streaming via Causal Sequence Modeling",
// MM 2023, section 4): a trace for each of the 1,736 settings, those of one mean
// side by side. The paper says neither how long a sample holds nor what becomes
// of negative draws; here a trace has 300 samples, 1 s apart, and what lies below
// [StationaryFloorMbps] is raised to it. So where the mean is small beside the
// deviation, the trace brings more than its mean: of 0.5 Mbit/s with a variance
// of 3 become 0.97. Samples lie on a grid of 0.01 Mbit/s.
//
// Trace i depends on seed and i only.
func Stationary(seed uint64) []Trace {
	traces := make([]Trace, StationaryTraces)
	for i := range traces {
		mean, variance := float64(5+i/stationaryVariances)/10, float64(i%stationaryVariances)/10
		traces[i] = stationary(draw.New(seed, uint64(i)), mean, variance)
		traces[i].Name = fmt.Sprintf("stationary_mean-%.1f_variance-%.1f", mean, variance)
	}
	return traces
}

func stationary(d draw.Draws, meanMbps, variance float64) Trace {
	const samples = 300
	deviation := math.Sqrt(variance)
	t := Trace{TimesS: make([]float64, samples), BandwidthMbps: make([]float64, samples)}
	for i := range samples {
		t.TimesS[i] = float64(i)
		t.BandwidthMbps[i] = max(grid(meanMbps+float64(deviation*d.Bell()), 100), StationaryFloorMbps)
	}
	return t
}
