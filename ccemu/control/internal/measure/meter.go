package measure

import "time"

// Meter sums amounts over a sliding window of time.
type Meter struct {
	window time.Duration
	kept   ring[amount]
	sum    int64
	// first and newest bound the times that were added.
	first, newest time.Duration
	any           bool
}

type amount struct {
	at time.Duration
	of int64
}

// NewMeter makes a meter of this window.
func NewMeter(window time.Duration) Meter { return Meter{window: window} }

// Reset forgets everything.
func (m *Meter) Reset() {
	m.kept.clear()
	m.sum, m.first, m.newest, m.any = 0, 0, 0, false
}

// Add counts an amount at a time, which may be before the newest so far.
func (m *Meter) Add(at time.Duration, of int64) {
	if !m.any {
		m.first, m.newest, m.any = at, at, true
	}
	if at <= m.newest-m.window {
		return
	}
	m.first, m.newest = min(m.first, at), max(m.newest, at)
	m.sum += of
	n := m.kept.len()
	if n > 0 && m.kept.at(n-1).at == at {
		m.kept.at(n - 1).of += of
		return
	}
	m.kept.push(amount{at, of})
	for i := n; i > 0 && m.kept.at(i-1).at > at; i-- {
		*m.kept.at(i), *m.kept.at(i - 1) = *m.kept.at(i - 1), *m.kept.at(i)
	}
	m.expire(m.newest)
}

func (m *Meter) expire(now time.Duration) {
	for m.kept.len() > 0 && m.kept.at(0).at <= now-m.window {
		m.sum -= m.kept.at(0).of
		m.kept.popFront()
	}
}

// Sum returns what was counted in the window that ends now. What has left one
// window is in no later one.
func (m *Meter) Sum(now time.Duration) int64 {
	m.expire(now)
	return m.sum
}

// Bps returns the mean rate over that window, of amounts in bytes.
func (m *Meter) Bps(now time.Duration) float64 {
	return float64(8*m.Sum(now)) / m.window.Seconds()
}

// Full reports whether a whole window has passed since the first amount.
func (m *Meter) Full(now time.Duration) bool { return m.any && now-m.first >= m.window }
