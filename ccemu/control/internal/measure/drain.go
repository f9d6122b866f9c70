package measure

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// drainSpan is over how long the delivery rate is measured.
const drainSpan = 500 * time.Millisecond

// Drain tells how long it takes until all that is on its way has arrived, at
// the rate at which packets arrive. By Little's law that is the round-trip time
// of the newest packet, a round trip before its acknowledgment shows it.
type Drain struct {
	// Bps is the delivery rate, and Takes the time, both as of the last report;
	// 0 while unknown.
	Bps   float64
	Takes time.Duration

	meter    Meter
	departed time.Duration
}

// NewDrain makes one.
func NewDrain() Drain { return Drain{meter: NewMeter(drainSpan)} }

// Reset forgets everything.
func (d *Drain) Reset() {
	d.meter.Reset()
	*d = Drain{meter: d.meter}
}

// OnArrival takes a packet that has arrived.
func (d *Drain) OnArrival(p *feedback.Result) { d.meter.Add(p.Arrival, int64(p.SizeBytes)) }

// OnReport ends a report's arrivals, with the bytes that are still on their
// way.
func (d *Drain) OnReport(departure time.Duration, bytes int64) {
	d.departed = max(d.departed, departure)
	if !d.meter.Full(d.departed) {
		return
	}
	d.Bps = d.meter.Bps(d.departed)
	d.Takes = min(time.Duration(float64(8*bytes)/max(d.Bps, LeastBps)*1e9), longestDrain)
}

// longestDrain bounds what is no round-trip time any more.
const longestDrain = 10 * time.Second
