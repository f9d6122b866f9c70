package gcc

import "time"

// Constants of libwebrtc's AlrDetector, and of its IntervalBudget.
const (
	// limitedUse is the share of the rate that an application which is not
	// limited uses.
	limitedUse = 0.65
	// budgetWindow bounds how much of it can be saved or overspent.
	budgetWindow = 500 * time.Millisecond
	// limitedBegin and limitedEnd are the shares of the full budget at which
	// it is found to be limited, and not to be any more.
	limitedBegin, limitedEnd = 0.80, 0.50
)

// limitDetector finds out whether the application sends clearly less than it
// might.
type limitDetector struct {
	rate   float64 // of the budget, bytes in a second
	budget float64 // bytes
	last   time.Duration
	any    bool
	active bool
	since  time.Duration
}

// setRate sets the rate that the application might send at.
func (d *limitDetector) setRate(bps float64) {
	d.rate = limitedUse * bps / 8
	d.save(0)
}

func (d *limitDetector) full() float64 { return d.rate * budgetWindow.Seconds() }

func (d *limitDetector) save(bytes float64) {
	full := d.full()
	d.budget = min(max(d.budget+bytes, -full), full)
}

// onSent takes a packet.
func (d *limitDetector) onSent(bytes int32, at time.Duration) {
	if !d.any {
		d.last, d.any = at, true
		return
	}
	d.save(-float64(bytes))
	d.save(float64(d.rate * (at - d.last).Seconds()))
	d.last = at
	switch full := d.full(); {
	case !d.active && d.budget > limitedBegin*full:
		d.active, d.since = true, at
	case d.active && d.budget < limitedEnd*full:
		d.active = false
	}
}
