package feedback

import "time"

// Kind says what a packet carries.
type Kind uint8

// The kinds of packets.
const (
	Video Kind = iota
	Audio
	// Retransmission carries a video packet for the second time, on request.
	Retransmission
	// Probe is a packet of a probe cluster that carries nothing of use.
	Probe
	Kinds = iota
)

// Sent is a packet that has left the sender.
type Sent struct {
	// Sequence is the transport-wide number: 0 for the first packet of the
	// flow, of whatever kind, and one more for each that follows.
	Sequence int64
	// At is when it left, by the sender's clock.
	At time.Duration
	// SizeBytes is its size on the wire, headers included.
	SizeBytes int32
	// Frame numbers the video frame that it belongs to, from 0; -1 for none.
	Frame int32
	// Cluster numbers the probe cluster that it belongs to, from 1; 0 for
	// none. Media packets may be part of a cluster.
	Cluster int32
	Kind    Kind
	// AppLimited says that nothing waited behind it: the application, not the
	// rate, decided when it left.
	AppLimited bool
}

// Result is what a report says of one packet.
type Result struct {
	Sent
	// Received is false for a packet that had not arrived although later ones
	// had. It may still arrive, and then it is in a later report.
	Received bool
	// Arrival is when it arrived, by the receiver's clock; 0 if it did not.
	Arrival time.Duration
}

// Report is one message of the receiver.
type Report struct {
	// At is when it reached the sender, by the sender's clock.
	At time.Duration
	// Departure is when it left the receiver, by the receiver's clock.
	Departure time.Duration
	// JitterBuffer is how long the receiver held back the last frame that was
	// due before it was shown, and Stalled for how long it has shown nothing
	// new when it should, in total since the session began.
	JitterBuffer, Stalled time.Duration
	// Results are in the order of their sequence numbers. They are only valid
	// during the call that brought the report.
	Results []Result
}

// RTT returns the round-trip time that a received packet of the report shows:
// without the time for which the receiver kept it before it reported.
func (r *Report) RTT(p *Result) time.Duration {
	return (r.At - p.At) - (r.Departure - p.Arrival)
}

// Sender is the sender's own state at a moment.
type Sender struct {
	// Now is the moment, by the sender's clock.
	Now time.Duration
	// RequestBps is how much the application wants to send, and TargetBps what
	// was last decided that it may.
	RequestBps, TargetBps float64
	// TargetAt is when that decision took effect.
	TargetAt time.Duration
	// PacerBytes wait in the pacer, for as long as PacerDelay at its rate.
	PacerBytes int
	PacerDelay time.Duration
}

// Listener follows a flow as its sender does. Calls come in the order of
// their times.
type Listener interface {
	// OnSent is called for every packet that leaves. It must not keep p.
	OnSent(p *Sent)
	// OnReport is called for every report that comes back. It must not keep r.
	OnReport(r *Report)
}
