package nettrace

import "trailblazer/datasets/trace"

// MbpsTrace is the trace of a text of seconds and Mbit/s, which [trace.Parse]
// reads and [trace.Write] writes: the first sample is at the beginning, each
// holds until the next, and the last for as long as the one before it.
func MbpsTrace(samples trace.Trace) Trace {
	n := samples.Len()
	t := Trace{Name: samples.Name, Format: FormatMbps}
	for i, s := range samples.TimesS {
		t.Forward.Kbps.add((s-samples.TimesS[0])*1000, samples.BandwidthMbps[i]*1000)
	}
	t.Forward.LengthMs = (samples.DurationS() + samples.TimesS[n-1] - samples.TimesS[n-2]) * 1000
	return t
}
