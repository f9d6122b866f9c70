package scream

import "time"

// window is the network congestion control (section 4.1.2).
type window struct {
	bytes float64 // cwnd
	fast  bool    // in_fast_increase
	// calmFrom is since when the trend has been low.
	calmFrom time.Duration
}

// acknowledge moves the window for newly acknowledged bytes, those on their
// way and the most of them within five seconds, at a queuing delay and its
// target and trend.
func (w *window) acknowledge(acked, inFlight, most, qdelay, target, trend float64) {
	if w.fast {
		if trend < qdelayTrendLimit {
			if float64(1.5*inFlight)+acked > w.bytes {
				w.bytes += acked
			}
			return
		}
		w.fast = false
	}
	off := (target - qdelay) / target
	change := gain * off * acked * segment / w.bytes
	if off > 0 && float64(1.25*inFlight)+acked <= w.bytes {
		// The window is not in use.
		change = 0
	}
	w.bytes = max(min(w.bytes+change, headRoom*most), leastWindow)
}

// lose is for an event of loss.
func (w *window) lose() {
	w.fast = false
	w.bytes = max(betaLoss*w.bytes, leastWindow)
}

// resume goes back to fast increase when the trend has been low for long.
func (w *window) resume(now time.Duration, trend float64) {
	if trend >= resumeTrend {
		w.calmFrom = now
	}
	if now >= w.calmFrom+resumeAfter {
		w.fast = true
	}
}
