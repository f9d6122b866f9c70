package feature

import "time"

// shortQueue is the delay below which a queue is short.
const shortQueue = 5 * time.Millisecond

// pathLog is what reports tell of the path over more than the last second, from
// packets in the order of their arrival, so far as their reports are.
type pathLog struct {
	// start is when the session's first packet arrived, and reference its
	// one-way delay by the two clocks; there is none yet where begun is false.
	start, reference time.Duration
	begun            bool
	// least is the least delay of the last 10 s, by the sender's clock.
	least lowest[time.Duration]
	// shortAt is when the last report came of a packet that found a short queue.
	shortAt time.Duration
	// rates are the receiving rates over S at the reports of the last 2 s, by
	// the receiver's clock, times -1.
	rates lowest[float64]
	// jitter is RFC 3550's, in ms; there is one from the second packet on.
	jitter float64
	last   time.Duration
	count  int
	trend  trendline
}

func (l *pathLog) reset() {
	l.least.clear()
	l.rates.clear()
	*l = pathLog{least: l.least, rates: l.rates}
}

// follow takes the packets of a report, and measures their delays against the
// reference.
func (l *pathLog) follow(now time.Duration, batch []arrival) {
	l.least.forget(now - windowH)
	if len(batch) == 0 {
		return
	}
	if !l.begun {
		l.start, l.reference, l.begun = batch[0].at, batch[0].delay, true
	}
	shortest := batch[0].delay - l.reference
	for i := range batch {
		a := &batch[i]
		l.trend.add(a.at-a.delay, a.at)
		a.delay -= l.reference
		shortest = min(shortest, a.delay)
		l.change(a.delay)
	}
	l.least.add(now, shortest)
	if shortest-l.least.value() < shortQueue {
		l.shortAt = now
	}
}

// change is RFC 3550's estimate of jitter, section 6.4.1.
func (l *pathLog) change(delay time.Duration) {
	if l.count > 0 {
		l.jitter += (ms(max(delay-l.last, l.last-delay)) - l.jitter) / 16
	}
	l.last = delay
	l.count++
}
