package tcp

import (
	"time"

	"trailblazer/ccemu/schedule"
)

// Sender sends segments of one connection. Times must not decrease from call
// to call. It allocates nothing once its buffers have grown to the window.
type Sender struct {
	running      bool
	segmentBytes int64
	totalBytes   int64 // of the transfer; 0 for endless
	segments     int64 // of the transfer; schedule.Never for endless

	sent numbered[transmission]
	// delivered says of each segment from the first that has not arrived to
	// the last that was sent whether it has.
	delivered numbered[bool]
	// settled is below which all transmissions have arrived or are lost, and
	// repeated below which what was lost was sent again.
	settled, repeated int64
	// latest are the three highest numbers that have arrived, in descending
	// order.
	latest [dupThreshold]int64
	// recovery is the number of the first transmission that left after the
	// last congestion event or timeout; recovering says that none of those has
	// arrived since a congestion event.
	recovery   int64
	recovering bool

	inFlight int64
	// arrived counts all transmissions' bytes, deliveredBytes each segment's
	// once.
	arrived, deliveredBytes int64
	arrivedAt, firstSentAt  time.Duration // see deliveryRate

	timeout   timeout
	timeoutAt time.Duration
	releaseAt time.Duration // when the pacer lets the next segment go

	algorithm Algorithm
	cubic     cubic
	bbr       bbr
	ack       ack // what control is told; here, since it must not be allocated
}

// dupThreshold is how many later transmissions have to arrive until one is
// lost (RFC 5681).
const dupThreshold = 3

// receiveWindow is what a receiver has room for: the most that Linux gives it
// unless told otherwise (net.ipv4.tcp_rmem).
const receiveWindow = 6 << 20

// transmission is one of a segment.
type transmission struct {
	segment int64
	at      time.Duration
	// What the connection's delivery rate was measured from when it left.
	arrived                int64
	arrivedAt, firstSentAt time.Duration
	bytes                  int32
	state                  state
}

type state uint8

const (
	flying state = iota
	arrived
	lost
)

// Start begins a transfer of so many bytes, or an endless one of 0 bytes, in
// segments of a size, as on the wire, of which the last may be smaller. What
// was there before is forgotten, but not its memory.
func (s *Sender) Start(now time.Duration, algorithm Algorithm, segmentBytes int, totalBytes int64) {
	s.sent.clear()
	s.delivered.clear()
	*s = Sender{
		running: true, segmentBytes: int64(segmentBytes), totalBytes: totalBytes, segments: int64(schedule.Never),
		sent: s.sent, delivered: s.delivered, latest: [dupThreshold]int64{-1, -1, -1},
		timeoutAt: schedule.Never, releaseAt: now, algorithm: algorithm,
	}
	if totalBytes > 0 {
		s.segments = (totalBytes + s.segmentBytes - 1) / s.segmentBytes
	}
	s.control().start(s.segmentBytes)
}

// control is the connection's.
func (s *Sender) control() control {
	if s.algorithm == BBR {
		return &s.bbr
	}
	return &s.cubic
}

// Next returns the next segment that leaves now, new or repeated, as the
// number of this transmission and its size; call it until none does.
func (s *Sender) Next(now time.Duration) (number int64, bytes int32, ok bool) {
	if !s.running || s.Done() {
		return 0, 0, false
	}
	if now >= s.timeoutAt {
		s.expire()
	}
	segment, bytes, ok := s.candidate()
	if !ok || s.releaseAt > now {
		return 0, 0, false
	}
	if segment == s.delivered.next {
		s.delivered.push(false)
	} else {
		s.repeated++
	}
	if s.inFlight == 0 {
		s.firstSentAt, s.arrivedAt = now, now
		s.timeoutAt = now + s.timeout.wait()
	}
	number = s.sent.next
	s.sent.push(transmission{
		segment: segment, bytes: bytes, at: now,
		arrived: s.arrived, arrivedAt: s.arrivedAt, firstSentAt: s.firstSentAt,
	})
	s.inFlight += int64(bytes)
	if rate := s.control().pacing(); rate > 0 {
		s.releaseAt = max(s.releaseAt, now) + time.Duration(float64(bytes)*8e9/rate)
	}
	return number, bytes, true
}

// candidate returns the segment to send next, as soon as the pacer lets it: a
// lost one before a new one. There may be none, or no room in the window.
func (s *Sender) candidate() (segment int64, bytes int32, ok bool) {
	segment = s.delivered.next
	for ; s.repeated < s.settled; s.repeated++ {
		if t := s.sent.at(s.repeated); t.state == lost && !s.has(t.segment) {
			segment = t.segment
			break
		}
	}
	if segment == s.segments {
		return 0, 0, false
	}
	size := s.segmentBytes
	if segment == s.segments-1 {
		size = s.totalBytes - segment*s.segmentBytes
	}
	return segment, int32(size), s.inFlight+size <= min(s.control().window(), receiveWindow)
}

// has reports whether a segment that was sent has arrived.
func (s *Sender) has(segment int64) bool {
	return segment < s.delivered.low || *s.delivered.at(segment)
}

// NextAt returns when Next should be called again if no acknowledgment comes
// before: when the pacer lets the next segment go, which may have been before
// now, or at the retransmission timeout; schedule.Never if only an
// acknowledgment can bring more.
func (s *Sender) NextAt() time.Duration {
	if !s.running || s.Done() {
		return schedule.Never
	}
	if _, _, ok := s.candidate(); ok {
		return min(s.releaseAt, s.timeoutAt)
	}
	return s.timeoutAt
}

// OnAck says that a transmission has arrived. Calls come in the order in which
// acknowledgments do; repeated ones and those of unknown numbers are ignored.
func (s *Sender) OnAck(now time.Duration, number int64) {
	if !s.running || number < s.sent.low || number >= s.sent.next || s.sent.at(number).state == arrived {
		return
	}
	t := s.sent.at(number)
	late := t.state == lost
	t.state = arrived
	s.deliver(t)
	rtt := now - t.at
	s.timeout.sample(rtt)
	event := &s.ack
	*event = ack{
		now: now, rtt: rtt, smoothed: s.timeout.smoothed, bytes: int64(t.bytes), arrived: s.arrived,
		rateBps: s.deliveryRate(now, t), number: number, next: s.sent.next,
	}
	if !late {
		s.inFlight -= int64(t.bytes)
	}
	event.lost = s.detectLosses(number)
	s.recovering = s.recovering && number < s.recovery
	if !late {
		event.inFlight, event.recovering = s.inFlight, s.recovering
		s.control().onAck(event)
	}
	s.forget()
	s.timeoutAt = schedule.Never
	if s.inFlight > 0 {
		s.timeoutAt = now + s.timeout.wait()
	}
}

// deliver counts an arrival.
func (s *Sender) deliver(t *transmission) {
	s.arrived += int64(t.bytes)
	if s.has(t.segment) {
		return
	}
	s.deliveredBytes += int64(t.bytes)
	*s.delivered.at(t.segment) = true
	for s.delivered.low < s.delivered.next && *s.delivered.at(s.delivered.low) {
		s.delivered.low++
	}
}

// deliveryRate is what arrived during a transmission's flight, in bits/s, by
// draft-cheng-iccrg-delivery-rate-estimation-00: over the time that it took to
// send or to arrive, whichever was longer. A bulk transfer is never limited by
// its application.
func (s *Sender) deliveryRate(now time.Duration, t *transmission) float64 {
	s.arrivedAt, s.firstSentAt = now, max(s.firstSentAt, t.at)
	took := max(t.at-t.firstSentAt, now-t.arrivedAt)
	if took <= 0 {
		return 0 // A path without any delay.
	}
	return float64(s.arrived-t.arrived) * 8e9 / float64(took)
}

// detectLosses finds what is lost now that a transmission has arrived, and
// returns its bytes.
func (s *Sender) detectLosses(number int64) int64 {
	for i, other := range s.latest {
		if number > other {
			copy(s.latest[i+1:], s.latest[i:])
			s.latest[i] = number
			break
		}
	}
	sum, congestion := int64(0), false
	for ; s.settled < s.latest[dupThreshold-1]; s.settled++ {
		if t := s.sent.at(s.settled); t.state == flying {
			t.state = lost
			sum += int64(t.bytes)
			congestion = congestion || s.settled >= s.recovery
		}
	}
	s.inFlight -= sum
	if congestion {
		s.recovery, s.recovering = s.sent.next, true
		s.control().onCongestion(s.inFlight)
	}
	return sum
}

// expire takes everything in flight for lost.
func (s *Sender) expire() {
	s.control().onTimeout(s.timeout.backoff == 0)
	s.timeout.backoff++
	for ; s.settled < s.sent.next; s.settled++ {
		if t := s.sent.at(s.settled); t.state == flying {
			t.state = lost
		}
	}
	s.inFlight, s.timeoutAt = 0, schedule.Never
	s.recovery, s.recovering = s.sent.next, false
}

// forget drops the transmissions that nothing depends on any more.
func (s *Sender) forget() {
	r := &s.sent
	for r.low < r.next {
		if t := r.at(r.low); t.state == flying || t.state == lost && !s.has(t.segment) {
			break
		}
		r.low++
	}
	s.settled, s.repeated = max(s.settled, r.low), max(s.repeated, r.low)
}

// Done reports whether all bytes of the transfer have arrived.
func (s *Sender) Done() bool { return s.totalBytes > 0 && s.deliveredBytes == s.totalBytes }

// InFlight is how many bytes were sent of which it is not known what has become
// of them.
func (s *Sender) InFlight() int64 { return s.inFlight }

// Cwnd is the congestion window in bytes: nothing leaves that would bring more
// into flight.
func (s *Sender) Cwnd() int64 { return s.control().window() }

// DeliveredBytes is how many have arrived, each counted once.
func (s *Sender) DeliveredBytes() int64 { return s.deliveredBytes }
