package control_test

import (
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// span sums up what a controller did in a span of a session.
type span struct {
	until time.Duration
	// utilization is the share of the capacity that arrived, target the mean.
	utilization, target float64
	// p95 is that of the mean time in queue and service in 100 ms.
	p95     time.Duration
	dropped float64 // share of the packets
}

// path is 50 ms each way, with a queue of 300 ms.
func path(rate schedule.Series) *ccemu.Session {
	return &ccemu.Session{
		DurationMs: 90_000,
		Forward: link.Path{
			Bottleneck: link.Bottleneck{RateKbps: rate, Queue: link.Queue{LimitMs: 300}},
			DelayMs:    schedule.Constant(50),
		},
		Reverse: link.Path{DelayMs: schedule.Constant(50)},
		Flows:   []media.Flow{{}},
	}
}

// emulate plays a session in spans, with decisions every 100 ms.
func emulate(t *testing.T, c Controller, s *ccemu.Session, ends ...time.Duration) []span {
	t.Helper()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	const tick = 100 * time.Millisecond
	var (
		e     ccemu.Emulator
		state feedback.Sender
		last  ccemu.Traffic
		spans = make([]span, len(ends))
	)
	c.Reset()
	e.Start(s, 1)
	e.Listen(0, c)
	for i := range spans {
		begun := last
		var capacity, targets, ticks float64
		var waits []time.Duration
		for e.Now() < ends[i] {
			e.State(0, &state)
			d := c.Decide(&state)
			e.Apply(0, d)
			capacity += e.Truth(0, tick).CapacityBps * tick.Seconds()
			targets += d.TargetBps
			ticks++
			e.Advance(e.Now() + tick)
			traffic := e.Traffic(0)
			if n := traffic.Arrived.Packets - last.Arrived.Packets; n > 0 {
				waits = append(waits, (traffic.Waited-last.Waited)/time.Duration(n))
			}
			last = traffic
		}
		slices.Sort(waits)
		spans[i] = span{
			until:       ends[i],
			utilization: float64(8*(last.Arrived.Bytes-begun.Arrived.Bytes)) / capacity,
			target:      targets / ticks,
			p95:         waits[len(waits)*95/100],
			dropped:     float64(last.Dropped.Packets-begun.Dropped.Packets) / float64(last.Sent.Packets-begun.Sent.Packets),
		}
	}
	return spans
}

// TestEmulated runs every controller on 1 Mbps, and on 2 Mbps that fall to
// 600 kbps: none starves, none runs away, and those that mind delay keep it
// short. Run it with -v for the table.
func TestEmulated(t *testing.T) {
	// What each must reach from 20 s on, and, at 600 kbps, from 20 s after the
	// fall on.
	type bounds struct {
		utilization float64
		p95         time.Duration
		dropped     float64
	}
	want := map[string]bounds{
		"gcc":       {0.55, 150 * time.Millisecond, 0.01},
		"gcc-prod":  {0.8, 200 * time.Millisecond, 0.01},
		"gcc-draft": {0.8, 640 * time.Millisecond, 0.1},
		"nada":      {0.85, 300 * time.Millisecond, 0.01},
		"scream":    {0.9, 600 * time.Millisecond, 0.03},
		"bbr":       {0.9, 300 * time.Millisecond, 0.01},
		"copa":      {0.85, 250 * time.Millisecond, 0.01},
		"vivace":    {0.7, 640 * time.Millisecond, 0.15},
		"loss-aimd": {0.95, 640 * time.Millisecond, 0.04},
	}
	steady := schedule.Constant(1000)
	falling := schedule.Series{AtMs: []float64{0, 40_000}, Values: []float64{2000, 600}}
	all(t, func(name string, again func() Controller) {
		a := emulate(t, again(), path(steady), 20*time.Second, 90*time.Second)[1]
		b := emulate(t, again(), path(falling), 20*time.Second, 40*time.Second, 60*time.Second, 90*time.Second)
		t.Logf("%-12s 1 Mbps: %3.0f %%, p95 %3d ms, %4.1f %% dropped · 2 Mbps: %3.0f %%, p95 %3d ms, %4.1f %% · then 600 kbps, 20 s: %3.0f %%, p95 %3d ms, %4.1f %% · and 30 s: %3.0f %%, p95 %3d ms, %4.1f %%",
			name, 100*a.utilization, a.p95.Milliseconds(), 100*a.dropped, 100*b[1].utilization, b[1].p95.Milliseconds(), 100*b[1].dropped,
			100*b[2].utilization, b[2].p95.Milliseconds(), 100*b[2].dropped, 100*b[3].utilization, b[3].p95.Milliseconds(), 100*b[3].dropped)
		w, ok := want[name]
		if !ok {
			return
		}
		for _, s := range []span{a, b[3]} {
			if s.utilization < w.utilization || s.p95 > w.p95 || s.dropped > w.dropped {
				t.Errorf("%s until %v: utilization %.2f, p95 %v, dropped %.3f; want %+v", name, s.until, s.utilization, s.p95, s.dropped, w)
			}
		}
	})
}

// TestEmulatedLimited: an application that sends a quarter of what there is
// makes no estimate run away, nor collapse.
func TestEmulatedLimited(t *testing.T) {
	all(t, func(name string, again func() Controller) {
		switch name {
		case "constant", "last-rate": // the first does not estimate, the second knows no more than what was sent
			return
		}
		s := path(schedule.Constant(4000))
		s.Flows[0].RequestKbps = schedule.Constant(1000)
		got := emulate(t, again(), s, 20*time.Second, 60*time.Second)[1]
		if got.target < 950e3 || got.target > 4.1e6 {
			t.Errorf("%s: mean target %.0f bps for a request of 1 Mbps on 4 Mbps", name, got.target)
		}
		if got.p95 > 60*time.Millisecond || got.dropped > 0 {
			t.Errorf("%s: p95 %v, %.3f dropped on an empty path", name, got.p95, got.dropped)
		}
	})
}
