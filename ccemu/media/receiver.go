package media

import (
	"time"

	"trailblazer/ccemu/schedule"
)

// Receiver reports, asks for what is missing, and plays out. The zero value is
// ready for Start.
type Receiver struct {
	every, offset time.Duration
	nextReport    time.Duration
	base          int64
	arrivals      []time.Duration
	frames        int
	videoBytes    int64
}

// Start begins the reception of a flow, which is valid and has its defaults,
// with a report every so often. All times in messages are the receiver's
// clock, which is the session's plus the offset; the times of calls are the
// session's.
func (r *Receiver) Start(f *Flow, report time.Duration, clockOffset time.Duration) {
	*r = Receiver{every: report, offset: clockOffset, arrivals: r.arrivals[:0], nextReport: schedule.Never}
}

// OnPacket takes a packet that arrives.
func (r *Receiver) OnPacket(now time.Duration, p *Packet) {
	i := p.Sequence - r.base
	if i < 0 {
		return
	}
	for int64(len(r.arrivals)) <= i {
		r.arrivals = append(r.arrivals, NotArrived)
	}
	r.arrivals[i] = now + r.offset
	if r.nextReport == schedule.Never {
		r.nextReport = (now + r.every - 1) / r.every * r.every
	}
	if p.Index == p.Count-1 {
		r.frames++
	}
	r.videoBytes += int64(p.SizeBytes)
}

// NextAt is when the receiver next wants Poll to be called.
func (r *Receiver) NextAt() time.Duration { return r.nextReport }

// Poll fills m, whose slices it uses again, if there is a message to send now;
// call it again until there is none.
func (r *Receiver) Poll(now time.Duration, m *Message) bool {
	if now < r.nextReport {
		return false
	}
	*m = Message{Report: true, Departure: now + r.offset, Base: r.base, Arrivals: append(m.Arrivals[:0], r.arrivals...), Late: m.Late[:0], Missing: m.Missing[:0], SizeBytes: int32(62 + 2*len(r.arrivals))}
	r.base += int64(len(r.arrivals))
	r.arrivals = r.arrivals[:0]
	r.nextReport = schedule.Never
	return true
}

// Playback returns what was played until now.
func (r *Receiver) Playback(now time.Duration) Playback {
	return Playback{Played: now, Frames: r.frames, VideoBytes: r.videoBytes}
}

// Playback is what a receiver has played since the start.
type Playback struct {
	// Played is for how long it has played, stalls included.
	Played time.Duration
	// Stalled is for how long it showed nothing new when it should have, in
	// stalls of at least 100, 200 and 500 ms; Stalls is the number of those.
	Stalled [3]time.Duration
	Stalls  [3]int
	// Frames were shown. JitterBuffer is how long the last one that was due
	// was held back.
	Frames       int
	JitterBuffer time.Duration
	// Bytes that arrived, headers included, by the kind of their packets.
	VideoBytes, AudioBytes, RetransmissionBytes, ProbeBytes int64
}
