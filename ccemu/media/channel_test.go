package media

import (
	"container/heap"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
)

// channel joins a sender and a receiver in simulated time, for tests: what
// happens to each packet and message is up to functions, which return how long
// it takes, or schedule.Never if it is lost.
type channel struct {
	sender   Sender
	receiver Receiver
	forward  func(now time.Duration, p *Packet) time.Duration
	back     func(now time.Duration, m *Message) time.Duration
	listener feedback.Listener
	// What passed, for tests to look at.
	onSent    func(now time.Duration, p *Packet)
	onArrival func(now time.Duration, p *Packet)
	onMessage func(now time.Duration, m *Message)

	now    time.Duration
	flying flights
	order  int
}

// flight is something on its way.
type flight struct {
	at      time.Duration
	order   int
	packet  *Packet
	message *Message
}

type flights []flight

func (f flights) Len() int { return len(f) }
func (f flights) Less(i, j int) bool {
	return f[i].at < f[j].at || f[i].at == f[j].at && f[i].order < f[j].order
}
func (f flights) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *flights) Push(x any)   { *f = append(*f, x.(flight)) }
func (f *flights) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

// after is a delay that is always the same.
func after(d time.Duration) func(time.Duration, *Packet) time.Duration {
	return func(time.Duration, *Packet) time.Duration { return d }
}

func newChannel(f Flow, seed uint64, delay time.Duration) *channel {
	f = f.WithDefaults()
	c := &channel{
		forward: after(delay),
		back:    func(time.Duration, *Message) time.Duration { return delay },
	}
	c.sender.Start(&f, seed)
	c.receiver.Start(&f, 50*time.Millisecond, 0)
	return c
}

func (c *channel) fly(f flight, takes time.Duration) {
	if takes == schedule.Never {
		return
	}
	f.at, f.order = c.now+takes, c.order
	c.order++
	heap.Push(&c.flying, f)
}

// run plays until a time, everything at that time included.
func (c *channel) run(until time.Duration) {
	for {
		at := min(c.sender.NextAt(), c.receiver.NextAt())
		if len(c.flying) > 0 {
			at = min(at, c.flying[0].at)
		}
		if at > until {
			c.now = until
			return
		}
		if at < c.now {
			panic("time runs backwards")
		}
		c.now = at
		for len(c.flying) > 0 && c.flying[0].at <= at {
			f := heap.Pop(&c.flying).(flight)
			if f.message != nil {
				c.sender.OnMessage(at, f.message, c.listener)
				continue
			}
			if c.onArrival != nil {
				c.onArrival(at, f.packet)
			}
			c.receiver.OnPacket(at, f.packet)
		}
		for p := new(Packet); c.sender.Emit(at, p); p = new(Packet) {
			if c.listener != nil {
				c.listener.OnSent(&p.Sent)
			}
			if c.onSent != nil {
				c.onSent(at, p)
			}
			c.fly(flight{packet: p}, c.forward(at, p))
		}
		for m := new(Message); c.receiver.Poll(at, m); m = new(Message) {
			if c.onMessage != nil {
				c.onMessage(at, m)
			}
			c.fly(flight{message: m}, c.back(at, m))
		}
	}
}
