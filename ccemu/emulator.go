package ccemu

import (
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/splitmix"
)

// Emulator plays one session at a time. The zero value is ready for
// [Emulator.Start]; memory is reused by the next session, and nothing is
// allocated in between once buffers have grown. It is not safe for concurrent
// use.
type Emulator struct {
	now     time.Duration
	forward link.Link
	reverse link.Link
	flows   []flow
	cross   []cross
	parts   []part
	// next says when each part wants to act.
	next     []time.Duration
	packets  pool[media.Packet]
	messages pool[media.Message]
	packet   media.Packet
	event    link.Event
}

// flow is a controlled flow and what is known of it from the outside.
type flow struct {
	sender   media.Sender
	receiver media.Receiver
	listener feedback.Listener
	extra    time.Duration
	meter    meter
	traffic  Traffic
}

// Traffic counts the packets of a flow since it began, and what they met.
type Traffic struct {
	Sent, Dropped, Lost, Arrived link.Count
	// Waited is the total time of arrived packets in queue and service.
	Waited time.Duration
}

// kind says what a part is. Parts that act at the same time do so in the order
// of their kinds, and of their indices.
type kind uint8

const (
	forwardPart kind = iota
	reversePart
	receiverPart
	ackPart
	senderPart
	crossPart
)

// part is one of the things that act in time.
type part struct {
	kind  kind
	index int
}

// The purposes of a session's random streams.
const (
	forwardStream = iota
	reverseStream
	clockStream
	firstFlowStream  = 1 << 8
	firstCrossStream = 1 << 16
)

// Start begins a session, which must be valid, at time 0. The seed draws what
// the session leaves to chance.
func (e *Emulator) Start(session *Session, seed uint64) {
	s := session.WithDefaults()
	horizon := schedule.Milliseconds(s.DurationMs)
	e.now = 0
	e.packets.clear()
	e.messages.clear()
	e.forward.Start(&s.Forward, horizon, splitmix.Mix(seed, forwardStream))
	e.reverse.Start(&s.Reverse, horizon, splitmix.Mix(seed, reverseStream))
	e.parts = append(e.parts[:0], part{forwardPart, 0}, part{reversePart, 0})

	e.flows = resize(e.flows, len(s.Flows))
	for i := range e.flows {
		f := &e.flows[i]
		f.sender.Start(&s.Flows[i], splitmix.Mix(seed, firstFlowStream+uint64(i)))
		f.receiver.Start(&s.Flows[i], schedule.Milliseconds(s.ReportMs), clockOffset(splitmix.Mix(seed, clockStream)))
		f.listener, f.meter, f.traffic = nil, meter{}, Traffic{}
		f.extra = schedule.Milliseconds(s.Flows[i].ExtraDelayMs)
	}
	e.cross = resize(e.cross, len(s.Cross))
	for i := range e.cross {
		e.cross[i].begin(&s.Cross[i], splitmix.Mix(seed, firstCrossStream+uint64(i)))
	}
	for i := range e.flows {
		e.parts = append(e.parts, part{receiverPart, i})
	}
	for i := range e.cross {
		if e.cross[i].responsive() {
			e.parts = append(e.parts, part{ackPart, i})
		}
	}
	for i := range e.flows {
		e.parts = append(e.parts, part{senderPart, i})
	}
	for i := range e.cross {
		e.parts = append(e.parts, part{crossPart, i})
	}
	e.next = resize(e.next, len(e.parts))
	e.ask()
}

// clockOffset is how far the receiver's clock is ahead of the sender's: any
// time up to a day.
func clockOffset(random uint64) time.Duration {
	return time.Duration(random % uint64(24*time.Hour))
}

// resize returns a slice of n items, with the memory of items as it was.
func resize[T any](items []T, n int) []T {
	if cap(items) < n {
		grown := make([]T, n)
		copy(grown, items[:cap(items)])
		return grown
	}
	return items[:n]
}

// Listen has a listener follow a flow; nil stops it. Begin before the first
// Advance to miss nothing.
func (e *Emulator) Listen(flow int, l feedback.Listener) { e.flows[flow].listener = l }

// Now is the time since the session began.
func (e *Emulator) Now() time.Duration { return e.now }

// Flows is the number of controlled flows.
func (e *Emulator) Flows() int { return len(e.flows) }

// SetTarget changes the rate of a flow now.
func (e *Emulator) SetTarget(flow int, bps float64) {
	e.flows[flow].sender.SetTarget(e.now, bps)
	e.ask()
}

// Probe has a flow send a probe cluster now.
func (e *Emulator) Probe(flow int, bps float64) {
	e.flows[flow].sender.Probe(e.now, bps)
	e.ask()
}

// State writes the state of a flow's sender.
func (e *Emulator) State(flow int, s *feedback.Sender) { e.flows[flow].sender.State(e.now, s) }

// Apply does what a controller has decided.
func (e *Emulator) Apply(flow int, d feedback.Decision) {
	e.SetTarget(flow, d.TargetBps)
	if d.ProbeBps > 0 {
		e.Probe(flow, d.ProbeBps)
	}
}

// ask asks all parts when they want to act.
func (e *Emulator) ask() {
	for i := range e.parts {
		e.next[i] = e.nextOf(e.parts[i])
	}
}

func (e *Emulator) nextOf(p part) time.Duration {
	switch p.kind {
	case forwardPart:
		return e.forward.NextAt()
	case reversePart:
		return e.reverse.NextAt()
	case receiverPart:
		return e.flows[p.index].receiver.NextAt()
	case ackPart:
		return e.cross[p.index].nextAck()
	case senderPart:
		return e.flows[p.index].sender.NextAt()
	}
	return e.cross[p.index].nextAt()
}

// Advance plays everything up to and including a time.
func (e *Emulator) Advance(to time.Duration) {
	for {
		first, at := 0, e.next[0]
		for i, next := range e.next {
			if next < at {
				first, at = i, next
			}
		}
		if at > to {
			break
		}
		e.now = max(e.now, at)
		e.act(first)
	}
	e.now = max(e.now, to)
}

// act lets a part do what is due, and asks those again whom it may have
// touched.
func (e *Emulator) act(index int) {
	p := e.parts[index]
	switch p.kind {
	case forwardPart:
		for e.forward.Poll(e.now, &e.event) {
			e.arrive(&e.event)
		}
	case reversePart:
		for e.reverse.Poll(e.now, &e.event) {
			e.answer(&e.event)
		}
	case receiverPart:
		e.report(p.index)
	case ackPart:
		e.cross[p.index].acknowledge(e.now)
		e.touch(crossPart, p.index)
	case senderPart:
		e.send(p.index)
	case crossPart:
		e.load(p.index)
	}
	e.next[index] = e.nextOf(p)
}

// touch asks a part again.
func (e *Emulator) touch(k kind, index int) {
	for i, p := range e.parts {
		if p.kind == k && p.index == index {
			e.next[i] = e.nextOf(p)
			return
		}
	}
}
