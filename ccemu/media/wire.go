package media

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// Packet is what goes from the sender to the receiver.
type Packet struct {
	feedback.Sent
	// Media numbers the packets of video, from 0: a retransmission carries the
	// number of the packet that it repeats. -1 in audio, which is never
	// repeated, and in probes.
	Media int64
	// Index is the packet's place in its frame, of Count. Audio and probes are
	// 0 of 1.
	Index, Count int32
	// Key says that the frame can be shown without those before it.
	Key bool
	// Captured is when its frame was, by the sender's clock; for audio and
	// probes, when the packet was made.
	Captured time.Duration
}

// Message is what goes from the receiver to the sender: a report, or requests
// for what is missing.
type Message struct {
	// Report says that the message is a report: Departure, JitterBuffer and
	// Stalled are those of feedback.Report, and Arrivals those of its packets,
	// by the receiver's clock.
	Report                bool
	Departure             time.Duration
	JitterBuffer, Stalled time.Duration
	// Base is the sequence number of Arrivals[0]; Arrivals holds NotArrived for
	// what has not arrived.
	Base     int64
	Arrivals []time.Duration
	// Late are packets below Base that have arrived since they were reported
	// as missing, in the order of their arrival. What was reported is not
	// repeated.
	Late []LateArrival
	// Missing are media numbers that are asked for, in ascending order;
	// KeyFrame asks for a key frame.
	Missing  []int64
	KeyFrame bool
	// SizeBytes is the message's size on the wire.
	SizeBytes int32
}

// LateArrival is a packet that arrived after a later one had been reported.
type LateArrival struct {
	Sequence int64
	Arrival  time.Duration
}

// NotArrived stands for an arrival that has not been.
const NotArrived = time.Duration(-1 << 63)
