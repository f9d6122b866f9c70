package trace

import (
	"fmt"
	"strconv"

	"trailblazer/internal/draw"
)

// VariedConfig are the ranges of what [Varied] draws for each trace. The zero
// value is the first of the three sets of ranges that Genet trains on.
type VariedConfig struct {
	// MinMbps and MaxMbps bound the least and the greatest bandwidth of a
	// trace. Zero means 0..3.5 and 1..5.
	MinMbps, MaxMbps [2]float64
	// IntervalS bounds the mean time between two changes of the bandwidth, in
	// seconds. Zero means 1..4.
	IntervalS [2]float64
	// DurationS is how long a trace is. 0 means 330.
	DurationS int
}

// VariedParameters are what was drawn for a trace.
type VariedParameters struct {
	MinMbps, MaxMbps, IntervalS float64
}

// WithDefaults spells out every setting that c leaves open.
func (c VariedConfig) WithDefaults() VariedConfig {
	if c.MinMbps == [2]float64{} {
		c.MinMbps = [2]float64{0, 3.5}
	}
	if c.MaxMbps == [2]float64{} {
		c.MaxMbps = [2]float64{1, 5}
	}
	if c.IntervalS == [2]float64{} {
		c.IntervalS = [2]float64{1, 4}
	}
	if c.DurationS == 0 {
		c.DurationS = 330
	}
	return c
}

// Validate reports the first setting that is out of range, as a
// [*FormatError].
func (c VariedConfig) Validate() error {
	c = c.WithDefaults()
	low, high, interval := c.MinMbps, c.MaxMbps, c.IntervalS
	switch {
	case !(low[0] >= 0 && low[0] <= low[1] && low[1] <= MaxBandwidthMbps):
		return &FormatError{Field: "min_mbps", Value: fmt.Sprint(low), Problem: "is not a range from 0", Remedy: "give [least, most] such as [0, 3.5]"}
	case !(high[0] >= variedFloorMbps && high[0] <= high[1] && high[1] <= MaxBandwidthMbps):
		return &FormatError{Field: "max_mbps", Value: fmt.Sprint(high), Problem: "is not a range above 0", Remedy: "give [least, most] such as [1, 5]"}
	case !(interval[0] >= 0.1 && interval[0] <= interval[1] && interval[1] <= MaxTimeS):
		return &FormatError{Field: "interval_s", Value: fmt.Sprint(interval), Problem: "is not a range of seconds from 0.1", Remedy: "give [least, most] such as [1, 4]"}
	case c.DurationS < 2 || c.DurationS > MaxSamples:
		return &FormatError{Field: "duration_s", Value: strconv.Itoa(c.DurationS), Problem: "is not a trace length", Remedy: "give 2 s or more, such as 330"}
	}
	return nil
}

// variedFloorMbps is the least bandwidth of a sample, so that no trace is dead.
const variedFloorMbps = 0.01

// Varied generates traces over a space of parameters, to train on and to choose
// curricula from: each trace draws its greatest bandwidth, evenly on a scale of
// logarithms, its least bandwidth, which is at most that, and its interval of
// change, and then holds values drawn evenly between the two for half to one
// and a half intervals. Samples are 1 s apart, on a grid of 0.01 Mbit/s and at
// least that.
//
// The parameters and their default ranges are those of Xia et al., "Genet:
// Automatic Curriculum Generation for Learning Adaptation in Networking"
// (SIGCOMM 2022), for bandwidth; the traces are not theirs.
//
// Trace i depends on seed, config and i only. The error is that of
// [VariedConfig.Validate].
func Varied(seed uint64, count int, c VariedConfig) ([]Trace, []VariedParameters, error) {
	if err := c.Validate(); err != nil {
		return nil, nil, err
	}
	c = c.WithDefaults()
	traces, parameters := make([]Trace, count), make([]VariedParameters, count)
	for i := range traces {
		d := draw.New(seed, uint64(i))
		p := VariedParameters{MaxMbps: d.LogBetween(c.MaxMbps[0], c.MaxMbps[1])}
		p.MinMbps = min(d.Between(c.MinMbps[0], c.MinMbps[1]), p.MaxMbps)
		p.IntervalS = d.Between(c.IntervalS[0], c.IntervalS[1])
		parameters[i] = p
		traces[i] = varied(d, p, c.DurationS)
		traces[i].Name = fmt.Sprintf("varied_%04d", i)
	}
	return traces, parameters, nil
}

func varied(d draw.Draws, p VariedParameters, samples int) Trace {
	t := Trace{TimesS: make([]float64, samples), BandwidthMbps: make([]float64, samples)}
	value, until := 0.0, 0.0
	for i := range samples {
		for timeS := float64(i); until <= timeS; {
			value = max(grid(d.Between(p.MinMbps, p.MaxMbps), 100), variedFloorMbps)
			until += float64(p.IntervalS * d.Between(0.5, 1.5))
		}
		t.TimesS[i] = float64(i)
		t.BandwidthMbps[i] = value
	}
	return t
}

// Scaled is a trace with its bandwidth times a factor, and the factor in its
// name.
func Scaled(t Trace, factor float64) Trace {
	s := Trace{Name: fmt.Sprintf("%s_x%.3g", t.Name, factor), TimesS: t.TimesS, BandwidthMbps: make([]float64, len(t.BandwidthMbps))}
	for i, mbps := range t.BandwidthMbps {
		s.BandwidthMbps[i] = min(mbps*factor, MaxBandwidthMbps)
	}
	return s
}
