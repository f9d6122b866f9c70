package gcc

import "time"

// rateWindow is T of draft-ietf-rmcat-gcc-02, section 5.5: between 0.5 and 1
// second.
const rateWindow = 500 * time.Millisecond

// windowRate is the draft's R_hat: the rate of the packets that arrived in the
// last rateWindow.
type windowRate struct {
	arrivals    []arrival // a ring
	first, size int
	bytes       float64
	began       time.Duration
	any         bool
	bps         float64 // -1 until the window is full for the first time
	length      time.Duration
}

type arrival struct {
	at    time.Duration
	bytes int32
}

func (w *windowRate) reset(length time.Duration) {
	*w = windowRate{arrivals: w.arrivals, bps: -1, length: length}
}

// add counts a packet. Arrivals ascend.
func (w *windowRate) add(bytes int32, at time.Duration) {
	if !w.any {
		w.began, w.any = at, true
	}
	for w.size > 0 && at-w.arrivals[w.first].at >= w.length {
		w.bytes -= float64(w.arrivals[w.first].bytes)
		w.first = (w.first + 1) % len(w.arrivals)
		w.size--
	}
	if w.size == len(w.arrivals) {
		w.grow()
	}
	w.arrivals[(w.first+w.size)%len(w.arrivals)] = arrival{at, bytes}
	w.size++
	w.bytes += float64(bytes)
	if at-w.began >= w.length {
		w.bps = w.bytes * 8 / w.length.Seconds()
	}
}

func (w *windowRate) grow() {
	larger := make([]arrival, 2*w.size+64)
	n := copy(larger, w.arrivals[w.first:])
	copy(larger[n:], w.arrivals[:w.first])
	w.arrivals, w.first = larger, 0
}
