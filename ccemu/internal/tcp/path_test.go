package tcp

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/schedule"
)

// path is a naive network of senders: one FIFO bottleneck, then losses
// and jitter, and acknowledgments that take as long. It checks what every sender has
// to keep to.
type path struct {
	t       *testing.T
	bps     float64
	buffer  int64 // bytes, with the one in service
	oneWay  time.Duration
	lossOf  func(flow int, number int64) bool
	jitter  func() time.Duration
	senders []*Sender

	now      time.Duration
	waiting  []parcel // in the bottleneck
	arriving []parcel // acknowledgments, by the time at which they arrive
	freeAt   time.Duration

	sent, dropped int64
	queue         []int64 // bytes waiting, sampled every millisecond
	step          func()  // after every event, if given
}

type parcel struct {
	flow   int
	number int64
	bytes  int32
	at     time.Duration
}

func newPath(t *testing.T, mbps float64, oneWay time.Duration, bufferBytes int64) *path {
	return &path{t: t, bps: mbps * 1e6, oneWay: oneWay, buffer: bufferBytes}
}

func (p *path) add(a Algorithm, segment int, total int64) *Sender {
	s := new(Sender)
	s.Start(p.now, a, segment, total)
	p.senders = append(p.senders, s)
	return s
}

// run plays until a time, or until all transfers are done.
func (p *path) run(until time.Duration) {
	p.t.Helper()
	sampleAt := p.now
	for p.now < until {
		next := until
		for flow, s := range p.senders {
			p.drain(flow, s)
			next = min(next, s.NextAt())
		}
		if len(p.arriving) > 0 {
			next = min(next, p.arriving[0].at)
		}
		done := !slices.ContainsFunc(p.senders, func(s *Sender) bool { return !s.Done() })
		if done || next == schedule.Never {
			return
		}
		if next < p.now {
			p.t.Fatalf("at %v a sender wants to be asked at %v, but has nothing to send", p.now, next)
		}
		for ; sampleAt < next; sampleAt += time.Millisecond {
			p.queue = append(p.queue, p.waitingBytes(sampleAt))
		}
		p.now = next
		for len(p.arriving) > 0 && p.arriving[0].at <= p.now {
			a := p.arriving[0]
			p.arriving = p.arriving[1:]
			p.senders[a.flow].OnAck(p.now, a.number)
		}
		if p.step != nil {
			p.step()
		}
	}
}

func (p *path) drain(flow int, s *Sender) {
	p.t.Helper()
	for {
		number, bytes, ok := s.Next(p.now)
		if !ok {
			return
		}
		if s.InFlight() > s.Cwnd() {
			p.t.Fatalf("at %v %d bytes are in flight, the window is %d", p.now, s.InFlight(), s.Cwnd())
		}
		p.sent++
		p.enqueue(parcel{flow: flow, number: number, bytes: bytes})
	}
}

func (p *path) waitingBytes(at time.Duration) (sum int64) {
	for _, w := range p.waiting {
		if w.at > at {
			sum += int64(w.bytes)
		}
	}
	return sum
}

func (p *path) enqueue(w parcel) {
	p.waiting = slices.DeleteFunc(p.waiting, func(w parcel) bool { return w.at <= p.now })
	if p.waitingBytes(p.now)+int64(w.bytes) > p.buffer {
		p.dropped++
		return
	}
	p.freeAt = max(p.freeAt, p.now) + time.Duration(float64(w.bytes)*8e9/p.bps)
	w.at = p.freeAt
	p.waiting = append(p.waiting, w)
	if p.lossOf != nil && p.lossOf(w.flow, w.number) {
		p.dropped++
		return
	}
	w.at += 2 * p.oneWay
	if p.jitter != nil {
		w.at += p.jitter()
	}
	at, _ := slices.BinarySearchFunc(p.arriving, w, func(a, b parcel) int {
		if a.at == b.at {
			return -1
		}
		return cmp.Compare(a.at, b.at)
	})
	p.arriving = slices.Insert(p.arriving, at, w)
}

// bdp is the bandwidth-delay product in bytes.
func bdp(mbps float64, oneWay time.Duration) int64 {
	return int64(mbps * 1e6 / 8 * 2 * oneWay.Seconds())
}

func mbpsOf(bytes int64, d time.Duration) float64 { return float64(bytes) * 8 / 1e6 / d.Seconds() }
