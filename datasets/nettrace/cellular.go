package nettrace

import (
	"fmt"
	"math"

	"trailblazer/internal/draw"
)

// CellularConfig are the parameters of [Cellular].
type CellularConfig struct {
	// Name begins the traces' names.
	Name string
	// MeanKbps bounds a trace's mean bandwidth; the logarithm is evenly
	// distributed.
	MeanKbps [2]float64
	// LevelRatio is the most by which one state of the radio link is better
	// than the mean, or worse; LevelMs is how long a state lasts in the mean.
	LevelRatio, LevelMs float64
	// FadingDeviation is that of the logarithm of the bandwidth within a
	// state, and FadingMs the time after which it has forgotten itself.
	FadingDeviation, FadingMs float64
	// OutageMs is the mean length of outages, OutageGapMs the mean time
	// between them.
	OutageMs, OutageGapMs float64
	// LengthMs of a trace.
	LengthMs float64
}

// LTELike resembles drives through LTE networks, as mahimahi's recordings of
// ATT and TMobile: bandwidths of bins of 100 ms deviate from the mean by about
// its size, a few percent of them are 0.
func LTELike() CellularConfig {
	return CellularConfig{
		Name: "synthetic-LTE", MeanKbps: [2]float64{800, 16_000},
		LevelRatio: 3, LevelMs: 4000, FadingDeviation: 0.5, FadingMs: 400,
		OutageMs: 350, OutageGapMs: 8000, LengthMs: 120_000,
	}
}

// UMTSLike resembles drives through UMTS networks, as mahimahi's recording of
// TMobile: slower, with less fading within a state and longer outages.
func UMTSLike() CellularConfig {
	return CellularConfig{
		Name: "synthetic-UMTS", MeanKbps: [2]float64{700, 2500},
		LevelRatio: 2.5, LevelMs: 12_000, FadingDeviation: 0.25, FadingMs: 1200,
		OutageMs: 600, OutageGapMs: 6000, LengthMs: 300_000,
	}
}

// cellularStepMs is how long a bandwidth lasts.
const cellularStepMs = 100

// Cellular generates traces of cellular links: a chain of states whose levels
// are drawn anew when it moves on, fading that is a first-order autoregressive
// process of the logarithm, and outages, all on a grid of 100 ms and 1 kbps.
// Trace i depends on the seed, the config and i only.
func Cellular(seed uint64, count int, c CellularConfig) []Trace {
	traces := make([]Trace, count)
	for i := range traces {
		traces[i] = Trace{Name: fmt.Sprintf("%s-%02d", c.Name, i), Format: FormatMbps, Forward: cellular(draw.New(seed, uint64(i)), c)}
	}
	return traces
}

func cellular(d draw.Draws, c CellularConfig) Direction {
	mean := d.LogBetween(c.MeanKbps[0], c.MeanKbps[1])
	kbps := make([]float64, int(c.LengthMs/cellularStepMs))
	level, fading := 1.0, c.FadingDeviation*d.Bell()
	levelLeft, outageLeft, gapLeft := 0.0, 0.0, c.OutageGapMs*d.Exponential()
	memory := draw.Exp(-cellularStepMs / c.FadingMs)
	fresh := c.FadingDeviation * math.Sqrt(1-float64(memory*memory))
	sum := 0.0
	for i := range kbps {
		if levelLeft <= 0 {
			level, levelLeft = d.LogBetween(1/c.LevelRatio, c.LevelRatio), c.LevelMs*d.Exponential()
		}
		if gapLeft <= 0 {
			outageLeft, gapLeft = c.OutageMs*d.Exponential(), c.OutageGapMs*d.Exponential()
		}
		fading = float64(memory*fading) + float64(fresh*d.Bell())
		// An outage takes what it covers of the step.
		up := 1 - min(max(outageLeft, 0), cellularStepMs)/cellularStepMs
		kbps[i] = float64(float64(level*draw.Exp(fading)) * up)
		sum += kbps[i]
		levelLeft -= cellularStepMs
		if outageLeft -= cellularStepMs; outageLeft <= 0 {
			gapLeft -= cellularStepMs
		}
	}
	scale := mean * float64(len(kbps)) / sum
	direction := Direction{LengthMs: float64(len(kbps)) * cellularStepMs}
	for i, x := range kbps {
		direction.Kbps.add(float64(i)*cellularStepMs, math.Round(float64(scale*x)))
	}
	return direction
}
