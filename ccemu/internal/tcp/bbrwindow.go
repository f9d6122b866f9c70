package tcp

// setWindow grows the window towards its target by what has arrived. In a
// recovery, which lasts a round, what leaves is what has arrived.
func (b *bbr) setWindow(a *ack) {
	b.cwnd = max(b.cwnd-a.lost, b.segmentBytes)
	if a.recovering {
		b.cwnd = max(b.cwnd, a.inFlight+a.bytes)
	} else {
		if b.restoring {
			b.cwnd, b.restoring = max(b.cwnd, b.prior), false
		}
		b.growWindow(a)
	}
	if b.mode == probeRTT {
		b.cwnd = min(b.cwnd, probeRTTSegments*b.segmentBytes)
	}
}

func (b *bbr) growWindow(a *ack) {
	_, gain := b.gains()
	target := b.product(gain) + quantaSegments*b.segmentBytes
	switch {
	case b.full:
		b.cwnd = min(b.cwnd+a.bytes, target)
	case b.cwnd < target || a.arrived < initialWindow*b.segmentBytes:
		b.cwnd += a.bytes
	}
	b.cwnd = max(b.cwnd, probeRTTSegments*b.segmentBytes)
}

// saveWindow remembers the window to return to.
func (b *bbr) saveWindow() {
	if b.restoring || b.mode == probeRTT {
		b.prior = max(b.prior, b.cwnd)
	} else {
		b.prior = b.cwnd
	}
}

func (b *bbr) onCongestion(inFlight int64) {
	b.saveWindow()
	b.cwnd, b.restoring = inFlight+b.segmentBytes, true
}

// onTimeout sends one segment and sees. Startup looks anew whether the
// bandwidth rises.
func (b *bbr) onTimeout(bool) {
	b.saveWindow()
	b.cwnd, b.restoring = b.segmentBytes, true
	b.fullBandwidth, b.fullRounds = 0, 0
}

// maxFilter is the maximum over the last rounds.
type maxFilter struct {
	max    float64
	rounds [bandwidthRounds]float64 // the maximum of each
	now    int
}

func (f *maxFilter) add(x float64) {
	f.rounds[f.now] = max(f.rounds[f.now], x)
	f.max = max(f.max, x)
}

// advance begins a new round; the oldest is forgotten.
func (f *maxFilter) advance() {
	f.now = (f.now + 1) % bandwidthRounds
	f.rounds[f.now] = 0
	f.max = 0
	for _, x := range f.rounds {
		f.max = max(f.max, x)
	}
}
