package control_test

import (
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

// steady makes calls as of a flow of 2 Mbps, with a loss now and then, without
// allocating anything itself.
type steady struct {
	c        Controller
	now      time.Duration
	next     int64
	sent     feedback.Sent
	results  []feedback.Result
	report   feedback.Report
	decision feedback.Decision
	sender   feedback.Sender
}

// tick plays 100 ms: 24 packets, two reports and a decision.
func (s *steady) tick() {
	for range 2 {
		s.results = s.results[:0]
		for i := range int64(12) {
			s.sent = feedback.Sent{Sequence: s.next + i, At: s.now, SizeBytes: 1042, Frame: int32((s.next + i) / 8), AppLimited: i%8 == 7}
			s.c.OnSent(&s.sent)
			r := feedback.Result{Sent: s.sent, Received: s.sent.Sequence%61 != 0}
			if r.Received {
				r.Arrival = s.now + 30*time.Millisecond + time.Duration(s.sent.Sequence%17)*time.Millisecond
			}
			s.results = append(s.results, r)
			s.now += 4 * time.Millisecond
		}
		s.next += 12
		s.now += 2 * time.Millisecond
		s.report = feedback.Report{At: s.now + 40*time.Millisecond, Departure: s.now + 20*time.Millisecond, Results: s.results}
		s.c.OnReport(&s.report)
	}
	s.sender = feedback.Sender{Now: s.now + 50*time.Millisecond, RequestBps: 4e6, TargetBps: max(s.decision.TargetBps, 300e3)}
	s.decision = s.c.Decide(&s.sender)
}

// TestAllocations: nothing is allocated in a flow that goes on.
func TestAllocations(t *testing.T) {
	all(t, func(name string, again func() Controller) {
		s := steady{c: again()}
		for range 600 {
			s.tick()
		}
		if got := testing.AllocsPerRun(600, s.tick); got != 0 {
			t.Errorf("%s: %v allocations in 100 ms", name, got)
		}
	})
}

// BenchmarkControllers reports the time for 100 ms of a flow of 2 Mbps.
func BenchmarkControllers(b *testing.B) {
	all(b, func(name string, again func() Controller) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			s := steady{c: again()}
			for b.Loop() {
				s.tick()
			}
		})
	})
}
