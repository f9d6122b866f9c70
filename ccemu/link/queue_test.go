package link_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
)

// TestDropTail sends ten packets of 1,000 bytes at once, and ten more when five
// can have left.
func TestDropTail(t *testing.T) {
	halves := schedule.Series{AtMs: []float64{0, 30_000}, Values: []float64{800, 8000}} // 4,400 in the mean of a minute
	for _, test := range []struct {
		name         string
		rate         schedule.Series
		queue        link.Queue
		first, later int // that fit
	}{
		{"packets", schedule.Constant(800), link.Queue{LimitPackets: 7}, 7, 5},
		{"bytes", schedule.Constant(800), link.Queue{LimitBytes: 4000}, 4, 4},
		{"one byte more", schedule.Constant(800), link.Queue{LimitBytes: 4001}, 4, 4},
		{"one byte less", schedule.Constant(800), link.Queue{LimitBytes: 3999}, 3, 3},
		{"time", schedule.Constant(800), link.Queue{LimitMs: 60}, 6, 5},
		{"the default, 300 ms", schedule.Constant(800), link.Queue{}, 10, 10},
		{"time, of the mean rate", halves, link.Queue{LimitMs: 16.36364}, 9, 5},
		{"at least two packets", schedule.Constant(800), link.Queue{LimitMs: 1}, 3, 3},
		{"each limit holds", schedule.Constant(800), link.Queue{LimitPackets: 5, LimitBytes: 7000, LimitMs: 80}, 5, 5},
		{"the bytes too", schedule.Constant(800), link.Queue{LimitPackets: 9, LimitBytes: 4000, LimitMs: 80}, 4, 4},
		{"the time too", schedule.Constant(800), link.Queue{LimitPackets: 9, LimitBytes: 9000, LimitMs: 40}, 4, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			var l link.Link
			p := link.Path{Bottleneck: link.Bottleneck{RateKbps: test.rate, Queue: test.queue}}
			l.Start(&p, time.Minute, 1)
			fit := func(now time.Duration) int {
				var e link.Event
				for l.Poll(now, &e) {
				}
				n := 0
				for range 10 {
					if l.Send(now, link.Packet{Bytes: 1000}) {
						n++
					}
				}
				return n
			}
			if got := fit(0); got != test.first {
				t.Errorf("%d packets fit, want %d", got, test.first)
			}
			// One leaves every 10 ms.
			if got := fit(50 * ms); got != test.later {
				t.Errorf("later %d packets fit, want %d", got, test.later)
			}
		})
	}
}

// TestPacketInServiceCounts says what occupancy is: the packet in service takes
// its place until its last bit has left, and no longer.
func TestPacketInServiceCounts(t *testing.T) {
	p := fifo(800)
	p.Bottleneck.Queue.LimitPackets = 1
	events := play(t, &p, 1, []arrival{
		{0, link.Packet{Bytes: 1000}}, {10*ms - 1, link.Packet{Bytes: 1000}}, {10 * ms, link.Packet{Bytes: 1000}},
	})
	if events[0].Fate != link.Arrived || events[1].Fate != link.Dropped || events[2].Fate != link.Arrived {
		t.Errorf("fates %d, %d and %d", events[0].Fate, events[1].Fate, events[2].Fate)
	}
}

// TestIdleLinkForgets has a packet come in the nanosecond in which the one
// before it left: it must not be served faster than alone.
func TestIdleLinkForgets(t *testing.T) {
	p := fifo(7_000_000) // 8,000 bits take 1142.86 ns
	events := play(t, &p, 1, []arrival{{0, link.Packet{Bytes: 1000}}, {1143, link.Packet{Bytes: 1000}}, {2285, link.Packet{Bytes: 1000}}})
	for i, want := range []time.Duration{1143, 2286, 3429} {
		if events[i].At != want {
			t.Errorf("packet %d leaves at %d, want %d", i, events[i].At, want)
		}
	}
	// In a train fractions add up instead: 3428.57.
	if last := play(t, &p, 1, every(0, 3, 1000))[2].At; last != 3429 {
		t.Errorf("the third of a train leaves at %d", last)
	}
	if last := play(t, &p, 1, every(0, 7, 1000))[6].At; last != 8000 {
		t.Errorf("the seventh of a train leaves at %d", last)
	}
}

// burst makes n packets that come at once.
func burst(at time.Duration, n int, bytes int32) []arrival {
	arrivals := every(0, n, bytes)
	for i := range arrivals {
		arrivals[i].at = at
	}
	return arrivals
}

// TestCoDelByHand follows RFC 8289 over bursts of packets that take 1 ms each,
// with its target of 5 ms and interval of 100. Packet i of a burst is due i ms
// after it: number 5 is above the target first, and 100 ms later number 105 is
// dropped. Drops follow 100/√1, 100/√2 … ms after each other, at the next
// packet:
//
//	due     105 205 275.7 333.4 383.4 428.2 469.0 506.8
//	at      105 205 276   334   384   429   469   507
//	packet  105 206 278   337   388   434   475   514
//
// The second burst, a second later, goes on with the 8-1 drops by which the
// first grew: 100/√7, 100/√8 … The third comes more than 16 intervals later,
// and begins anew.
func TestCoDelByHand(t *testing.T) {
	arrivals := slices.Concat(burst(0, 520, 1000), burst(1000*ms, 220, 1000), burst(4000*ms, 209, 1000))
	p := codelPath(8000, 0, 0)
	want := []int{
		105, 206, 278, 337, 388, 434, 475, 514,
		520 + 105, 520 + 144, 520 + 181, 520 + 215,
		740 + 105, 740 + 206,
	}
	var got []int
	for i, e := range play(t, &p, 1, arrivals) {
		if e.Fate == link.Dropped {
			got = append(got, i)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("CoDel drops packets\n%v, want\n%v", got, want)
	}
}

// TestCoDelLaw overloads CoDel twice over: drop n+1 comes interval/√n after
// drop n, but for the time until the link takes a packet, which does not add
// up.
func TestCoDelLaw(t *testing.T) {
	p := codelPath(8000, 0, 0)
	due, drops := 0.0, 0
	for _, e := range play(t, &p, 1, every(500*time.Microsecond, 20_000, 1000)) {
		if e.Fate != link.Dropped || e.At > 10*time.Second {
			continue
		}
		if drops == 0 {
			due = e.At.Seconds()
		}
		if late := e.At.Seconds() - due; late < -1e-6 || late > 0.001 {
			t.Fatalf("drop %d comes at %v, %.6f s late", drops+1, e.At, late)
		}
		drops++
		due += 0.1 / math.Sqrt(float64(drops))
	}
	// The first comes after 105 ms, and the sum of 1/√n is 2√n-1.46.
	if want := 2521; drops < want-3 || drops > want+3 {
		t.Errorf("%d drops in 10 s, want about %d", drops, want)
	}
}

// TestCoDelControls has a load of 1.05, which drop-tail would answer with a
// full queue: CoDel brings the delay to about its target.
func TestCoDelControls(t *testing.T) {
	p := codelPath(8000, 0, 0)
	events := play(t, &p, 1, every(950*time.Microsecond, 100_000, 1000))
	var waited []time.Duration
	for _, e := range events[len(events)/2:] {
		if e.Fate == link.Arrived {
			waited = append(waited, e.Waited)
		}
	}
	slices.Sort(waited)
	if median, most := waited[len(waited)/2], waited[len(waited)-1]; median < 5*ms || median > 15*ms || most > 30*ms {
		t.Errorf("packets wait for %v (median) and up to %v", median, most)
	}
}

// TestCoDelLeavesAGoodQueueAlone keeps a link busy for 99 % of the time.
func TestCoDelLeavesAGoodQueueAlone(t *testing.T) {
	p := codelPath(8000, 0, 0)
	for i, e := range play(t, &p, 1, every(1010*time.Microsecond, 5000, 1000)) {
		if e.Fate != link.Arrived {
			t.Fatalf("packet %d is dropped", i)
		}
	}
}
