package link_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/link"
)

// What queueing theory and traffic engineering know of bottlenecks (checks A1
// to A3 and A6).

// near fails unless got is within a relative tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s is %.6g, want %.6g within %.3g %%", what, got, want, 100*tolerance)
	}
}

// TestConstantBitRate is A1: packets of 1,242 bytes at 0.5, 0.9 and 1.5 times
// the rate of 1 Mbps, a buffer of 37,500 bytes, 12 s.
func TestConstantBitRate(t *testing.T) {
	const (
		bytes  = 1242
		length = 12 * time.Second
	)
	for _, test := range []struct {
		load, utilization, lowLoss, highLoss float64
	}{
		{0.5, 0.5, 0, 0},
		{0.9, 0.9, 0, 0},
		{1.5, 1, 0.316, 0.317},
	} {
		for _, kind := range []string{link.FIFO, link.TokenBucket} {
			t.Run(fmt.Sprint(kind, " ", test.load), func(t *testing.T) {
				p := fifo(1000)
				p.Bottleneck.Kind = kind
				p.Bottleneck.Queue.LimitBytes = 37_500
				gap := time.Duration(bytes * 8 * 1000 / test.load)
				events := play(t, &p, 1, every(gap, int(length/gap), bytes))
				served, dropped, longest := 0, 0, time.Duration(0)
				for _, e := range events {
					if e.Fate == link.Dropped {
						dropped++
						continue
					}
					if e.At <= length {
						served++
					}
					longest = max(longest, e.Waited)
				}
				utilization := float64(served*bytes*8) / length.Seconds() / 1e6
				// The bucket's first 1,600 bytes come on top.
				slack := 0.001
				if kind == link.TokenBucket {
					slack += 1600 * 8 / 12e6
				}
				if math.Abs(utilization-test.utilization) > slack {
					t.Errorf("utilization %.5f, want %v", utilization, test.utilization)
				}
				// The range is a fluid's; packets may miss it by one.
				n := float64(len(events))
				if loss := float64(dropped) / n; loss < test.lowLoss || loss > test.highLoss+1/n {
					t.Errorf("loss %.5f, want %v to %v", loss, test.lowLoss, test.highLoss)
				}
				// All but those served until the last one came, and 30 that wait.
				if want := len(events) - 30 - int(time.Duration(len(events)-1)*gap/(bytes*8*time.Microsecond)); test.load > 1 && kind == link.FIFO && dropped != want {
					t.Errorf("%d packets were dropped, want %d", dropped, want)
				}
				// 30 packets fit into the buffer. Behind a bucket none comes
				// exactly when another has left: they miss by up to half a gap.
				most, slackMs := 298.08, 0.01
				if kind == link.TokenBucket {
					slackMs = gap.Seconds() * 500
				}
				if wait := longest.Seconds() * 1000; test.load > 1 && (wait > most+0.01 || wait < most-slackMs) {
					t.Errorf("longest wait %.3f ms, want %v", wait, most)
				}
			})
		}
	}
}

// queueing plays packets of random sizes that come as a Poisson process, and
// returns the mean time in queue and service, of those served, and the share
// dropped.
func queueing(p *link.Path, n int, gap float64, size func() int32) (wait, dropped float64) {
	var l link.Link
	l.Start(p, time.Hour, 1)
	random := draws(3)
	var e link.Event
	total, served, at := 0.0, 0, 0.0
	for range n {
		at += gap * random.ExpFloat64()
		now := time.Duration(at)
		for l.Poll(now, &e) {
			total += float64(e.Waited)
			served++
		}
		l.Send(now, link.Packet{Bytes: size()})
	}
	for l.Poll(stop, &e) {
		total += float64(e.Waited)
		served++
	}
	return total / float64(served), float64(l.Counts().Dropped.Packets) / float64(n)
}

// TestMD1 is A2: with Poisson arrivals and constant service S, packets wait for
// ρ/(2(1-ρ)) S before they are served (Pollaczek and Khinchine).
func TestMD1(t *testing.T) {
	const service = 1e6 // ns: 1,250 bytes at 10 Mbps
	for _, test := range []struct{ load, tolerance float64 }{{0.3, 0.015}, {0.5, 0.015}, {0.8, 0.015}, {0.9, 0.03}} {
		t.Run(fmt.Sprint("load ", test.load), func(t *testing.T) {
			p := fifo(10_000)
			p.Bottleneck.Queue = unlimited
			wait, _ := queueing(&p, 1_000_000, service/test.load, func() int32 { return 1250 })
			near(t, "mean wait", (wait-service)/service, test.load/(2*(1-test.load)), test.tolerance)
		})
	}
}

// TestMM1 is the first half of A3: with exponential service too there are
// ρ/(1-ρ) packets in the system, by Little's law λ times their mean wait.
func TestMM1(t *testing.T) {
	for _, load := range []float64{0.3, 0.5, 0.8} {
		t.Run(fmt.Sprint("load ", load), func(t *testing.T) {
			p := fifo(800_000) // 100,000 bytes take 1 ms
			p.Bottleneck.Queue = unlimited
			wait, _ := queueing(&p, 1_000_000, 1e6/load, exponentialSizes())
			near(t, "packets in the system", wait*load/1e6, load/(1-load), 0.03)
		})
	}
}

// TestMM1K is the second half: of a system with room for K packets, the one in
// service included, a share (1-ρ)ρᴷ/(1-ρᴷ⁺¹) is refused.
func TestMM1K(t *testing.T) {
	for _, test := range []struct {
		load float64
		room int
		want float64
	}{{0.8, 10, 0.02349}, {0.95, 20, 0.02718}, {1.2, 20, 0.17037}} {
		t.Run(fmt.Sprint("load ", test.load), func(t *testing.T) {
			p := fifo(800_000)
			p.Bottleneck.Queue = link.Queue{LimitPackets: test.room}
			_, dropped := queueing(&p, 4_000_000, 1e6/test.load, exponentialSizes())
			near(t, "share dropped", dropped, test.want, 0.03)
		})
	}
}

// exponentialSizes draws sizes of 100,000 bytes in the mean, so large that
// whole bytes hardly matter.
func exponentialSizes() func() int32 {
	random := draws(4)
	return func() int32 { return 1 + int32(100_000*random.ExpFloat64()) }
}

// TestLittlesLaw is A6: the number of packets in a system, summed over time, is
// the sum of the times that they spend in it. On a path that begins and ends
// empty that is exact.
func TestLittlesLaw(t *testing.T) {
	for seed := range uint64(20) {
		random := draws(seed)
		p := randomPath(random)
		arrivals := randomArrivals(random, 400, 1500)
		events := play(t, &p, seed, arrivals)

		var l link.Link
		l.Start(&p, time.Hour, seed)
		var inQueue, inSystem, waited, spent, last time.Duration
		elapse := func(now time.Duration) {
			c := l.Counts()
			inQueue += time.Duration(c.Queued.Packets) * (now - last)
			inSystem += time.Duration(c.Queued.Packets+c.InFlight.Packets) * (now - last)
			last = now
		}
		poll := func(until time.Duration) {
			for l.NextAt() <= until {
				now := l.NextAt()
				elapse(now)
				var e link.Event
				for l.Poll(now, &e) {
					if e.At != now {
						t.Fatalf("polled at %d, got %+v", now, e)
					}
				}
			}
		}
		for i, a := range arrivals {
			poll(a.at)
			elapse(a.at)
			a.Tag = int64(i)
			l.Send(a.at, a.Packet)
		}
		poll(stop)
		if c := l.Counts(); c.Queued.Packets+c.InFlight.Packets > 0 {
			continue // a rate of 0 keeps some for ever
		}
		for i, e := range events {
			waited += e.Waited
			spent += e.At - arrivals[i].at
		}
		if inQueue != waited || inSystem != spent {
			t.Errorf("seed %d: %d packet·ns in the queue, which packets say was %d; in the system %d, %d", seed, inQueue, waited, inSystem, spent)
		}
	}
}
