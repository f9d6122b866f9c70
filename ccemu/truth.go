package ccemu

import (
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/metric"
)

// Truth is what no sender can know.
type Truth struct {
	// CapacityBps is the mean rate of the forward bottleneck over the coming
	// span of time; where there is none, the largest rate that a bottleneck
	// can have.
	CapacityBps float64
	// AvailableBps is what of it there is for the flow: without the traffic
	// that does not listen in that span, and either without what the other
	// flows have got in the last second, or in equal parts with those that are
	// under way, whichever is more.
	AvailableBps float64
	// UnresponsiveBps and ResponsiveBps are those rates.
	UnresponsiveBps, ResponsiveBps float64
}

// Truth looks a span of time ahead of now for a flow.
func (e *Emulator) Truth(flow int, span time.Duration) Truth {
	t := Truth{CapacityBps: 1000 * link.MaxKbps}
	if e.forward.Bottleneck() {
		t.CapacityBps = e.forward.CapacityBps(e.now, e.now+span)
	}
	sharers := 0
	for i := range e.cross {
		c := &e.cross[i]
		t.UnresponsiveBps += c.meanBps(e.now, e.now+span)
		if c.active(e.now) {
			t.ResponsiveBps += c.meter.bps(e.now)
			sharers++
		}
	}
	for i := range e.flows {
		if f := &e.flows[i]; i != flow && f.traffic.Sent.Packets > 0 {
			t.ResponsiveBps += f.meter.bps(e.now)
			sharers++
		}
	}
	t.AvailableBps = metric.Available(t.CapacityBps, t.UnresponsiveBps, t.ResponsiveBps, sharers)
	return t
}

// RequestBps is what a flow's application wants to send now.
func (e *Emulator) RequestBps(flow int) float64 { return e.flows[flow].sender.RequestBps(e.now) }

// Playback is how a flow has been played out so far.
func (e *Emulator) Playback(flow int) media.Playback { return e.flows[flow].receiver.Playback(e.now) }

// Traffic counts the packets of a flow so far.
func (e *Emulator) Traffic(flow int) Traffic { return e.flows[flow].traffic }

// Forward and Reverse say where the packets of a direction are, those of all
// flows and of the cross traffic.
func (e *Emulator) Forward() link.Counts { return e.forward.Counts() }

// Reverse is Forward of the way back.
func (e *Emulator) Reverse() link.Counts { return e.reverse.Counts() }
