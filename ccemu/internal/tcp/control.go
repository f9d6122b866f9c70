package tcp

import "time"

// Algorithm is a congestion control.
type Algorithm uint8

// The algorithms.
const (
	Cubic Algorithm = iota
	BBR
)

// initialWindow is that of RFC 6928, in segments.
const initialWindow = 10

// control decides how much may be in flight, and how fast it leaves.
type control interface {
	// start begins a connection. Sizes are in bytes.
	start(segmentBytes int64)
	// onAck is told of every transmission that arrives before it is thought
	// lost, after the losses that it revealed.
	onAck(a *ack)
	// onCongestion is told of the first loss in a window of transmissions, in
	// bytes in flight without what is lost; onTimeout of a retransmission
	// timeout, and whether the last one had been followed by an ack.
	onCongestion(inFlight int64)
	onTimeout(first bool)
	// window is how much may be in flight, in bytes.
	window() int64
	// pacing is the rate at which segments leave, in bits/s; 0 for at once.
	pacing() float64
}

// ack is an arrival of which the sender knows.
type ack struct {
	now time.Duration
	// rtt is that of the transmission, smoothed the filtered one.
	rtt, smoothed time.Duration
	// bytes have arrived, lost are found to be lost, inFlight remain, and
	// arrived is what has since the connection began.
	bytes, lost, inFlight, arrived int64
	// rateBps is the delivery rate over the transmission's flight; 0 if it is
	// not known.
	rateBps float64
	// number is the transmission's, next that of the next one to leave.
	number, next int64
	// recovering is set from a congestion event on until something arrives that
	// left after it.
	recovering bool
}

// round counts round trips: one ends when something arrives that left after
// it had begun.
type round struct{ end int64 }

func (r *round) ended(a *ack) bool {
	if a.number < r.end {
		return false
	}
	r.end = a.next
	return true
}
