package gcc

import "time"

const (
	// draftLossGrowth is the growth for each update without loss:
	// draft-ietf-rmcat-gcc-02, section 6.
	draftLossGrowth = 1.05
	// draftLossPause lies between two increases, and between two decreases,
	// and is the time constant of the mean loss. The draft leaves both open;
	// these are pion's.
	draftLossPause = 200 * time.Millisecond
)

// draftLoss is the draft's loss-based control.
type draftLoss struct {
	config               Config
	target               float64 // A_s_hat
	mean                 float64 // share of packets that are lost
	counted              time.Duration
	increased, decreased time.Duration
	any, anyUp, anyDown  bool
}

// limitTo keeps the target below that of the delay-based control.
func (l *draftLoss) limitTo(bps float64) { l.target = min(l.target, bps) }

// count takes a report: of so many packets, so many lost.
func (l *draftLoss) count(lost, packets int, now time.Duration) {
	if packets == 0 {
		return
	}
	share := float64(lost) / float64(packets)
	if !l.any {
		l.mean = share
	} else {
		past := exp(-(now - l.counted).Seconds() / draftLossPause.Seconds())
		l.mean = share + float64(past*(l.mean-share))
	}
	l.counted, l.any = now, true
	// Both the mean and the last report have to agree.
	switch more, less := max(l.mean, share), min(l.mean, share); {
	case more < lowLoss && (!l.anyUp || now-l.increased > draftLossPause):
		l.increased, l.anyUp = now, true
		l.target = l.config.clamp(l.target * draftLossGrowth)
	case less > highLoss && (!l.anyDown || now-l.decreased > draftLossPause):
		l.decreased, l.anyDown = now, true
		l.target = l.config.clamp(l.target * (1 - 0.5*less))
	}
}
