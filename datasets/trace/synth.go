package trace

import (
	"fmt"
	"strconv"

	"trailblazer/internal/draw"
)

// SynthConfig are the parameters of [Synth]. The zero value is SynthTrace as
// this project defines it.
type SynthConfig struct {
	// LowMbps bounds the least bandwidth of a trace, drawn once per trace,
	// and HighMbps the greatest. Zero means 0.2..1 and 3..8.
	LowMbps  [2]float64 `json:"low_mbps"`
	HighMbps [2]float64 `json:"high_mbps"`
	// HoldS bounds how many seconds a value lasts. Zero means 1..7.
	HoldS [2]int `json:"hold_s"`
	// Samples per trace, 1 s apart. 0 means 600.
	Samples int `json:"samples,omitempty"`
}

// WithDefaults spells out every setting that c leaves open.
func (c SynthConfig) WithDefaults() SynthConfig {
	if c.LowMbps == [2]float64{} {
		c.LowMbps = [2]float64{0.2, 1}
	}
	if c.HighMbps == [2]float64{} {
		c.HighMbps = [2]float64{3, 8}
	}
	if c.HoldS == [2]int{} {
		c.HoldS = [2]int{1, 7}
	}
	if c.Samples == 0 {
		c.Samples = 600
	}
	return c
}

// Validate reports the first setting that is out of range, as a
// [*FormatError].
func (c SynthConfig) Validate() error {
	c = c.WithDefaults()
	low, high := c.LowMbps, c.HighMbps
	switch {
	case !(low[0] > 0 && low[0] <= low[1]):
		return &FormatError{Field: "low_mbps", Value: fmt.Sprint(low), Problem: "is not a range above 0", Remedy: "give [least, most] such as [0.2, 1]"}
	case !(low[1] <= high[0] && high[0] <= high[1] && high[1] <= MaxBandwidthMbps):
		return &FormatError{Field: "high_mbps", Value: fmt.Sprint(high), Problem: "is not a range above low_mbps", Remedy: "give [least, most] such as [3, 8]"}
	case !(1 <= c.HoldS[0] && c.HoldS[0] <= c.HoldS[1] && c.HoldS[1] <= MaxSamples):
		return &FormatError{Field: "hold_s", Value: fmt.Sprint(c.HoldS), Problem: "is not a range of seconds", Remedy: "give [least, most] such as [1, 7]"}
	case c.Samples < 2 || c.Samples > MaxSamples:
		return &FormatError{Field: "samples", Value: strconv.Itoa(c.Samples), Problem: "is not a trace length", Remedy: "give 2 or more, such as 600"}
	}
	return nil
}

// Synth generates SynthTrace: a wider range and faster change than the FCC
// traces, for tests out of distribution. The paper that introduced the name
// published neither its traces nor its parameters, so this is a definition of
// our own.
//
// Each trace draws a least and a greatest bandwidth; from then on it holds a
// value drawn evenly between them for a whole number of seconds, and draws
// the next. With the zero config the mean over a set is about 3 Mbit/s and
// the standard deviation within a trace about 1.4. Samples lie on a grid of
// 0.01 Mbit/s.
//
// Trace i depends on seed, config and i only. The error is that of
// [SynthConfig.Validate].
func Synth(seed uint64, count int, c SynthConfig) ([]Trace, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.WithDefaults()
	traces := make([]Trace, count)
	for i := range traces {
		traces[i] = synth(draw.New(seed, uint64(i)), c)
		traces[i].Name = fmt.Sprintf("synth_%04d", i)
	}
	return traces, nil
}

func synth(d draw.Draws, c SynthConfig) Trace {
	least := d.Between(c.LowMbps[0], c.LowMbps[1])
	greatest := d.Between(c.HighMbps[0], c.HighMbps[1])
	t := Trace{TimesS: make([]float64, c.Samples), BandwidthMbps: make([]float64, c.Samples)}
	value, left := 0.0, 0
	for i := range c.Samples {
		if left == 0 {
			// At least one step of the grid: a hold may not kill the link.
			value = max(grid(d.Between(least, greatest), 100), 0.01)
			left = d.Count(c.HoldS[0], c.HoldS[1])
		}
		left--
		t.TimesS[i] = float64(i)
		t.BandwidthMbps[i] = value
	}
	return t
}
