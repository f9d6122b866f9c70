package link_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
)

// lost plays n packets, one each millisecond, and says which are lost.
func lost(p *link.Path, seed uint64, n int) []bool {
	var l link.Link
	l.Start(p, time.Hour, seed)
	all := make([]bool, n)
	var e link.Event
	for i := range n {
		now := time.Duration(i) * ms
		l.Send(now, link.Packet{Bytes: 1000, Tag: int64(i)})
		for l.Poll(now, &e) {
			all[e.Tag] = e.Fate == link.Lost
		}
	}
	return all
}

// TestLoss is A8: the share that is lost, and how many at a time.
func TestLoss(t *testing.T) {
	for _, test := range []struct {
		share, burst float64
		n            int
	}{
		{0.01, 0, 2_000_000},
		{0.2, 0, 1_000_000},
		{0.2, 1, 1_000_000},
		{0.5, 0, 1_000_000},
		{0.01, 2, 4_000_000},
		{0.05, 4, 2_000_000},
		{0.05, 8, 4_000_000},
		{0.2, 8, 1_000_000},
		{0.2, 20, 2_000_000},
		{0.66, 2, 1_000_000},
	} {
		t.Run(fmt.Sprintf("%v of bursts of %v", test.share, test.burst), func(t *testing.T) {
			p := link.Path{Loss: link.Loss{Share: schedule.Constant(test.share), BurstPackets: test.burst}}
			var count, bursts float64
			lengths := map[int]float64{}
			run := 0
			for _, l := range lost(&p, 1, test.n) {
				switch {
				case l:
					count++
					run++
				case run > 0:
					bursts++
					lengths[run]++
					run = 0
				}
			}
			burst := test.burst
			if burst <= 1 {
				burst = 1 / (1 - test.share) // of independent losses
			}
			near(t, "share", count/float64(test.n), test.share, 0.03)
			near(t, "mean burst", count/bursts, burst, 0.03)
			// Lengths are geometric.
			for length := 1; length <= 4; length++ {
				got, want := lengths[length]/bursts, math.Pow(1-1/burst, float64(length-1))/burst
				if math.Abs(got-want) > 0.01 {
					t.Errorf("%.4f of the bursts have length %d, want %.4f", got, length, want)
				}
			}
		})
	}
}

// TestLossOverTime has losses of none, then all, then half, then none.
func TestLossOverTime(t *testing.T) {
	for _, burst := range []float64{0, 3} {
		p := link.Path{Loss: link.Loss{Share: schedule.Series{AtMs: []float64{0, 1000, 2000, 4000}, Values: []float64{0, 1, 0.5, 0}}, BurstPackets: burst}}
		counts := [5]int{}
		for i, l := range lost(&p, 1, 5000) {
			if l {
				counts[i/1000]++
			}
		}
		if half := counts[2] + counts[3]; counts[0] != 0 || counts[1] != 1000 || counts[4] != 0 || half < 900 || half > 1100 {
			t.Errorf("bursts of %v: lost by second: %v", burst, counts)
		}
	}
}

// TestLossIsBehindTheQueue: what is lost has used the link, and what the queue
// drops is not lost as well.
func TestLossIsBehindTheQueue(t *testing.T) {
	p := fifo(1000)
	p.Bottleneck.Queue.LimitPackets = 5
	p.Loss.Share = schedule.Constant(1)
	p.DelayMs = schedule.Constant(50)
	for i, e := range play(t, &p, 1, burst(0, 10, 1250)) {
		switch {
		case i < 5 && (e.Fate != link.Lost || e.At != time.Duration(i+1)*10*ms):
			t.Errorf("packet %d: fate %d at %v", i, e.Fate, e.At)
		case i >= 5 && (e.Fate != link.Dropped || e.At != 0):
			t.Errorf("packet %d: fate %d at %v", i, e.Fate, e.At)
		}
	}
}

// TestStreamsDoNotShift: which packets are lost, and which jitter they have,
// depends on nothing else of the path.
func TestStreamsDoNotShift(t *testing.T) {
	loss := link.Loss{Share: schedule.Constant(0.3), BurstPackets: 2}
	jitter := link.Jitter{DeviationMs: 5}
	plain := link.Path{Loss: loss}
	other := link.Path{Loss: loss, Jitter: jitter, ReorderShare: 0.4, DelayMs: schedule.Constant(30), Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(1e6)}}
	first, second := play(t, &plain, 7, every(time.Second, 500, 1000)), play(t, &other, 7, every(time.Second, 500, 1000))
	for i := range first {
		if (first[i].Fate == link.Lost) != (second[i].Fate == link.Lost) {
			t.Fatalf("packet %d is lost on one of the paths only", i)
		}
	}
	// A share that changes later changes nothing now.
	later := link.Path{Loss: link.Loss{Share: schedule.Series{AtMs: []float64{0, 250_000}, Values: []float64{0.3, 0.01}}, BurstPackets: 2}}
	third := play(t, &later, 7, every(time.Second, 500, 1000))
	for i := range 250 {
		if (first[i].Fate == link.Lost) != (third[i].Fate == link.Lost) {
			t.Fatalf("packet %d is lost in one of the futures only", i)
		}
	}
	one, two := link.Path{Jitter: jitter}, other
	two.Loss, two.ReorderShare = link.Loss{}, 0
	first, second = play(t, &one, 7, every(time.Second, 500, 1000)), play(t, &two, 7, every(time.Second, 500, 1000))
	for i := range first {
		if d := second[i].At - first[i].At - 30*ms - 8*time.Microsecond; math.Abs(float64(d)) > 1 {
			t.Fatalf("packet %d: the jitter differs by %d ns", i, d)
		}
	}
}
