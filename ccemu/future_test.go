package ccemu_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
)

// TestFutureDoesNotLeak is L3: whatever comes after 4 s, what senders have
// seen and sent until then is the same, and so are their features.
func TestFutureDoesNotLeak(t *testing.T) {
	const now = 4 * time.Second
	past := schedule.Series{AtMs: []float64{0, 1000, 2600, 4000}, Values: []float64{2000, 700, 1500, 1500}}
	then := func(s schedule.Series, values ...float64) schedule.Series {
		s = schedule.Series{AtMs: slices.Clone(s.AtMs), Values: slices.Clone(s.Values)}
		for i, v := range values {
			s.AtMs, s.Values = append(s.AtMs, 4001+1000*float64(i)), append(s.Values, v)
		}
		return s
	}
	cross := schedule.Series{AtMs: []float64{0, 500, 3000}, Values: []float64{0, 400, 100}}
	share := schedule.Series{AtMs: []float64{0, 2000}, Values: []float64{0.01, 0.1}}
	base := ccemu.Session{
		Forward: link.Path{
			Bottleneck: link.Bottleneck{RateKbps: then(past, 2000, 500), Queue: link.Queue{LimitBytes: 40_000}},
			Loss:       link.Loss{Share: then(share, 0.05), BurstPackets: 3},
			DelayMs:    schedule.Constant(20), Jitter: link.Jitter{DeviationMs: 2}, ReorderShare: 0.02,
		},
		Reverse: link.Path{Bottleneck: link.Bottleneck{RateKbps: then(past, 1000)}, DelayMs: schedule.Constant(15)},
		Cross: []ccemu.Cross{
			{Kind: ccemu.Unresponsive, RateKbps: then(cross, 700)},
			{Kind: ccemu.TCPCubic, StartMs: 1500, MeanBytes: 20_000},
		},
	}
	futures := map[string]func(s *ccemu.Session){
		"capacity":    func(s *ccemu.Session) { s.Forward.Bottleneck.RateKbps = then(past, 0, 8000, 100) },
		"no capacity": func(s *ccemu.Session) { s.Forward.Bottleneck.RateKbps = then(past, 0) },
		"no change":   func(s *ccemu.Session) { s.Forward.Bottleneck.RateKbps = past },
		"reverse":     func(s *ccemu.Session) { s.Reverse.Bottleneck.RateKbps = then(past, 10, 2000) },
		"no loss":     func(s *ccemu.Session) { s.Forward.Loss.Share = then(share, 0) },
		"loss of all": func(s *ccemu.Session) { s.Forward.Loss.Share = then(share, 1) },
		"delay": func(s *ccemu.Session) {
			s.Forward.DelayMs = schedule.Series{AtMs: []float64{0, 4001}, Values: []float64{20, 300}}
		},
		"cross traffic": func(s *ccemu.Session) { s.Cross[0].RateKbps = then(cross, 0, 3000) },
		"more cross":    func(s *ccemu.Session) { s.Cross = append(s.Cross, ccemu.Cross{Kind: ccemu.TCPBBR, StartMs: 4001}) },
		"longer":        func(s *ccemu.Session) { s.DurationMs = 100_000 },
		"shorter":       func(s *ccemu.Session) { s.DurationMs = 4001 },
		"another request": func(s *ccemu.Session) {
			s.Flows[0].RequestKbps = then(schedule.Series{AtMs: []float64{0}, Values: []float64{4000}}, 100)
		},
	}
	play := func(s ccemu.Session) []byte {
		var e ccemu.Emulator
		return run(t, &e, &s, 9, now, nil)[0].log
	}
	base.Flows = base.WithDefaults().Flows
	want := play(base)
	for name, change := range futures {
		t.Run(name, func(t *testing.T) {
			s := base
			s.Flows, s.Cross = slices.Clone(s.Flows), slices.Clone(s.Cross)
			change(&s)
			if got := play(s); !bytes.Equal(got, want) {
				t.Errorf("the log of %d bytes is another, of %d bytes", len(want), len(got))
			}
		})
	}
	// Changes of now are seen.
	s := base
	s.Forward.Bottleneck.RateKbps = schedule.Series{AtMs: []float64{0, 1000, 2600}, Values: []float64{2000, 700, 900}}
	if bytes.Equal(play(s), want) {
		t.Error("the log does not depend on the capacity")
	}
}

// TestFutureDoesNotLeakThroughTheQueue has a limit in time, which is of the
// mean rate of the whole session: another order of the future is not seen.
func TestFutureDoesNotLeakThroughTheQueue(t *testing.T) {
	var logs [2][]byte
	for i, future := range [][]float64{{1000, 3000, 500, 2500}, {2500, 500, 1000, 3000}} {
		rate := schedule.Series{}
		for k, v := range append([]float64{2000, 600, 1500, 900}, future...) {
			rate.AtMs, rate.Values = append(rate.AtMs, float64(k)*1000), append(rate.Values, v)
		}
		s := ccemu.Session{
			DurationMs: 8000,
			Forward:    link.Path{Bottleneck: link.Bottleneck{RateKbps: rate, Queue: link.Queue{LimitMs: 40}}},
			Cross:      []ccemu.Cross{{Kind: ccemu.Unresponsive, RateKbps: schedule.Constant(800)}},
		}
		var e ccemu.Emulator
		logs[i] = run(t, &e, &s, 2, 3900*ms, nil)[0].log
		if e.Forward().Dropped.Packets == 0 {
			t.Error("nothing was dropped")
		}
	}
	if !bytes.Equal(logs[0], logs[1]) {
		t.Error("the log depends on the order of the future")
	}
}
