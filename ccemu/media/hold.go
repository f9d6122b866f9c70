package media

import "time"

const (
	// minHold and maxHold are the least and the most that frames are held
	// back, compared with the fastest one. (maxHold is libwebrtc's.)
	minHold = 20 * time.Millisecond
	maxHold = 10 * time.Second
	// fastestWindow is for how long, at least, the fastest frame counts.
	fastestWindow = 5 * time.Second
	// holdGain is the weight of a frame in the moving averages of transit
	// times (as in RFC 3550's jitter), and maxHoldChange how fast the delay
	// changes, relative to time (as in libwebrtc's VCMTiming).
	holdGain      = 16
	maxHoldChange = 10
)

// hold decides how long after their capture frames are shown: the mean of
// their transit times (from capture until all of a frame has arrived) and four
// times the mean deviation, but no less than the fastest's and minHold. It
// approaches that by no more than 100 ms in a second, so that motion stays
// smooth, except where a frame was late anyway.
type hold struct {
	measured        bool
	mean, deviation time.Duration
	fastest         [2]time.Duration // of this window and the last
	windowEnd       time.Duration
	delay           time.Duration
}

// measure takes the transit time of a frame.
func (h *hold) measure(now, transit time.Duration) {
	if !h.measured {
		*h = hold{measured: true, mean: transit, fastest: [2]time.Duration{transit, transit}, windowEnd: now + fastestWindow}
		h.delay = h.target()
		return
	}
	h.deviation += ((transit - h.mean).Abs() - h.deviation) / holdGain
	h.mean += (transit - h.mean) / holdGain
	if now >= h.windowEnd {
		h.fastest = [2]time.Duration{transit, h.fastest[0]}
		h.windowEnd = now + fastestWindow
	}
	h.fastest[0] = min(h.fastest[0], transit)
}

// target is what the delay approaches.
func (h *hold) target() time.Duration {
	fastest := min(h.fastest[0], h.fastest[1])
	return min(max(h.mean+4*h.deviation, fastest+minHold), fastest+maxHold)
}

// follow changes the delay after a frame that was captured some time after
// the one before it, and was shown late.
func (h *hold) follow(interval, late time.Duration) {
	step := interval / maxHoldChange
	h.delay += min(max(h.target()-h.delay, -step), max(step, late))
}
