package feature_test

import (
	"testing"
	"time"

	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
)

// steady is a flow of a constant rate with 1,242-byte packets in frames of 30
// per second, jitter of 3 ms, 1 % loss, and reports every 50 ms.
type steady struct {
	listener feedback.Listener
	gap      time.Duration
	now      time.Duration
	sequence int64
	nextSent time.Duration
	base     int64
	sent     feedback.Sent
	report   feedback.Report
}

func newSteady(l feedback.Listener, bitsPerSecond float64) *steady {
	return &steady{listener: l, gap: time.Duration(1242 * 8 * 1e9 / bitsPerSecond)}
}

// packet is the packet of a number.
func (s *steady) packet(sequence int64) feedback.Sent {
	at := time.Duration(sequence) * s.gap
	return feedback.Sent{Sequence: sequence, At: at, SizeBytes: 1242, Frame: int32(at / (time.Second / 30)), AppLimited: sequence%4 == 0}
}

// step plays 100 ms: what is sent, and two reports.
func (s *steady) step() {
	for range 2 {
		s.now += 50 * time.Millisecond
		for ; s.nextSent <= s.now; s.nextSent += s.gap {
			s.sent = s.packet(s.sequence)
			s.listener.OnSent(&s.sent)
			s.sequence++
		}
		s.report = feedback.Report{At: s.now, Departure: s.now - 20*time.Millisecond, Results: s.report.Results[:0]}
		for ; s.base < s.sequence; s.base++ {
			r := feedback.Result{Sent: s.packet(s.base)}
			jitter := time.Duration(uint64(s.base)*0x9e3779b97f4a7c15>>40) * (3 * time.Millisecond) >> 24
			if r.At+30*time.Millisecond > s.report.Departure {
				break
			}
			if uint64(s.base)*0xbf58476d1ce4e5b9>>32%100 != 7 {
				r.Received, r.Arrival = true, min(r.At+20*time.Millisecond+jitter, s.report.Departure)
			}
			s.report.Results = append(s.report.Results, r)
		}
		s.listener.OnReport(&s.report)
	}
}

func (s *steady) state() *feedback.Sender {
	return &feedback.Sender{Now: s.now, RequestBps: 4e6, TargetBps: 2e6}
}

func TestTrackerAllocatesNothing(t *testing.T) {
	var tracker feature.Tracker
	var shown [feature.Count]float32
	var present [feature.Count]int8
	s := newSteady(&tracker, 2e6)
	play := func() {
		s.step()
		tracker.Observe(s.state(), shown[:], present[:])
	}
	for range 150 {
		play()
	}
	if n := testing.AllocsPerRun(100, play); n != 0 {
		t.Errorf("%v allocations per 100 ms", n)
	}
	tracker.Reset()
	s = newSteady(&tracker, 2e6)
	s.report.Results = make([]feedback.Result, 0, 100)
	if n := testing.AllocsPerRun(150, play); n != 0 {
		t.Errorf("%v allocations per 100 ms after Reset", n)
	}
}

// BenchmarkStep follows 100 ms of a flow, with two reports and one
// observation. "source" is what producing the flow takes by itself.
func BenchmarkStep(b *testing.B) {
	for _, rate := range []struct {
		name string
		bps  float64
	}{{"2Mbps", 2e6}, {"1Gbps", 1e9}} {
		for _, tracked := range []bool{true, false} {
			name := rate.name
			if !tracked {
				name += "-source"
			}
			b.Run(name, func(b *testing.B) {
				var tracker feature.Tracker
				var shown [feature.Count]float32
				var present [feature.Count]int8
				var l feedback.Listener = &tracker
				if !tracked {
					l = nothing{}
				}
				s := newSteady(l, rate.bps)
				for range 20 {
					s.step()
				}
				b.ReportAllocs()
				b.ResetTimer()
				first := s.sequence
				for b.Loop() {
					s.step()
					if tracked {
						tracker.Observe(s.state(), shown[:], present[:])
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(s.sequence-first), "ns/packet")
			})
		}
	}
}

// BenchmarkObserve observes without anything new.
func BenchmarkObserve(b *testing.B) {
	var tracker feature.Tracker
	var shown [feature.Count]float32
	var present [feature.Count]int8
	s := newSteady(&tracker, 2e6)
	for range 20 {
		s.step()
	}
	b.ReportAllocs()
	for b.Loop() {
		tracker.Observe(s.state(), shown[:], present[:])
	}
}

// nothing listens to nothing.
type nothing struct{}

func (nothing) OnSent(*feedback.Sent)     {}
func (nothing) OnReport(*feedback.Report) {}
