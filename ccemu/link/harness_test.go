package link_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/link/internal/naive"
	"trailblazer/ccemu/schedule"
)

const ms = time.Millisecond

// arrival is a packet that comes to a link.
type arrival struct {
	at time.Duration
	link.Packet
}

// stop is when tests cease to wait for packets: links keep for ever what they
// have not served twice the longest session's time after it began.
const stop = 60 * 24 * time.Hour

// play sends packets over a path and returns what became of each, in the order
// in which they came; packets that are never served have the fate kept. It
// checks on the way that every packet is somewhere, that each ends once, that
// time does not go back, and that none overtakes unless the path reorders.
func play(t testing.TB, p *link.Path, seed uint64, arrivals []arrival) []link.Event {
	t.Helper()
	l := new(link.Link)
	return playOn(t, l, p, seed, arrivals)
}

const kept = link.Fate(99)

func playOn(t testing.TB, l *link.Link, p *link.Path, seed uint64, arrivals []arrival) []link.Event {
	t.Helper()
	if err := p.Validate("path"); err != nil {
		t.Fatal(err)
	}
	l.Start(p, time.Hour, seed)
	events := make([]link.Event, len(arrivals))
	for i := range events {
		events[i].Fate = kept
	}
	var ended link.Counts
	last := time.Duration(0)
	newest := map[int32]int64{} // by owner: the last that arrived
	count := func(e *link.Event) {
		if e.Fate == link.Arrived && !e.Direct && p.ReorderShare == 0 {
			if before, any := newest[e.Owner]; any && e.Tag < before {
				t.Fatalf("packet %d of owner %d arrives after packet %d", e.Tag, e.Owner, before)
			}
			newest[e.Owner] = e.Tag
		}
		switch {
		case e.At < last:
			t.Fatalf("packet %d ends at %d, after one that ended at %d", e.Tag, e.At, last)
		case events[e.Tag].Fate != kept:
			t.Fatalf("packet %d ends twice", e.Tag)
		}
		last = e.At
		events[e.Tag] = *e
		switch e.Fate {
		case link.Arrived:
			ended.Arrived.Add(e.Bytes)
		case link.Lost:
			ended.Lost.Add(e.Bytes)
		case link.Dropped:
			ended.Dropped.Add(e.Bytes)
		}
		balance(t, l, &ended)
	}
	poll := func(until time.Duration) {
		for l.NextAt() <= until {
			now := l.NextAt()
			var e link.Event
			ends := false
			for l.Poll(now, &e) {
				ends = true
				count(&e)
			}
			if !ends && l.NextAt() == now {
				t.Fatalf("nothing happens at %d", now)
			}
		}
	}
	for i, a := range arrivals {
		poll(a.at)
		a.Tag = int64(i)
		ended.Offered.Add(a.Bytes)
		if !l.Send(a.at, a.Packet) {
			last = max(last, a.at)
			count(&link.Event{Packet: a.Packet, Fate: link.Dropped, At: a.at})
		}
		balance(t, l, &ended)
	}
	poll(stop)
	return events
}

// balance checks that every packet and byte is somewhere (A5), and where the
// ends of journeys said they are.
func balance(t testing.TB, l *link.Link, ended *link.Counts) {
	t.Helper()
	c := l.Counts()
	packets := c.Dropped.Packets + c.Queued.Packets + c.InFlight.Packets + c.Lost.Packets + c.Arrived.Packets
	bytes := c.Dropped.Bytes + c.Queued.Bytes + c.InFlight.Bytes + c.Lost.Bytes + c.Arrived.Bytes
	if c.Offered != (link.Count{Packets: packets, Bytes: bytes}) {
		t.Fatalf("of %+v: %d packets of %d bytes are somewhere", c, packets, bytes)
	}
	if c.Queued.Packets < 0 || c.Queued.Bytes < 0 || c.InFlight.Packets < 0 || c.InFlight.Bytes < 0 {
		t.Fatalf("counts below 0: %+v", c)
	}
	// CoDel drops before it tells.
	if c.Offered != ended.Offered || c.Arrived != ended.Arrived || c.Lost != ended.Lost || c.Dropped.Packets < ended.Dropped.Packets {
		t.Fatalf("counts are %+v, told was %+v", c, *ended)
	}
}

// every makes n packets of one size, one each gap.
func every(gap time.Duration, n int, bytes int32) []arrival {
	arrivals := make([]arrival, n)
	for i := range arrivals {
		arrivals[i] = arrival{time.Duration(i) * gap, link.Packet{Bytes: bytes}}
	}
	return arrivals
}

func fifo(kbps float64) link.Path {
	return link.Path{Bottleneck: link.Bottleneck{Kind: link.FIFO, RateKbps: schedule.Constant(kbps)}}
}

// unlimited makes a queue as good as endless.
var unlimited = link.Queue{LimitPackets: 1 << 24}

// draws makes a source of random numbers of its own.
func draws(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// rateOf is a series of kbps as the naive models read it.
func rateOf(s *schedule.Series) naive.Rate {
	r := naive.Rate{Period: schedule.Milliseconds(s.PeriodMs)}
	for i, v := range s.Values {
		at := time.Duration(0)
		if i > 0 {
			at = schedule.Milliseconds(s.AtMs[i])
		}
		r.At, r.Bps = append(r.At, at), append(r.Bps, int64(v*1000+0.5))
	}
	return r
}

// randomRate draws a rate around 1 Mbps, with outages.
func randomRate(random *rand.Rand) schedule.Series {
	var s schedule.Series
	at := 0.0
	for range 1 + random.IntN(5) {
		kbps := 3000 * random.Float64()
		if random.IntN(4) == 0 {
			kbps = 0
		}
		s.AtMs, s.Values = append(s.AtMs, at), append(s.Values, kbps)
		at += 1 + float64(random.IntN(4))*30*random.Float64()
	}
	if random.IntN(2) == 0 {
		s.PeriodMs = at
	}
	return s
}

// randomArrivals draws packets that come alone or in trains, at times that
// often are whole milliseconds, up to the most bytes.
func randomArrivals(random *rand.Rand, n int, most int32) []arrival {
	arrivals := make([]arrival, 0, n)
	at := time.Duration(0)
	for len(arrivals) < n {
		switch random.IntN(5) {
		case 0:
			at += time.Duration(random.IntN(40)) * ms
		case 1:
			at = (at + ms) / ms * ms
		case 2, 3:
			at += time.Duration(random.Int64N(int64(15 * ms)))
		}
		bytes := 1 + random.Int32N(most)
		if random.IntN(2) == 0 {
			bytes = most
		}
		arrivals = append(arrivals, arrival{at, link.Packet{Bytes: bytes}})
	}
	return arrivals
}

func randomQueue(random *rand.Rand) (link.Queue, naive.Limit) {
	q := link.Queue{LimitPackets: 1 << 20}
	if random.IntN(2) == 0 {
		q.LimitPackets = 1 + random.IntN(12)
	}
	if random.IntN(2) == 0 {
		q.LimitBytes = 1500 + random.IntN(20_000)
	}
	return q, naive.Limit{Packets: int64(q.LimitPackets), Bytes: int64(q.LimitBytes)}
}

// naively turns arrivals into the models' packets.
func naively(arrivals []arrival) []naive.Packet {
	packets := make([]naive.Packet, len(arrivals))
	for i, a := range arrivals {
		packets[i] = naive.Packet{At: a.at, Bytes: int64(a.Bytes)}
	}
	return packets
}

// compare fails where the fate of a packet, or its time, is not the model's.
func compare(t *testing.T, events []link.Event, arrivals []arrival, want []naive.Outcome) {
	t.Helper()
	for i, e := range events {
		w := want[i]
		fate := link.Arrived
		switch {
		case w.Dropped:
			fate = link.Dropped
		case w.At > stop:
			fate = kept
		}
		if e.Fate != fate || fate != kept && e.At != w.At {
			t.Fatalf("packet %d of %d, %d bytes at %d: fate %d at %d, want %d at %d", i, len(events), arrivals[i].Bytes, arrivals[i].at, e.Fate, e.At, fate, w.At)
		}
		if fate == link.Arrived && e.Waited != e.At-arrivals[i].at {
			t.Fatalf("packet %d waited %d, from %d to %d", i, e.Waited, arrivals[i].at, e.At)
		}
	}
}

// randomPath draws a path of any kind, with losses, jitter and reordering.
func randomPath(random *rand.Rand) link.Path {
	p := link.Path{Bottleneck: link.Bottleneck{Kind: []string{"", link.FIFO, link.TokenBucket, link.Policer, link.Mahimahi}[random.IntN(5)]}}
	if p.Bottleneck.Kind == link.Mahimahi {
		p.Bottleneck.OpportunitiesMs = []int64{0, 3, 3, int64(4 + random.IntN(10))}
	} else if p.Bottleneck.Kind != "" {
		p.Bottleneck.RateKbps = randomRate(random)
	}
	p.Bottleneck.Queue, _ = randomQueue(random)
	if random.IntN(2) == 0 {
		p.Bottleneck.Queue.Discipline = link.CoDel
		p.Bottleneck.Queue.IntervalMs = 20
	}
	if random.IntN(2) == 0 {
		p.Loss = link.Loss{Share: schedule.Constant(0.2), BurstPackets: float64(random.IntN(6))}
	}
	if random.IntN(2) == 0 {
		p.DelayMs = schedule.Series{AtMs: []float64{0, 20, 90}, Values: []float64{50, 5, 30}, PeriodMs: 100}
	}
	if random.IntN(2) == 0 {
		p.Jitter = link.Jitter{DeviationMs: 10 * random.Float64(), Shape: []string{"", link.Normal, link.Pareto}[random.IntN(3)], Correlation: 0.9 * random.Float64()}
	}
	if random.IntN(2) == 0 {
		p.ReorderShare = 0.3
	}
	return p
}
