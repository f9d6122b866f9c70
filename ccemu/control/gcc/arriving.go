package gcc

import (
	"math"
	"time"
)

// Constants of libwebrtc's BitrateEstimator.
const (
	firstWindow   = 500 * time.Millisecond
	laterWindow   = 150 * time.Millisecond
	startVariance = 50.0 // of the estimate, in kbps²
	driftVariance = 5.0  // that each window adds
	jumpVariance  = 200.0
	// sampleScale is the deviation of a window's rate, in kbps, where it
	// differs by as much as the estimate itself. A window in which the
	// application sent less than it might says less about the path.
	sampleScale, limitedScale = 10.0, 20.0
)

// arrivingRate estimates the rate at which the packets arrive that were
// acknowledged: the mean rate of each window of time is a sample, the less
// certain the farther it is from the estimate.
type arrivingRate struct {
	bytes    float64 // in the current window
	window   time.Duration
	last     time.Duration
	any      bool
	known    bool
	kbps     float64
	variance float64
}

// add counts a packet that arrived; limited says that the application limits
// the rate.
func (r *arrivingRate) add(bytes int32, arrival time.Duration, limited bool) {
	length := laterWindow
	if !r.known {
		length = firstWindow
	}
	if r.any {
		gap := max(arrival-r.last, 0)
		r.window += gap
		if gap > length {
			r.bytes = 0
			r.window %= length
		}
		arrival = max(arrival, r.last)
	}
	r.last, r.any = arrival, true
	if r.window >= length {
		r.sample(r.bytes*8/milliseconds(length), limited)
		r.window -= length
		r.bytes = 0
	}
	r.bytes += float64(bytes)
}

func (r *arrivingRate) sample(kbps float64, limited bool) {
	if !r.known {
		r.kbps, r.variance, r.known = kbps, startVariance, true
		return
	}
	scale := sampleScale
	if limited && kbps < r.kbps {
		scale = limitedScale
	}
	deviation := scale * math.Abs(r.kbps-kbps) / max(r.kbps, 1)
	variance, prior := float64(deviation*deviation), r.variance+driftVariance
	r.kbps = (float64(variance*r.kbps) + float64(prior*kbps)) / (variance + prior)
	r.variance = variance * prior / (variance + prior)
}

// expectJump makes the next samples count for more.
func (r *arrivingRate) expectJump() { r.variance += jumpVariance }

// bps returns the estimate in bits per second; -1 while there is none.
func (r *arrivingRate) bps() float64 {
	if !r.known {
		return -1
	}
	return r.kbps * 1000
}
