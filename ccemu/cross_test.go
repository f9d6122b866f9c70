package ccemu_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// utilization plays TCP alone on a link and returns the share of its capacity
// that is used after the first two seconds.
func utilization(t *testing.T, s *ccemu.Session, seed uint64) float64 {
	t.Helper()
	s.Flows = []media.Flow{silent}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	var e ccemu.Emulator
	e.Start(s, seed)
	const from, to = 2 * time.Second, 22 * time.Second
	e.Advance(from)
	before := e.Forward()
	capacity := e.Truth(0, to-from).CapacityBps * (to - from).Seconds()
	e.Advance(to)
	after := e.Forward()
	conserve(t, &e, s, nil)
	return float64(8*(after.Arrived.Bytes+after.Lost.Bytes-before.Arrived.Bytes-before.Lost.Bytes)) / capacity
}

// TestTCPFillsTheLink has each algorithm alone on links of all kinds.
func TestTCPFillsTheLink(t *testing.T) {
	const kbps = 8000
	for _, test := range []struct {
		name  string
		path  link.Path
		cubic [2]float64 // the least and the most that it may use
		bbr   [2]float64
	}{
		{"queue of a round trip", fifo(kbps, 20), [2]float64{0.97, 1.001}, [2]float64{0.9, 1.001}},
		{"short queue", link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(kbps), Queue: link.Queue{LimitMs: 20}}, DelayMs: schedule.Constant(20)}, [2]float64{0.8, 1.001}, [2]float64{0.85, 1.001}},
		{"no delay", fifo(kbps, 0), [2]float64{0.97, 1.001}, [2]float64{0.9, 1.001}},
		{"token bucket", link.Path{Bottleneck: link.Bottleneck{Kind: link.TokenBucket, RateKbps: schedule.Constant(kbps)}, DelayMs: schedule.Constant(20)}, [2]float64{0.97, 1.001}, [2]float64{0.9, 1.001}},
		{"codel", link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(kbps), Queue: link.Queue{Discipline: link.CoDel}}, DelayMs: schedule.Constant(20)}, [2]float64{0.8, 1.001}, [2]float64{0.85, 1.001}},
		{"mahimahi", link.Path{Bottleneck: link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{1, 2, 3}}, DelayMs: schedule.Constant(20)}, [2]float64{0.95, 1.001}, [2]float64{0.85, 1.001}},
		// CUBIC answers every loss: Mathis' formula allows 20 % of the rate.
		{"5 % loss", link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(kbps)}, DelayMs: schedule.Constant(20), Loss: link.Loss{Share: schedule.Constant(0.05)}}, [2]float64{0.05, 0.35}, [2]float64{0.8, 1.001}},
	} {
		for kind, bounds := range map[string][2]float64{ccemu.TCPCubic: test.cubic, ccemu.TCPBBR: test.bbr} {
			t.Run(test.name+", "+kind, func(t *testing.T) {
				s := ccemu.Session{Forward: test.path, Cross: []ccemu.Cross{{Kind: kind}}}
				got := utilization(t, &s, 1)
				if got < bounds[0] || got > bounds[1] {
					t.Errorf("utilization %.3f, want %v", got, bounds)
				}
			})
		}
	}
}

// TestTCPBesideOthers: each flow gets its own acks.
func TestTCPBesideOthers(t *testing.T) {
	constant := ccemu.Cross{Kind: ccemu.Unresponsive, RateKbps: schedule.Constant(500)}
	s := ccemu.Session{Forward: fifo(5000, 20), Cross: []ccemu.Cross{constant, {Kind: ccemu.TCPCubic}, constant}}
	if got := utilization(t, &s, 1); got < 0.97 {
		t.Errorf("utilization %.3f", got)
	}
}

// TestRoundTripOfTCP: the second window leaves when the first ack is back,
// after a segment's time on the link and the propagation of both ways, which is
// the flow's own. Its packets are never under way on the path's.
func TestRoundTripOfTCP(t *testing.T) {
	for _, test := range []struct {
		delayMs float64
		back    time.Duration
	}{{0, 101_200 * time.Microsecond}, {30, 61_200 * time.Microsecond}} {
		s := ccemu.Session{Forward: fifo(10_000, 50), Cross: []ccemu.Cross{{Kind: ccemu.TCPCubic, DelayMs: test.delayMs}}, Flows: []media.Flow{silent}}
		var e ccemu.Emulator
		e.Start(&s, 1)
		e.Advance(0)
		first := e.Forward().Offered.Packets
		e.Advance(test.back - 1)
		if c := e.Forward(); c.Offered.Packets != first || c.Arrived.Packets != first || first == 0 {
			t.Errorf("before the first ack: %+v", c)
		}
		e.Advance(test.back)
		if c := e.Forward(); c.Offered.Packets <= first {
			t.Errorf("with the first ack: %+v", c)
		}
	}
}

// TestTransfers has short transfers whose volume is the mean size over the mean
// gap.
func TestTransfers(t *testing.T) {
	s := ccemu.Session{Forward: fifo(20_000, 10), Cross: []ccemu.Cross{{Kind: ccemu.TCPCubic, MeanBytes: 50_000, MeanGapMs: 500}}, Flows: []media.Flow{silent}}
	var e ccemu.Emulator
	e.Start(&s, 4)
	e.Advance(1000 * time.Second)
	if got, want := float64(e.Forward().Arrived.Bytes), 100_000*1000.; math.Abs(got/want-1) > 0.06 {
		t.Errorf("%.0f bytes arrive in 1000 s, want about %.0f", got, want)
	}
}

// TestTCPStops: from its end on nothing is sent, also if acks come later.
func TestTCPStops(t *testing.T) {
	for _, kind := range []string{ccemu.TCPCubic, ccemu.TCPBBR} {
		s := ccemu.Session{Forward: fifo(2000, 50), Cross: []ccemu.Cross{{Kind: kind, StopMs: 3000}}, Flows: []media.Flow{silent}}
		var e ccemu.Emulator
		e.Start(&s, 1)
		e.Advance(3*time.Second - 1)
		offered := e.Forward().Offered
		if truth := e.Truth(0, tick); truth.ResponsiveBps < 1.5e6 || truth.AvailableBps != 1e6 {
			t.Errorf("%s: before its end: %+v", kind, truth)
		}
		e.Advance(3200 * ms)
		if truth := e.Truth(0, tick); truth.ResponsiveBps != 0 {
			t.Errorf("%s: just after its end: %+v", kind, truth)
		}
		e.Advance(10 * time.Second)
		if got := e.Forward(); got.Offered != offered || got.Queued.Packets+got.InFlight.Packets > 0 {
			t.Errorf("%s: %+v were offered until its end, and %+v in all", kind, offered, got)
		}
		if truth := e.Truth(0, tick); truth.ResponsiveBps != 0 || truth.AvailableBps != 2e6 {
			t.Errorf("%s: after its end: %+v", kind, truth)
		}
	}
}

// TestUnresponsive sends packets at the rate that it is given, from start to
// stop, the first after the time of one.
func TestUnresponsive(t *testing.T) {
	s := ccemu.Session{
		Forward: fifo(10_000, 10), Flows: []media.Flow{silent},
		Cross: []ccemu.Cross{{
			Kind: ccemu.Unresponsive, StartMs: 500, StopMs: 4000, PacketBytes: 1000,
			RateKbps: schedule.Series{AtMs: []float64{0, 1000, 2000, 3000}, Values: []float64{800, 0, 1600, 0.000_1}},
		}},
	}
	var e ccemu.Emulator
	e.Start(&s, 1)
	// One packet each 10 ms from 510 ms on, then none, then one each 5 ms.
	for _, test := range []struct{ ms, packets int64 }{{509, 0}, {510, 1}, {519, 1}, {520, 2}, {1000, 50}, {2000, 50}, {2005, 51}, {2999, 249}, {3000, 250}, {10_000, 250}} {
		e.Advance(time.Duration(test.ms) * ms)
		if got := e.Forward().Offered.Packets; got != test.packets {
			t.Errorf("%d packets until %d ms, want %d", got, test.ms, test.packets)
		}
	}
}

// TestSizes of the packets of cross traffic.
func TestSizes(t *testing.T) {
	for _, test := range []struct {
		cross ccemu.Cross
		want  int64
	}{
		{ccemu.Cross{Kind: ccemu.Unresponsive, RateKbps: schedule.Constant(500)}, 1200},
		{ccemu.Cross{Kind: ccemu.Unresponsive, RateKbps: schedule.Constant(500), PacketBytes: 64}, 64},
		{ccemu.Cross{Kind: ccemu.TCPCubic}, 1500},
		{ccemu.Cross{Kind: ccemu.TCPBBR, PacketBytes: 600}, 600},
	} {
		s := ccemu.Session{Forward: fifo(1000, 0), Cross: []ccemu.Cross{test.cross}, Flows: []media.Flow{silent}}
		var e ccemu.Emulator
		e.Start(&s, 1)
		e.Advance(time.Second)
		if c := e.Forward().Offered; c.Packets == 0 || c.Bytes != test.want*c.Packets {
			t.Errorf("%+v: %+v", test.cross, c)
		}
	}
}

// TestTruth looks ahead from some moments of a session.
func TestTruth(t *testing.T) {
	rate := schedule.Series{AtMs: []float64{0, 1000, 1050}, Values: []float64{2000, 0, 4000}}
	cross := ccemu.Cross{Kind: ccemu.Unresponsive, StartMs: 950, StopMs: 1150, RateKbps: schedule.Series{AtMs: []float64{0, 1025}, Values: []float64{400, 800}}}
	for _, test := range []struct {
		at                     time.Duration
		capacity, unresponsive float64
	}{
		{0, 2e6, 0},
		{800 * ms, 2e6, 0},
		{900 * ms, 2e6, 0.2e6},
		{1000 * ms, 2e6, 0.7e6},
		{1100 * ms, 4e6, 0.4e6},
		{1200 * ms, 4e6, 0},
	} {
		t.Run(fmt.Sprint(test.at), func(t *testing.T) {
			s := ccemu.Session{Forward: link.Path{Bottleneck: link.Bottleneck{RateKbps: rate}}, Cross: []ccemu.Cross{cross}}
			var e ccemu.Emulator
			e.Start(&s, 1)
			e.Advance(test.at)
			got := e.Truth(0, 100*ms)
			available := test.capacity - test.unresponsive
			if math.Abs(got.CapacityBps-test.capacity) > 1e-3 || math.Abs(got.UnresponsiveBps-test.unresponsive) > 1e-3 || math.Abs(got.AvailableBps-available) > 1e-3 || got.ResponsiveBps != 0 {
				t.Errorf("%+v, want %v, %v and %v", got, test.capacity, test.unresponsive, available)
			}
		})
	}
}

// TestTruthOfSharedLinks: with others that listen there is an equal part, or
// what they leave.
func TestTruthOfSharedLinks(t *testing.T) {
	s := ccemu.Session{Forward: fifo(6000, 20), Cross: []ccemu.Cross{{Kind: ccemu.TCPCubic}, {Kind: ccemu.TCPCubic}}, Flows: []media.Flow{silent, silent}}
	var e ccemu.Emulator
	e.Start(&s, 1)
	e.Advance(5 * time.Second)
	got := e.Truth(0, 100*ms)
	if math.Abs(got.ResponsiveBps-6e6) > 0.1e6 || got.AvailableBps != 2e6 {
		t.Errorf("beside two flows of TCP: %+v", got)
	}

	small := media.Flow{RequestKbps: schedule.Constant(500), StartKbps: 500}
	s = ccemu.Session{Forward: fifo(6000, 20), Flows: []media.Flow{small, silent}}
	e.Start(&s, 1)
	e.Advance(5 * time.Second)
	if got := e.Truth(1, 100*ms); math.Abs(got.ResponsiveBps-0.5e6) > 0.1e6 || got.AvailableBps != 6e6-got.ResponsiveBps {
		t.Errorf("beside a small flow: %+v", got)
	}
	if got := e.Truth(0, 100*ms); got.ResponsiveBps != 0 || got.AvailableBps != 6e6 {
		t.Errorf("beside a flow that has sent nothing: %+v", got)
	}
	s = ccemu.Session{}
	e.Start(&s, 1)
	if got := e.Truth(0, 100*ms); got.CapacityBps != 1000*link.MaxKbps || got.AvailableBps != got.CapacityBps {
		t.Errorf("without a bottleneck: %+v", got)
	}
}
