package link_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/link/internal/naive"
	"trailblazer/ccemu/schedule"
)

// TestDeparturesFollowTheRate is A7: what leaves is never more than the link
// can have carried, and in a busy period just that, across changes of the rate
// and outages.
func TestDeparturesFollowTheRate(t *testing.T) {
	for seed := range uint64(60) {
		random := draws(seed)
		p := link.Path{Bottleneck: link.Bottleneck{Kind: link.FIFO, RateKbps: randomRate(random), Queue: unlimited}}
		rate := rateOf(&p.Bottleneck.RateKbps)
		arrivals := randomArrivals(random, 200, 1500)
		since, busy := time.Duration(0), time.Duration(-1) // of the busy period, and its end
		var served int64
		for i, e := range play(t, &p, seed, arrivals) {
			if e.Fate == kept {
				break
			}
			if arrivals[i].at > busy {
				since, served = arrivals[i].at, 0
			}
			busy = e.At
			served += 8 * int64(e.Bytes)
			could := new(big.Int).Sub(rate.Work(e.At), rate.Work(since))
			could.Div(could, big.NewInt(int64(time.Second)))
			if idle := could.Int64() - served; idle < 0 || idle > 8*int64(e.Bytes) {
				t.Fatalf("seed %d: from %d to %d %d bits left and %d could have", seed, since, e.At, served, could)
			}
		}
	}
}

// TestOutage has the link stop for 5 s with a buffer that suffices: nothing is
// lost, nothing leaves meanwhile, and all of it afterwards.
func TestOutage(t *testing.T) {
	for _, kind := range []string{link.FIFO, link.TokenBucket} {
		t.Run(kind, func(t *testing.T) {
			p := link.Path{Bottleneck: link.Bottleneck{
				Kind: kind, RateKbps: schedule.Series{AtMs: []float64{0, 3000, 8000}, Values: []float64{1000, 0, 1000}},
				Queue: link.Queue{LimitBytes: 5*900_000/8 + 2*1125},
			}}
			events := play(t, &p, 1, every(10*ms, 2000, 1125)) // 0.9 Mbps for 20 s
			last := time.Duration(0)
			for i, e := range events {
				switch {
				case e.Fate != link.Arrived:
					t.Fatalf("packet %d: fate %d", i, e.Fate)
				case e.At > 3013*ms && e.At <= 8000*ms: // the bucket may hold a packet's tokens
					t.Fatalf("packet %d leaves at %v", i, e.At)
				case last > 8000*ms && e.At-last > 10*ms:
					t.Fatalf("the link pauses from %v to %v", last, e.At)
				}
				last = e.At
			}
		})
	}
}

// TestLastBitBeforeOutage has a packet end just when the link stops.
func TestLastBitBeforeOutage(t *testing.T) {
	for _, kind := range []string{link.FIFO, link.TokenBucket} {
		p := link.Path{Bottleneck: link.Bottleneck{
			Kind: kind, RateKbps: schedule.Series{AtMs: []float64{0, 12, 2000}, Values: []float64{1000, 0, 1000}}, BurstBytes: 1500, Queue: unlimited,
		}}
		arrivals := every(0, 3, 1500)
		want := []time.Duration{12 * ms, 2012 * ms, 2024 * ms}
		if kind == link.TokenBucket {
			want = []time.Duration{0, 12 * ms, 2012 * ms}
		}
		for i, e := range play(t, &p, 1, arrivals) {
			if e.At != want[i] {
				t.Errorf("%s: packet %d leaves at %v, want %v", kind, i, e.At, want[i])
			}
		}
	}
}

func TestStoppedForEver(t *testing.T) {
	for _, b := range []link.Bottleneck{
		{Kind: link.FIFO, RateKbps: schedule.Constant(0)},
		{Kind: link.FIFO, RateKbps: schedule.Series{AtMs: []float64{0, 1}, Values: []float64{1000, 0}}},
		{Kind: link.TokenBucket, RateKbps: schedule.Constant(0)},
		{Kind: link.FIFO, RateKbps: schedule.Constant(0.0001)}, // rounds to 0 bits/s
		// 1 bit in a thousand seconds, in a month.
		{Kind: link.FIFO, RateKbps: schedule.Series{AtMs: []float64{0, 1}, Values: []float64{0.001, 0}, PeriodMs: schedule.MaxMs}},
		{Kind: link.TokenBucket, RateKbps: schedule.Series{AtMs: []float64{0, 1}, Values: []float64{0.001, 0}, PeriodMs: schedule.MaxMs}},
		{Kind: link.Mahimahi, OpportunitiesMs: []int64{schedule.MaxMs}, OpportunityBytes: 1},
	} {
		t.Run(fmt.Sprint(b.Kind, b.RateKbps), func(t *testing.T) {
			b.Queue.LimitPackets = 10
			p := link.Path{Bottleneck: b}
			bytes := int32(1500)
			if b.Kind == link.Mahimahi {
				bytes = 9000 // whose opportunities are beyond 292 years
			}
			events := play(t, &p, 1, every(10*ms, 20, bytes))
			fates := map[link.Fate]int{}
			for _, e := range events {
				fates[e.Fate]++
			}
			// The bucket is full in the beginning.
			arrived := 0
			if b.Kind == link.TokenBucket {
				arrived = 1
			}
			if fates[link.Arrived] != arrived || fates[kept] != 10 || fates[link.Dropped] != 10-arrived {
				t.Errorf("of 20 packets, by fate: %v", fates)
			}
		})
	}
}

// TestLargeNumbers looks for overflows: the fastest links, the deepest
// buckets, the longest schedules, the slowest rates.
func TestLargeNumbers(t *testing.T) {
	const day = 24 * time.Hour
	train := func(at time.Duration, n int, bytes int32) []arrival {
		arrivals := every(0, n, bytes)
		for i := range arrivals {
			arrivals[i].at = at
		}
		return arrivals
	}
	gigabits := schedule.Constant(1e6)
	most := schedule.Constant(link.MaxKbps)
	late := schedule.Series{AtMs: []float64{0, schedule.MaxMs - 1, schedule.MaxMs}, Values: []float64{link.MaxKbps, 0, 0.001}}
	again := schedule.Series{AtMs: []float64{0, 1}, Values: []float64{link.MaxKbps, 0.001}, PeriodMs: schedule.MaxMs}
	for _, test := range []struct {
		name     string
		rate     schedule.Series
		depth    int // of a bucket; 0 for FIFO
		arrivals []arrival
	}{
		{"1 Gbps", gigabits, 0, train(0, 100, 1242)},
		{"10 Gbps", most, 0, train(7, 100, 9000)},
		{"10 Gbps, bytes", most, 0, train(7, 20, 1)},
		{"10 Gbps after 29 days", most, 0, train(29*day, 100, 1500)},
		{"from 10 Gbps to 1 bit/s after 30 days", late, 0, train(30*day-ms-5000, 10, 1500)},
		{"a month of 1 bit/s", again, 0, append(train(ms-3000, 5, 1500), train(29*day, 5, 1500)...)},
		{"1 bit/s", schedule.Constant(0.001), 0, train(0, 30, 9000)},
		{"a large packet", gigabits, 0, train(5, 2, math.MaxInt32/8)},
		{"deepest bucket", most, 1 << 26, train(0, 30, 1<<24)},
		{"deepest bucket after 29 days", most, 1 << 26, train(29*day, 30, 1<<24)},
		{"deepest bucket at 1 bit/s", schedule.Constant(0.001), 1 << 26, append(train(29*day, 2, 1500), train(30*day, 2, 1<<25)...)},
		{"bucket of a month", again, 1 << 26, append(train(ms-3000, 5, 1500), train(29*day, 30, 1<<22)...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := link.Path{Bottleneck: link.Bottleneck{Kind: link.FIFO, RateKbps: test.rate, Queue: unlimited}}
			want := naive.FIFO(rateOf(&test.rate), naive.Limit{}, naively(test.arrivals))
			if test.depth > 0 {
				p.Bottleneck.Kind, p.Bottleneck.BurstBytes = link.TokenBucket, test.depth
				want = naive.TokenBucket(rateOf(&test.rate), int64(test.depth), naive.Limit{}, naively(test.arrivals))
			}
			compare(t, play(t, &p, 1, test.arrivals), test.arrivals, want)
		})
	}
}

// TestPacketLargerThanBucket waits for as many tokens as it takes.
func TestPacketLargerThanBucket(t *testing.T) {
	p := fifo(8) // 1 byte in a millisecond
	p.Bottleneck.Kind, p.Bottleneck.Queue = link.TokenBucket, unlimited
	events := play(t, &p, 1, every(0, 2, 9000))
	if want := 7400 * ms; events[0].At != want {
		t.Errorf("the first packet leaves at %v, want %v", events[0].At, want)
	}
	if want := 16_400 * ms; events[1].At != want {
		t.Errorf("the second leaves at %v, want %v", events[1].At, want)
	}
	p.Bottleneck.Kind = link.Policer
	for i, e := range play(t, &p, 1, every(time.Hour, 2, 9000)) {
		if e.Fate != link.Dropped {
			t.Errorf("packet %d passes a policer that can never have tokens for it", i)
		}
	}
}

func TestCapacity(t *testing.T) {
	series := schedule.Series{AtMs: []float64{0, 100, 150}, Values: []float64{1000, 0, 4000}, PeriodMs: 200}
	for _, test := range []struct {
		name       string
		bottleneck link.Bottleneck
		from, to   time.Duration
		want       float64
	}{
		{"none", link.Bottleneck{}, 0, 100 * ms, 0},
		{"one step", link.Bottleneck{RateKbps: series}, 0, 100 * ms, 1e6},
		{"two steps", link.Bottleneck{RateKbps: series}, 50 * ms, 150 * ms, 0.5e6},
		{"a period", link.Bottleneck{RateKbps: series}, 0, 200 * ms, 1.5e6},
		{"later", link.Bottleneck{Kind: link.Policer, RateKbps: series}, 1000*ms + 150*ms, 1000*ms + 200*ms, 4e6},
		{"no time", link.Bottleneck{RateKbps: series}, 5, 5, 0},
		{"an hour", link.Bottleneck{RateKbps: series}, 0, time.Hour, 1.5e6},
		{"opportunities", link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{0, 5, 5, 10}, OpportunityBytes: 1000}, 0, 10 * ms, 4 * 8000 * 100},
		{"again", link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{0, 5, 5, 10}, OpportunityBytes: 1000}, 10 * ms, 20 * ms, 4 * 8000 * 100},
		{"over the edge", link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{0, 5, 5, 10}, OpportunityBytes: 1000}, 9 * ms, 10 * ms, 2 * 8000 * 1000},
		{"in between", link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{0, 5, 5, 10}}, 6 * ms, 9 * ms, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var l link.Link
			l.Start(&link.Path{Bottleneck: test.bottleneck}, time.Minute, 1)
			if got := l.CapacityBps(test.from, test.to); math.Abs(got-test.want) > 1e-6*test.want {
				t.Errorf("CapacityBps(%v, %v) = %v, want %v", test.from, test.to, got, test.want)
			}
			if got, want := l.Bottleneck(), test.name != "none"; got != want {
				t.Errorf("Bottleneck() = %v", got)
			}
		})
	}
}

// TestCapacityIsWhatIsServed compares the capacity of spans of time with what a
// link that always has work lets pass in them.
func TestCapacityIsWhatIsServed(t *testing.T) {
	for seed := range uint64(30) {
		random := draws(seed)
		p := link.Path{Bottleneck: link.Bottleneck{Kind: link.FIFO, RateKbps: randomRate(random), Queue: unlimited}}
		if seed%2 == 1 {
			p.Bottleneck = link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{1, 1, int64(3 + random.IntN(9))}, OpportunityBytes: 400, Queue: unlimited}
		}
		const bytes, span = 100, 100 * ms
		events := play(t, &p, seed, every(0, 5000, bytes))
		var l link.Link
		l.Start(&p, time.Minute, seed)
		next := 0
		for at := time.Duration(0); at < 2000*ms && events[len(events)-1].At > at+span; at += span {
			served := 0
			for ; events[next].At <= at+span; next++ {
				served++
			}
			capacity := l.CapacityBps(at, at+span) * span.Seconds() / (8 * bytes)
			if math.Abs(capacity-float64(served)) > 1 {
				t.Fatalf("seed %d: after %v the capacity is %v packets, and %d left", seed, at, capacity, served)
			}
		}
	}
}
