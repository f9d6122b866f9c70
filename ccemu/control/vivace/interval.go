package vivace

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

// interval is a monitor interval: what became of the packets that were sent in
// it.
type interval struct {
	mbps  float64 // at which it sends
	began time.Duration
	// The packets first to last-1 belong to it.
	first, last int64
	told, lost  int64
	frame       int32 // of the newest sample
	// Sums of times since it began, of round-trip times, and of their products,
	// over the samples, in seconds.
	n, t, r, tt, tr, rr float64
}

// has reports whether a packet belongs to the interval.
func (v *interval) has(sequence int64) bool { return v.first <= sequence && sequence < v.last }

// add takes what a report says of a packet of the interval.
func (v *interval) add(p *feedback.Result, news measure.News, rtt time.Duration) {
	switch news {
	case measure.Nothing:
		return
	case measure.Lost:
		v.told++
		v.lost++
		return
	case measure.Received:
		v.told++
	case measure.Late:
		v.lost--
	}
	// Of a frame, which leaves faster than the path is, the first packet shows
	// what was in the queue before it.
	if p.Frame >= 0 && p.Frame <= v.frame {
		return
	}
	v.frame = max(v.frame, p.Frame)
	t, r := (p.At - v.began).Seconds(), rtt.Seconds()
	v.n++
	v.t += t
	v.r += r
	v.tt += float64(t * t)
	v.tr += float64(t * r)
	v.rr += float64(r * r)
}

// gradient is the slope of round-trip times over the times of sending, by
// least squares; 0 where it is less than its standard error, as in the noise
// filter of PCC Proteus (SIGCOMM 2020): frames make round-trip times rise and
// fall all the time.
func (v *interval) gradient() float64 {
	tt := v.tt - float64(v.t*v.t)/v.n
	if v.n < 3 || tt < 1e-9 {
		return 0
	}
	tr := v.tr - float64(v.t*v.r)/v.n
	rr := v.rr - float64(v.r*v.r)/v.n
	slope := tr / tt
	if residue := max(rr-float64(slope*tr), 0); float64(slope*slope) < residue/(v.n-2)/tt {
		return 0
	}
	return slope
}

// utility is the interval's.
func (v *interval) utility() float64 {
	lost := 0.0
	if v.told > 0 {
		lost = float64(v.lost) / float64(v.told)
	}
	return utility(v.mbps, v.gradient(), lost)
}
