package media

import (
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
)

const (
	// Sizes of requests (RFC 4585, section 6): Ethernet, IPv4 and UDP have 42
	// bytes, a request of any kind 12, and an entry of a NACK, which covers 17
	// numbers, 4.
	datagramOverhead = 42
	requestBytes     = 12
	entryBytes       = 4
	entryCovers      = 17
	// maxRequested is the most packets in one request, so that it is no larger
	// than a media packet.
	maxRequested = (1242 - datagramOverhead - 2*requestBytes) / entryBytes
)

// Receiver reports, asks for what is missing, and plays out. The zero value is
// ready for Start, which may be called again and reuses the buffers.
//
// A packet of video is missing when a later one has arrived. It is asked for at
// once (after 10 ms, if packets have been seen out of order), and again, up to
// the flow's retries, if it takes longer than repeated packets do. After that
// it is given up, and a key frame is asked for, until one comes: again after
// 300 ms, or the time that repeated packets take where that is longer.
type Receiver struct {
	offset   time.Duration
	arrivals arrivals
	absent   absentees
	playout  playout
	key      int64         // the number of the first packet of the latest key frame
	keyAt    time.Duration // when a key frame may be asked for
	received Playback      // its bytes
}

// Start begins the reception of a flow, which is valid and has its defaults,
// with a report every so often. All times in messages are of the receiver's
// clock, which is the session's plus the offset; those of calls are of the
// session's.
func (r *Receiver) Start(f *Flow, report time.Duration, clockOffset time.Duration) {
	r.offset, r.key, r.keyAt, r.received = clockOffset, 0, 0, Playback{}
	start := schedule.Milliseconds(f.StartMs)
	r.arrivals.begin(start, report)
	r.absent.begin(f.Retries)
	r.playout.begin(start, f.frameInterval())
}

// OnPacket takes a packet that arrives. It may be a duplicate.
func (r *Receiver) OnPacket(now time.Duration, p *Packet) {
	r.playout.advance(now)
	if !r.arrivals.add(now, p.Sequence, now+r.offset) {
		return
	}
	switch p.Kind {
	case feedback.Video:
		r.received.VideoBytes += int64(p.SizeBytes)
	case feedback.Retransmission:
		r.received.RetransmissionBytes += int64(p.SizeBytes)
	case feedback.Audio:
		r.received.AudioBytes += int64(p.SizeBytes)
	case feedback.Probe:
		r.received.ProbeBytes += int64(p.SizeBytes)
	}
	if p.Media < 0 || p.Media >= r.absent.next+maxJump || int64(p.Frame) >= int64(r.playout.first)+maxJump {
		return
	}
	r.absent.forget(r.playout.media)
	if !r.absent.arrive(now, p.Media, p.Kind) {
		return
	}
	if p.Key {
		r.key = max(r.key, p.Media-int64(p.Index))
	}
	if r.stuck() {
		r.keyAt = max(r.keyAt, now)
	}
	r.playout.add(now, p)
}

// stuck reports whether only a key frame helps.
func (r *Receiver) stuck() bool { return r.absent.abandoned >= r.key }

// NextAt is when the receiver next wants Poll to be called.
func (r *Receiver) NextAt() time.Duration {
	at := min(r.arrivals.reportAt, r.absent.actAt)
	if r.stuck() {
		at = min(at, r.keyAt)
	}
	return at
}

// Poll fills m, whose slices it uses again, if there is a message to send now;
// call it again until there is none.
func (r *Receiver) Poll(now time.Duration, m *Message) bool {
	if now < r.NextAt() {
		return false
	}
	*m = Message{Arrivals: m.Arrivals[:0], Late: m.Late[:0], Missing: m.Missing[:0]}
	r.playout.advance(now)
	if r.arrivals.take(now, m) {
		played := r.playout.until(now)
		m.Departure, m.JitterBuffer, m.Stalled = now+r.offset, played.JitterBuffer, played.Stalled[0]
		return true
	}
	r.absent.forget(r.playout.media)
	m.Missing = r.absent.act(now, m.Missing, maxRequested)
	if r.stuck() && now >= r.keyAt {
		m.KeyFrame = true
		r.keyAt = now + max(minKeyGap, r.absent.wait())
	}
	m.SizeBytes = requestSize(m)
	return m.KeyFrame || len(m.Missing) > 0
}

// requestSize is the size of a message that asks for packets.
func requestSize(m *Message) int32 {
	size := int32(datagramOverhead)
	if m.KeyFrame {
		size += requestBytes
	}
	if len(m.Missing) > 0 {
		size += requestBytes
	}
	for i, covered := 0, int64(-1); i < len(m.Missing); i++ {
		if m.Missing[i] > covered {
			covered = m.Missing[i] + entryCovers - 1
			size += entryBytes
		}
	}
	return size
}

// Playback returns what was played, and what arrived, until now.
func (r *Receiver) Playback(now time.Duration) Playback {
	r.playout.advance(now)
	p := r.playout.until(now)
	p.VideoBytes, p.AudioBytes = r.received.VideoBytes, r.received.AudioBytes
	p.RetransmissionBytes, p.ProbeBytes = r.received.RetransmissionBytes, r.received.ProbeBytes
	return p
}
