package trace

import (
	"math"
	"strconv"
)

// Limits on one trace. They keep sums over a trace finite and let a
// simulator index samples with 32 bits; no measured trace comes near them.
const (
	MaxSamples       = 1 << 24
	MaxTimeS         = 1e9
	MaxBandwidthMbps = 1e6
)

// Trace is the bandwidth of one link over time: sample i is BandwidthMbps[i]
// at TimesS[i] seconds. What a sample means between two stamps is up to the
// simulator that plays it.
type Trace struct {
	// Name identifies the trace within its set, usually the file name.
	Name string `json:"name"`
	// TimesS are the stamps in seconds: at least two, not negative,
	// strictly increasing.
	TimesS []float64 `json:"times_s"`
	// BandwidthMbps are the samples in Mbit/s, one per stamp: finite, not
	// negative, and not all zero after the first.
	BandwidthMbps []float64 `json:"bandwidth_mbps"`
}

// Len is the number of samples.
func (t *Trace) Len() int { return len(t.TimesS) }

// DurationS is the time from the first stamp to the last, in seconds.
func (t *Trace) DurationS() float64 {
	if len(t.TimesS) == 0 {
		return 0
	}
	return t.TimesS[len(t.TimesS)-1] - t.TimesS[0]
}

// Validate reports the first thing that makes the trace unplayable, as a
// [*FormatError].
func (t *Trace) Validate() error {
	n := len(t.TimesS)
	if len(t.BandwidthMbps) != n {
		return &FormatError{File: t.Name, Field: "bandwidth_mbps", Value: strconv.Itoa(len(t.BandwidthMbps)) + " samples",
			Problem: "for " + strconv.Itoa(n) + " stamps in times_s", Remedy: "give one sample per stamp"}
	}
	if n < 2 {
		return tooShort(t.Name, n)
	}
	if n > MaxSamples {
		return &FormatError{File: t.Name, Field: "times_s", Value: strconv.Itoa(n) + " samples",
			Problem: "are more than " + strconv.Itoa(MaxSamples), Remedy: "split the trace"}
	}
	for i := range n {
		if err := checkStamp(t.TimesS, i); err != nil {
			err.File, err.Field = t.Name, index("times_s", i)
			return err
		}
		if err := checkBandwidth(t.BandwidthMbps[i]); err != nil {
			err.File, err.Field = t.Name, index("bandwidth_mbps", i)
			return err
		}
	}
	if dead(t.BandwidthMbps) {
		return allZero(t.Name)
	}
	return nil
}

func index(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

// checkStamp checks stamp i alone and against the one before it.
func checkStamp(timesS []float64, i int) *FormatError {
	x := timesS[i]
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return &FormatError{Value: formatFloat(x), Problem: "is not finite", Remedy: "give seconds as a plain number"}
	case x < 0:
		return &FormatError{Value: formatFloat(x), Problem: "is negative", Remedy: "shift the trace so that it starts at 0 or later"}
	case x > MaxTimeS:
		return &FormatError{Value: formatFloat(x), Problem: "is later than " + formatFloat(MaxTimeS) + " s", Remedy: "count seconds from the start of the trace"}
	case i > 0 && x <= timesS[i-1]:
		return &FormatError{Value: formatFloat(x), Problem: "is not later than the stamp before it, " + formatFloat(timesS[i-1]),
			Remedy: "sort the samples by time and keep one per stamp"}
	}
	return nil
}

func checkBandwidth(x float64) *FormatError {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return &FormatError{Value: formatFloat(x), Problem: "is not finite", Remedy: "give Mbit/s as a plain number, 0 for an outage"}
	case x < 0:
		return &FormatError{Value: formatFloat(x), Problem: "is negative", Remedy: "give 0 Mbit/s for an outage"}
	case x > MaxBandwidthMbps:
		return &FormatError{Value: formatFloat(x), Problem: "is more than " + formatFloat(MaxBandwidthMbps) + " Mbit/s", Remedy: "give Mbit/s, not bit/s"}
	}
	return nil
}

// dead reports whether no sample after the first carries data. The first one
// does not count because Pensieve's simulator never uses it, and would wait
// forever on such a trace.
func dead(bandwidthMbps []float64) bool {
	for _, x := range bandwidthMbps[1:] {
		if x > 0 {
			return false
		}
	}
	return true
}

func tooShort(name string, n int) *FormatError {
	problem := "has only one sample"
	if n == 0 {
		problem = "has no samples"
	}
	return &FormatError{File: name, Field: "times_s", Problem: problem, Remedy: "give at least 2 samples, one per line: seconds<tab>Mbit/s"}
}

func allZero(name string) *FormatError {
	return &FormatError{File: name, Field: "bandwidth_mbps", Problem: "is 0 in every sample after the first",
		Remedy: "leave dead traces out of the set: nothing could ever be downloaded"}
}
