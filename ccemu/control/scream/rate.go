package scream

import "slices"

// medianSamples is how many intervals the median of the media rate is taken
// over: 10 s.
const medianSamples = 50

// rate is the media rate control (section 4.1.3).
type rate struct {
	bps     float64 // target_bitrate
	lastMax float64 // target_bitrate_last_max
	// media has the latest rates that were sent; count of them are known.
	media  [medianSamples]float64
	count  int
	next   int
	sorted [medianSamples]float64
}

// lose is for an event of loss.
func (r *rate) lose() {
	r.lastMax = r.bps
	r.bps *= betaRate
}

// adjust moves the target bitrate after an interval in which these rates were
// sent and acknowledged. So many bits wait to be sent, which takes waiting
// seconds.
func (r *rate) adjust(sent, acked, bits, waiting float64, fast bool, t *trend) {
	interval := rateInterval.Seconds()
	speed := min(rampUpSpeed, r.bps/2)
	scale := 4 * (r.bps - r.lastMax) / r.lastMax
	scale = min(max(scale*scale, 0.2), 1)
	current := max(sent, acked)
	if fast {
		r.bps += float64(speed * interval * scale)
	} else {
		change := float64(current*(1-float64(preCongestionGuard*t.value))) - float64(txQueueSizeFactor*bits)
		if change > 0 {
			change = min(change*scale, speed*interval)
		}
		r.bps += change
		if waiting > queueLimit {
			r.bps *= queueScale
		}
	}
	r.bps = min(r.bps, max(current, r.median(sent))*(2-t.memory))
}

// median takes a sample of the media rate and returns the median of those of
// the last 10 s.
func (r *rate) median(sent float64) float64 {
	r.media[r.next] = sent
	r.next = (r.next + 1) % medianSamples
	r.count = min(r.count+1, medianSamples)
	sorted := r.sorted[:r.count]
	copy(sorted, r.media[:r.count])
	slices.Sort(sorted)
	return sorted[r.count/2]
}
