package ccemu

import (
	"math"
	"time"

	"trailblazer/ccemu/internal/tcp"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// cross is one flow of cross traffic.
type cross struct {
	kind        string
	start, stop time.Duration
	stopped     bool
	bytes       int32

	// Of unresponsive traffic:
	rate   schedule.Cursor // bits/s
	source link.Serializer
	next   time.Duration // when the next packet leaves

	// Of TCP:
	sender    tcp.Sender
	delay     time.Duration
	acks      []ack // a queue, from first on
	first     int
	meter     meter
	meanBytes float64       // 0 for a transfer without end
	meanGap   float64       // ns
	due       time.Duration // when the next transfer begins, unless one runs
	running   bool
	random    draw.Draws
	// base is the number of transmissions of the transfers before, so that
	// late acks of those are not taken for acks of this one.
	base, sent int64
}

// ack arrives back at a TCP sender.
type ack struct {
	at     time.Duration
	number int64
}

func (c *cross) begin(s *Cross, seed uint64) {
	stop := schedule.Never
	if s.StopMs > 0 {
		stop = schedule.Milliseconds(s.StopMs)
	}
	*c = cross{
		kind: s.Kind, start: schedule.Milliseconds(s.StartMs), stop: stop, bytes: int32(s.PacketBytes),
		sender: c.sender, acks: c.acks[:0], delay: schedule.Milliseconds(s.DelayMs),
		meanBytes: s.MeanBytes, meanGap: s.MeanGapMs * float64(time.Millisecond),
		random: draw.New(seed, 0),
	}
	if !c.responsive() {
		steps := s.RateKbps.Compile(1000)
		c.rate.Steps = steps
		c.source = link.NewSerializer(link.WholeBps(&s.RateKbps))
		c.next = c.source.Serve(c.start, c.bytes)
		return
	}
	c.due = c.start
	if c.meanBytes > 0 {
		c.due += c.gap()
	}
}

func (c *cross) responsive() bool { return c.kind != Unresponsive }

// gap draws the time between the beginnings of two transfers.
func (c *cross) gap() time.Duration {
	return time.Duration(math.Round(c.meanGap * c.random.Exponential()))
}

// nextAt says when something may leave.
func (c *cross) nextAt() time.Duration {
	next := c.next
	switch {
	case c.responsive() && c.running:
		next = c.sender.NextAt()
	case c.responsive():
		next = c.due
	}
	if c.stopped || next >= c.stop {
		return schedule.Never
	}
	return next // A TCP sender may have been waiting for an ack since then.
}

// send returns a packet that leaves now.
func (c *cross) send(now time.Duration) (number int64, bytes int32, ok bool) {
	if c.stopped = now >= c.stop; c.stopped {
		return 0, 0, false
	}
	if !c.responsive() {
		if now < c.next {
			return 0, 0, false
		}
		c.next = c.source.Serve(c.next, c.bytes)
		return 0, c.bytes, true
	}
	if !c.running && now >= c.due {
		c.transfer(now)
	}
	if !c.running {
		return 0, 0, false
	}
	number, bytes, ok = c.sender.Next(now)
	if ok {
		c.sent++
	}
	return c.base + number, bytes, ok
}

// transfer begins one.
func (c *cross) transfer(now time.Duration) {
	algorithm, total := tcp.Cubic, int64(0)
	if c.kind == TCPBBR {
		algorithm = tcp.BBR
	}
	if c.meanBytes > 0 {
		total = max(1, int64(math.Round(c.meanBytes*c.random.Exponential())))
		c.due += c.gap()
	}
	c.base += c.sent
	c.sent, c.running = 0, true
	c.sender.Start(now, algorithm, int(c.bytes), total)
}

// arrived notes a segment that has left the bottleneck at a time: its ack is
// back after two propagation delays.
func (c *cross) arrived(at time.Duration, number int64, bytes int32) {
	if !c.responsive() {
		return
	}
	c.meter.add(at, bytes)
	if c.first == len(c.acks) {
		c.acks, c.first = c.acks[:0], 0
	} else if c.first > 1024 && 2*c.first > len(c.acks) {
		c.acks = c.acks[:copy(c.acks, c.acks[c.first:])]
		c.first = 0
	}
	c.acks = append(c.acks, ack{at + 2*c.delay, number})
}

// nextAck says when the next ack is back.
func (c *cross) nextAck() time.Duration {
	if c.first == len(c.acks) {
		return schedule.Never
	}
	return c.acks[c.first].at
}

// acknowledge hands over the acks that are back.
func (c *cross) acknowledge(now time.Duration) {
	for c.first < len(c.acks) && c.acks[c.first].at <= now {
		if number := c.acks[c.first].number - c.base; c.running && number >= 0 {
			c.sender.OnAck(now, number)
			c.running = !c.sender.Done()
		}
		c.first++
	}
}

// active reports whether the flow competes for the bottleneck now.
func (c *cross) active(now time.Duration) bool {
	return c.responsive() && c.running && now < c.stop
}

// meanBps is the rate of unresponsive traffic over a span of time.
func (c *cross) meanBps(from, to time.Duration) float64 {
	begin, end := max(from, c.start), min(to, c.stop)
	if c.responsive() || begin >= end {
		return 0
	}
	c.rate.Seek(begin)
	return c.rate.Mean(begin, end) * float64(end-begin) / float64(to-from)
}
