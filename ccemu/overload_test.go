package ccemu_test

import (
	"fmt"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// TestOverload is A12: whoever sends more than the capacity sees it. In every
// second packets wait longer than in the one before, or more is dropped; and no
// more arrives than the link can carry.
func TestOverload(t *testing.T) {
	const kbps = 1200
	rate := schedule.Constant(kbps)
	// What may leave on top of the rate in a span: the rest of a packet, the
	// bucket, an opportunity.
	for _, test := range []struct {
		name       string
		bottleneck link.Bottleneck
		slack      int64
	}{
		{"fifo", link.Bottleneck{RateKbps: rate}, 1242},
		{"short queue", link.Bottleneck{RateKbps: rate, Queue: link.Queue{LimitMs: 30}}, 1242},
		{"endless queue", link.Bottleneck{RateKbps: rate, Queue: link.Queue{LimitPackets: 1 << 20}}, 1242},
		{"codel", link.Bottleneck{RateKbps: rate, Queue: link.Queue{Discipline: link.CoDel}}, 1242},
		{"tbf", link.Bottleneck{Kind: link.TokenBucket, RateKbps: rate, BurstBytes: 5000}, 5000},
		{"policer", link.Bottleneck{Kind: link.Policer, RateKbps: rate, BurstBytes: 15_000}, 15_000},
		{"mahimahi", link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{10}, OpportunityBytes: 1500}, 1500 + 1242},
	} {
		for _, load := range []float64{1.2, 2, 3} {
			t.Run(fmt.Sprint(test.name, " ", load), func(t *testing.T) {
				s := ccemu.Session{
					Forward: link.Path{Bottleneck: test.bottleneck, DelayMs: schedule.Constant(20)},
					Reverse: link.Path{DelayMs: schedule.Constant(20)},
					Flows:   []media.Flow{steady},
				}
				var e ccemu.Emulator
				if err := s.Validate(); err != nil {
					t.Fatal(err)
				}
				e.Start(&s, 1)
				e.SetTarget(0, 1000*kbps*load)
				var last ccemu.Traffic
				wait := time.Duration(0)
				for second := range 20 {
					e.Advance(time.Duration(second+1) * time.Second)
					now := e.Traffic(0)
					bytes, packets := now.Arrived.Bytes-last.Arrived.Bytes, now.Arrived.Packets-last.Arrived.Packets
					if bytes > kbps*125+test.slack {
						t.Errorf("in second %d %d bytes arrive", second, bytes)
					}
					if bytes < kbps*125*9/10 && second > 0 {
						t.Errorf("in second %d only %d bytes arrive", second, bytes)
					}
					waited := (now.Waited - last.Waited) / time.Duration(packets)
					if dropped := now.Dropped.Packets - last.Dropped.Packets; waited < wait+10*ms && dropped == 0 {
						t.Errorf("in second %d packets wait %v, after %v before, and none is dropped", second, waited, wait)
					}
					last, wait = now, waited
				}
				if total := last.Arrived.Bytes; total > 20*kbps*125+test.slack {
					t.Errorf("%d bytes arrive in all", total)
				}
				sent := float64(last.Sent.Bytes) * 8 / 20e3 / kbps
				if sent < 0.97*load || sent > 1.03*load {
					t.Errorf("the load is %.3f, want %v", sent, load)
				}
			})
		}
	}
}

// TestUnderload: whoever sends less sees nothing of it.
func TestUnderload(t *testing.T) {
	s := ccemu.Session{Forward: fifo(1200, 20), Flows: []media.Flow{steady}}
	var e ccemu.Emulator
	e.Start(&s, 1)
	e.SetTarget(0, 900_000)
	e.Advance(20 * time.Second)
	c := e.Traffic(0)
	if c.Dropped.Packets+c.Lost.Packets > 0 || c.Waited > time.Duration(c.Arrived.Packets)*25*ms {
		t.Errorf("%+v", c)
	}
	if got := float64(c.Arrived.Bytes) * 8 / 20; got < 0.98*900_000 || got > 1.02*900_000 {
		t.Errorf("%.0f bits/s arrive of 900,000", got)
	}
}
