package link

import (
	"time"

	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// Packet is what a link carries.
type Packet struct {
	// Bytes is its size on the wire. Owner and Tag are the sender's: packets
	// of one owner overtake each other only where the path reorders.
	Bytes, Owner int32
	Tag          int64
	// Extra adds to the propagation delay.
	Extra time.Duration
	// Direct packets arrive as soon as they have left the bottleneck: who sends
	// them has a propagation delay of its own.
	Direct bool
}

// Fate is what became of a packet.
type Fate uint8

// The fates of packets.
const (
	Arrived Fate = iota
	// Lost packets were lost at random, behind the bottleneck.
	Lost
	// Dropped ones by the queue.
	Dropped
)

// Event is the end of a packet's journey.
type Event struct {
	Packet
	Fate Fate
	// At is when it happened, and Waited how long the packet was in queue and
	// in service.
	At, Waited time.Duration
}

// Count is a number of packets and their bytes.
type Count struct{ Packets, Bytes int64 }

// Add adds a packet.
func (c *Count) Add(bytes int32) { c.Packets, c.Bytes = c.Packets+1, c.Bytes+int64(bytes) }
func (c *Count) remove(bytes int32) {
	c.Packets, c.Bytes = c.Packets-1, c.Bytes-int64(bytes)
}

// Counts says where the packets of a link are: at any time Offered is the sum
// of the others. Those that have left the bottleneck, lost ones included, are
// Offered-Dropped-Queued.
type Counts struct {
	Offered, Dropped, Queued, InFlight, Lost, Arrived Count
}

// Link plays a path. The zero value is ready for [Link.Start].
type Link struct {
	queue    ring[waiting]
	limit    Count // of the queue; 0 for none
	codel    codel
	server   server
	policer  *bucket
	leaves   time.Duration // when the packet in service does
	pipe     ring[flying]
	loss     losses
	delay    propagation
	refused  ring[Event] // by CoDel, not yet told
	counts   Counts
	capacity capacity
}

// waiting is a packet in the queue, flying one that propagates.
type waiting struct {
	Packet
	since time.Duration
}

type flying struct {
	Packet
	at, waited time.Duration
}

// The purposes of a link's random streams.
const (
	lossStream = iota
	jitterStream
	reorderStream
)

// Start begins anew on a valid path. Shares of a series that does not repeat
// are taken up to the horizon, the session's end.
func (l *Link) Start(p *Path, horizon time.Duration, seed uint64) {
	b := &p.Bottleneck
	l.queue.clear()
	l.pipe.clear()
	l.refused.clear()
	l.counts = Counts{}
	l.leaves = schedule.Never
	l.server, l.policer = newServer(b)
	l.capacity = newCapacity(b)
	l.limit = queueLimit(b, l.capacity.mean(0, horizon))
	l.codel = newCoDel(&b.Queue)
	l.loss.start(&p.Loss, draw.New(seed, lossStream))
	l.delay.start(p, draw.New(seed, jitterStream), draw.New(seed, reorderStream))
}

// Send offers a packet, after everything until now has been polled. It returns
// false if the queue has no place for it.
func (l *Link) Send(now time.Duration, p Packet) bool {
	l.counts.Offered.Add(p.Bytes)
	if l.policer != nil && !l.policer.take(now, p.Bytes) || !l.fits(p.Bytes) {
		l.counts.Dropped.Add(p.Bytes)
		return false
	}
	l.counts.Queued.Add(p.Bytes)
	l.queue.push(waiting{p, now})
	if l.queue.len() == 1 {
		l.leaves = l.server.serve(now, p.Bytes, false)
	}
	return true
}

func (l *Link) fits(bytes int32) bool {
	return (l.limit.Packets == 0 || l.counts.Queued.Packets < l.limit.Packets) &&
		(l.limit.Bytes == 0 || l.counts.Queued.Bytes+int64(bytes) <= l.limit.Bytes)
}

// NextAt says when something happens next; schedule.Never if nothing will.
func (l *Link) NextAt() time.Duration {
	if l.refused.len() > 0 {
		return l.refused.front().At
	}
	if l.pipe.len() > 0 {
		return min(l.leaves, l.pipe.front().at)
	}
	return l.leaves
}

// Poll lets time pass until now, or until the end of a packet's journey.
func (l *Link) Poll(now time.Duration, e *Event) bool {
	for {
		if l.refused.len() > 0 {
			*e = l.refused.pop()
			return true
		}
		if l.pipe.len() > 0 {
			if f := l.pipe.front(); f.at <= now && f.at <= l.leaves {
				*e = Event{f.Packet, Arrived, f.at, f.waited}
				l.counts.InFlight.remove(f.Bytes)
				l.counts.Arrived.Add(f.Bytes)
				l.pipe.pop()
				return true
			}
		}
		if l.leaves > now {
			return false
		}
		if l.leave(e) {
			return true
		}
	}
}

// leave takes the packet in service out of the bottleneck, and begins with the
// next. It returns true if that was the end of its journey.
func (l *Link) leave(e *Event) bool {
	at := l.leaves
	w := l.queue.pop()
	l.counts.Queued.remove(w.Bytes)
	l.serveNext(at)
	*e = Event{w.Packet, Lost, at, at - w.since}
	switch {
	case l.loss.next(at):
		l.counts.Lost.Add(w.Bytes)
		return true
	case w.Direct:
		e.Fate = Arrived
		l.counts.Arrived.Add(w.Bytes)
		return true
	}
	l.counts.InFlight.Add(w.Bytes)
	l.fly(flying{w.Packet, l.delay.arrival(at, w.Packet), e.Waited})
	return false
}

// serveNext begins to serve the packet at the head of the queue, if CoDel has
// nothing against it.
func (l *Link) serveNext(now time.Duration) {
	l.leaves = schedule.Never
	for l.queue.len() > 0 {
		w := l.queue.front()
		if l.codel.drops(now, now-w.since, l.counts.Queued.Bytes-int64(w.Bytes)) {
			l.counts.Queued.remove(w.Bytes)
			l.counts.Dropped.Add(w.Bytes)
			l.refused.push(Event{w.Packet, Dropped, now, now - w.since})
			l.queue.pop()
			continue
		}
		l.leaves = l.server.serve(now, w.Bytes, true)
		return
	}
}

// fly puts a packet into the pipe, in the order of arrival.
func (l *Link) fly(f flying) {
	l.pipe.push(f)
	for i := l.pipe.len() - 1; i > 0 && l.pipe.at(i-1).at > f.at; i-- {
		*l.pipe.at(i), *l.pipe.at(i - 1) = *l.pipe.at(i - 1), *l.pipe.at(i)
	}
}

// Counts says where the packets are.
func (l *Link) Counts() Counts { return l.counts }

// CapacityBps is the mean rate of the bottleneck over a span of time that does
// not begin before that of the last call; 0 where there is no bottleneck.
func (l *Link) CapacityBps(from, to time.Duration) float64 {
	l.capacity.pass(from)
	return l.capacity.mean(from, to)
}

// Bottleneck reports whether the link has one.
func (l *Link) Bottleneck() bool { return !l.capacity.unlimited }
