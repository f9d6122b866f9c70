package bbr

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// stamp is what was known of the delivery when a packet left.
type stamp struct {
	delivered int64         // bytes
	arrival   time.Duration // of the newest packet delivered, by the receiver's clock
	sent      time.Duration // when that one had been sent
	limited   bool          // by the application
	known     bool          // something had been delivered
}

// sample is a delivery rate.
type sample struct {
	bps     float64
	limited bool
}

// stretched is how much longer than its sending the arrival of a train of
// packets must take for the network, not the application, to have set its
// rate.
const stretched = 1.1

// delivery takes delivery-rate samples.
type delivery struct {
	delivered     int64
	arrival, sent time.Duration
	known         bool
}

// stamp marks a packet that leaves.
func (d *delivery) stamp(limited bool) stamp {
	return stamp{d.delivered, d.arrival, d.sent, limited, d.known}
}

// deliver takes a packet that has arrived. The sample covers what was delivered
// since the packet left, in the time that the sending or the arrival of that
// took, whichever was longer.
func (d *delivery) deliver(p *feedback.Result, s stamp) (sample, bool) {
	d.delivered += int64(p.SizeBytes)
	d.known = true
	d.arrival, d.sent = max(d.arrival, p.Arrival), max(d.sent, p.At)
	sending, arriving := p.At-s.sent, p.Arrival-s.arrival
	took := max(sending, arriving)
	if !s.known || took <= 0 {
		return sample{}, false
	}
	return sample{
		bps:     float64(8*(d.delivered-s.delivered)) / took.Seconds(),
		limited: s.limited && float64(arriving) < stretched*float64(sending),
	}, true
}
