package nada

import "time"

// rampsUp reports whether the path shows no sign of congestion within LOGWIN:
// no loss, and no delay above QEPS (RFC 8698, section 4.2).
func (c *Controller) rampsUp(now time.Duration) bool {
	return c.loss.recent(now) == 0 && c.delay.greatest() < qeps
}

// rampUp returns the rate after a report in accelerated ramp-up, equations (3)
// and (4): as much above the rate received as fills the queue by no more than
// QBOUND before it shows, a round trip, a feedback interval and the filter's
// delay later.
func rampUp(rate, received, rttMs, intervalMs float64) float64 {
	gamma := min(gammaMax, qbound/max(rttMs+intervalMs+dfilt, 1))
	return max(rate, (1+gamma)*received)
}

// gradual returns the rate after a report in gradual update, equations (5) to
// (7): against the signal's offset from what the rate should see, times the
// time gapMs since the last report, and against its change.
func gradual(rate, rmax, signal, last, gapMs float64) float64 {
	offset := signal - prio*xref*rmax/rate
	change := signal - last
	return rate - float64(kappa*(gapMs/tau)*(offset/tau)*rate) - float64(kappa*eta*(change/tau)*rate)
}
