package ccemu_test

import (
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// TestNothingIsAllocated while a session plays, once buffers have grown: what
// is left is that they reach a new height now and then.
func TestNothingIsAllocated(t *testing.T) {
	for name, session := range varied() {
		var e ccemu.Emulator
		now := time.Duration(0)
		advance := func(length time.Duration) {
			for end := now + length; now < end; now += tick {
				e.Advance(now)
				e.SetTarget(0, 2e6)
				e.Probe(0, 4e6)
				e.Truth(0, tick)
			}
		}
		e.Start(&session, 1)
		advance(100 * time.Second)
		before := e.Forward().Offered.Packets
		allocations := testing.AllocsPerRun(5, func() { advance(4 * time.Second) })
		packets := float64(e.Forward().Offered.Packets-before) / 6
		if allocations > 0.005*packets {
			t.Errorf("%s: %v allocations for %v packets", name, allocations, packets)
		}
	}
}

// twoMbps is a session of 2 Mbps without a controller.
var twoMbps = ccemu.Session{
	DurationMs: schedule.MaxMs,
	Forward:    link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(2500)}, DelayMs: schedule.Constant(25), Loss: link.Loss{Share: schedule.Constant(0.01)}},
	Reverse:    link.Path{DelayMs: schedule.Constant(25)},
	Flows:      []media.Flow{{StartKbps: 2000}},
}

// BenchmarkSession plays a second of 2 Mbps with each iteration.
func BenchmarkSession(b *testing.B) {
	session := twoMbps
	benchmark(b, &session)
}

// BenchmarkSessionWithTCP shares the link with CUBIC.
func BenchmarkSessionWithTCP(b *testing.B) {
	session := twoMbps
	session.Forward.Bottleneck.RateKbps = schedule.Constant(4000)
	session.Cross = []ccemu.Cross{{Kind: ccemu.TCPCubic}}
	benchmark(b, &session)
}

func benchmark(b *testing.B, session *ccemu.Session) {
	var e ccemu.Emulator
	e.Start(session, 1)
	now := 20 * time.Second
	e.Advance(now)
	before := e.Forward().Offered.Packets
	b.ReportAllocs()
	for b.Loop() {
		now += time.Second
		e.Advance(now)
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N)/seconds, "simulated-s/s")
	b.ReportMetric(float64(e.Forward().Offered.Packets-before)/seconds, "packets/s")
}

// BenchmarkStart begins one session after the other.
func BenchmarkStart(b *testing.B) {
	var e ccemu.Emulator
	b.ReportAllocs()
	for b.Loop() {
		e.Start(&twoMbps, 1)
	}
}
