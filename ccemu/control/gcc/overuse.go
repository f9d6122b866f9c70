package gcc

import "time"

// usage is what the delay says about the load that the sender puts on the
// path.
type usage uint8

const (
	normal usage = iota
	over
	under
)

const (
	// overuseTime is for how long the trend has to be above the threshold:
	// overuse_time_th of draft-ietf-rmcat-gcc-02, libwebrtc's
	// kOverUsingTimeThreshold.
	overuseTime = 10 * time.Millisecond
	// fullGain is the number of samples after which the trend has its full
	// gain: libwebrtc's kMinNumDeltas.
	fullGain = 60
)

// detector tells over-use from the trend of the delay: it has to be above the
// threshold for a time and at more than one sample, and still rising.
type detector struct {
	threshold threshold
	gain      float64 // of the trend, for each sample up to fullGain
	// lasting over-use ends when the trend is below the threshold, as in
	// libwebrtc. In the draft it is signaled anew by each sample that rises.
	lasting bool

	samples   int
	above     bool
	exceeding int           // samples above the threshold since the last over-use
	overFor   time.Duration // for which they have been above it
	previous  float64       // trend
	usage     usage
}

// update takes the next sample of the trend, of a group that left sent after
// the one before it and arrived at arrival.
func (d *detector) update(trend float64, sent, arrival time.Duration) {
	if d.samples = min(d.samples+1, fullGain); d.samples < 2 {
		d.usage = normal
		return
	}
	amplified := float64(d.samples) * trend * d.gain
	switch {
	case amplified > d.threshold.value:
		d.exceed(trend, sent)
	case amplified < -d.threshold.value:
		d.above, d.exceeding, d.usage = false, 0, under
	default:
		d.above, d.exceeding, d.usage = false, 0, normal
	}
	d.previous = trend
	d.threshold.update(amplified, arrival)
}

func (d *detector) exceed(trend float64, sent time.Duration) {
	if !d.above {
		// It went above at some moment since the last sample.
		d.above, d.overFor = true, sent/2
	} else {
		d.overFor += sent
	}
	d.exceeding++
	if d.overFor > overuseTime && d.exceeding > 1 && trend >= d.previous {
		d.usage = over
		if d.lasting {
			d.overFor, d.exceeding = 0, 0
		}
	} else if !d.lasting {
		d.usage = normal
	}
}
