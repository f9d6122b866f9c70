package nettrace

import (
	"math"
	"strconv"

	"trailblazer/datasets/trace"
)

// Cooked returns the bandwidth of the direction as the video player reads a
// text of seconds and Mbit/s: a sample is the mean of the time that ends at its
// stamp, and the first one is never used. A bandwidth keeps its changes;
// opportunities become bins of the given width, the last of which may be cut
// short, and those at a bin's end count for it. The bytes stay the same.
func (d *Direction) Cooked(binMs float64) (trace.Trace, error) {
	var t trace.Trace
	add := func(endMs, kbps float64) {
		if len(t.TimesS) == 0 {
			t.TimesS, t.BandwidthMbps = append(t.TimesS, 0), append(t.BandwidthMbps, kbps/1000)
		}
		t.TimesS, t.BandwidthMbps = append(t.TimesS, endMs/1000), append(t.BandwidthMbps, kbps/1000)
	}
	switch {
	case len(d.OpportunitiesMs) > 0:
		if !(binMs > 0) || d.LengthMs/binMs > trace.MaxSamples-2 {
			return t, &FormatError{Field: "bin", Value: strconv.FormatFloat(binMs, 'g', -1, 64) + " ms", Problem: "is no width for this trace", Remedy: "give milliseconds, such as 1000"}
		}
		next := 0
		for start := 0.0; start < d.LengthMs; start += binMs {
			end := min(start+binMs, d.LengthMs)
			first := next
			for next < len(d.OpportunitiesMs) && float64(d.OpportunitiesMs[next]) <= end {
				next++
			}
			// Bits per millisecond are kbit/s.
			add(end, float64(next-first)*OpportunityBytes*8/(end-start))
		}
	case len(d.Kbps.Values) > 0:
		for i, kbps := range d.Kbps.Values {
			end := d.LengthMs
			if i+1 < len(d.Kbps.AtMs) {
				end = d.Kbps.AtMs[i+1]
			}
			add(end, kbps)
		}
	default:
		return t, &FormatError{Field: "bandwidth", Problem: "is missing in this direction", Remedy: "give a recording of the direction that data takes"}
	}
	return t, t.Validate()
}

// Opportunities returns when packets of 1,500 bytes can leave over a link with
// the bandwidth of a trace, read as [Direction.Cooked] writes it. Until every
// millisecond the bytes are less than one packet from the trace's. The last
// opportunity is at the end, rounded up to a millisecond, because that is when
// mahimahi begins anew.
func Opportunities(t *trace.Trace) ([]int64, error) {
	if t.DurationS()*1000 > MaxTimeMs {
		return nil, &FormatError{File: t.Name, Field: "times_s", Value: strconv.FormatFloat(t.DurationS(), 'g', -1, 64), Problem: "is longer than 30 days", Remedy: "split the trace"}
	}
	var list []int64
	const bitsPerPacket = OpportunityBytes * 8
	sentBits := 0.0
	for i := 1; i < t.Len(); i++ {
		startMs, endMs := (t.TimesS[i-1]-t.TimesS[0])*1000, (t.TimesS[i]-t.TimesS[0])*1000
		bitsPerMs := t.BandwidthMbps[i] * 1000
		bits := bitsPerMs * (endMs - startMs)
		if float64(len(list))+bits/bitsPerPacket > trace.MaxSamples-1 {
			return nil, &FormatError{File: t.Name, Field: "bandwidth_mbps", Problem: "makes more than " + strconv.Itoa(trace.MaxSamples) + " packets", Remedy: "split the trace"}
		}
		// A packet leaves in the first millisecond by which its last bit has
		// been sent.
		for due := float64(len(list)+1) * bitsPerPacket; due <= sentBits+bits; due += bitsPerPacket {
			list = append(list, int64(math.Ceil(min(startMs+(due-sentBits)/bitsPerMs, endMs))))
		}
		sentBits += bits
	}
	last := int64(math.Ceil(t.DurationS() * 1000))
	if n := len(list); n == 0 || list[n-1] != last {
		list = append(list, last)
	}
	return list, nil
}
