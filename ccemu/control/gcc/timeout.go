package gcc

import "time"

// Constants of libwebrtc's RttBasedBackoff.
const (
	rttLimit        = 3 * time.Second
	timeoutFactor   = 0.8
	timeoutInterval = time.Second
)

// timeout lowers the rate when round trips become absurdly long, or when the
// reports stop although packets leave.
type timeout struct {
	sent    time.Duration // when the last packet left
	anySent bool
	heard   time.Duration // when the last report came, or the first packet left
	lowered time.Duration
	any     bool // lowered is set
}

func (t *timeout) onSent(at time.Duration) {
	if !t.anySent {
		t.heard, t.anySent = at, true
	}
	t.sent = at
}

func (t *timeout) onReport(at time.Duration) { t.heard = at }

// expired reports whether the round trip is too long: the last one that was
// seen, and for how long none has been since, as long as packets left.
func (t *timeout) expired(rtt time.Duration) bool {
	return t.anySent && rtt+max(t.sent-t.heard, 0) > rttLimit
}

// due reports whether it is time to lower the rate, and counts it as done.
func (t *timeout) due(now time.Duration) bool {
	if t.any && now-t.lowered < timeoutInterval {
		return false
	}
	t.lowered, t.any = now, true
	return true
}
