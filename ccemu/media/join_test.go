package media

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// log records what a listener is told.
type log struct {
	sent    []feedback.Sent
	reports []feedback.Report
}

func (l *log) OnSent(p *feedback.Sent) { l.sent = append(l.sent, *p) }
func (l *log) OnReport(r *feedback.Report) {
	copied := *r
	copied.Results = slices.Clone(r.Results)
	l.reports = append(l.reports, copied)
}

// TestJoin: results of hand-made reports.
func TestJoin(t *testing.T) {
	const no = NotArrived
	type result struct {
		sequence int64
		arrival  time.Duration // no if it is missing
	}
	report := func(base int64, arrivals ...time.Duration) Message {
		return Message{Report: true, Base: base, Arrivals: arrivals}
	}
	late := func(m Message, late ...LateArrival) Message {
		m.Late = late
		return m
	}
	for _, c := range []struct {
		name     string
		messages []Message
		want     [][]result
	}{
		{"in order", []Message{report(0, 100, 110), report(2, 120)}, [][]result{{{0, 100}, {1, 110}}, {{2, 120}}}},
		{"a loss", []Message{report(0, 100, no, 120)}, [][]result{{{0, 100}, {1, no}, {2, 120}}}},
		{"late arrivals are sorted in", []Message{report(0, 100, no, no, 130), late(report(4, 140), LateArrival{2, 135}, LateArrival{1, 136})},
			[][]result{{{0, 100}, {1, no}, {2, no}, {3, 130}}, {{1, 136}, {2, 135}, {4, 140}}}},
		{"only late arrivals", []Message{report(0, no, 110), late(report(2), LateArrival{0, 150})}, [][]result{{{0, no}, {1, 110}}, {{0, 150}}}},
		{"a lost report", []Message{report(0, 100), report(3, 130)}, [][]result{{{0, 100}}, {{3, 130}}}},
		{"late after a lost report", []Message{late(report(3, 130), LateArrival{1, 131})}, [][]result{{{1, 131}, {3, 130}}}},
		{"reports overtake", []Message{late(report(2, 120), LateArrival{0, 125}), report(0, no, 110)}, [][]result{{{0, 125}, {2, 120}}, {{1, 110}}}},
		{"a report twice", []Message{report(0, 100, no), report(0, 100, no)}, [][]result{{{0, 100}, {1, no}}, {}}},
		{"unknown numbers", []Message{report(-2, 80, 90, 100), report(8, 180, 190, 200, 210), late(report(1<<60, 5), LateArrival{-1 << 60, 5})},
			[][]result{{{0, 100}}, {{8, 180}, {9, 190}}, {}}},
		{"an arrival at time 0", []Message{report(0, 0, -5)}, [][]result{{{0, 0}, {1, -5}}}},
	} {
		f := (&Flow{Audio: Audio{RateKbps: -1}}).WithDefaults()
		var s Sender
		s.Start(&f, 1)
		var sent []feedback.Sent
		for p := (Packet{}); len(sent) < 10; {
			if at := s.NextAt(); s.Emit(at, &p) {
				sent = append(sent, p.Sent)
			}
		}
		var got log
		for i, m := range c.messages {
			m.Departure, m.JitterBuffer, m.Stalled = time.Duration(i), 7, 9
			s.OnMessage(time.Second+time.Duration(i), &m, &got)
			s.OnMessage(time.Second, &Message{Missing: []int64{0}}, &got) // is no report
			r := got.reports[len(got.reports)-1]
			want := feedback.Report{At: time.Second + time.Duration(i), Departure: time.Duration(i), JitterBuffer: 7, Stalled: 9}
			for _, w := range c.want[i] {
				result := feedback.Result{Sent: sent[w.sequence]}
				if w.arrival != no {
					result.Received, result.Arrival = true, w.arrival
				}
				want.Results = append(want.Results, result)
			}
			if fmt.Sprint(r) != fmt.Sprint(want) {
				t.Errorf("%s: report %d is\n%+v, want\n%+v", c.name, i, r, want)
			}
		}
		if len(got.reports) != len(c.messages) {
			t.Errorf("%s: %d reports of %d", c.name, len(got.reports), len(c.messages))
		}
		s.OnMessage(time.Second, &c.messages[0], nil)
	}
}

// TestOldReports: what left long ago is not known any more, and the memory of
// it is bounded.
func TestOldReports(t *testing.T) {
	c := newChannel(Flow{}, 1, 0)
	c.back = func(time.Duration, *Message) time.Duration { return schedule.Never }
	c.run(60 * time.Second)
	var got log
	c.sender.OnMessage(c.now, &Message{Report: true, Arrivals: make([]time.Duration, 10)}, &got)
	if n := len(got.reports[0].Results); n != 0 {
		t.Errorf("%d results of packets of a minute ago", n)
	}
	in10s := 0
	for i := range c.sender.sent.items.n {
		if c.sender.sent.items.at(i).At > c.now-reportWindow {
			in10s++
		}
	}
	if n := len(c.sender.sent.items.ring); n > 2*in10s || c.sender.sent.items.n < in10s || in10s < 700 {
		t.Errorf("room for %d packets, %d of the last %v", n, in10s, reportWindow)
	}
}

// naive is what a receiver of packets has to report, written down plainly.
type naive struct {
	t       *testing.T
	arrived map[int64]time.Duration // by number
	highest int64
	base    int64
	late    []LateArrival
}

func (n *naive) packet(now time.Duration, sequence int64) {
	if _, again := n.arrived[sequence]; again {
		return
	}
	n.arrived[sequence] = now
	n.highest = max(n.highest, sequence)
	if sequence < n.base {
		n.late = append(n.late, LateArrival{sequence, now})
	}
}

func (n *naive) report(now time.Duration, every time.Duration, m *Message) {
	if now%every != 0 || m.Departure != now {
		n.t.Fatalf("a report at %v, of %v", now, m.Departure)
	}
	if m.Base != n.base || len(m.Arrivals)+len(m.Late) == 0 || int(m.SizeBytes) != 62+2*(len(m.Arrivals)+len(m.Late)) {
		n.t.Fatalf("a report of %d and %d packets from %d, of %d bytes, want %d", len(m.Arrivals), len(m.Late), m.Base, m.SizeBytes, n.base)
	}
	if !slices.Equal(m.Late, n.late) {
		n.t.Fatalf("late are %v, want %v", m.Late, n.late)
	}
	n.late = nil
	for i, arrival := range m.Arrivals {
		sequence := m.Base + int64(i)
		want, ok := n.arrived[sequence]
		if ok != (arrival != NotArrived) || ok && want != arrival {
			n.t.Fatalf("packet %d is reported to have arrived at %v, want %v", sequence, arrival, want)
		}
	}
	n.base += int64(len(m.Arrivals))
	if n.base != n.highest+1 {
		n.t.Fatalf("reported up to %d of %d", n.base, n.highest+1)
	}
}

// TestReports: over channels that lose, reorder and duplicate, the receiver
// reports what a naive one does, and the sender makes results of it that are
// sorted, true and no more than one of a kind for each packet.
func TestReports(t *testing.T) {
	for seed := range uint64(30) {
		d := draw.New(seed, 9)
		loss, reorder, messageLoss := d.From([]float64{0, 0, 0.1, 0.5}), d.From([]float64{0, 0, 0.5}), d.From([]float64{0, 0, 0.5})
		c := newChannel(Flow{StartKbps: d.Between(100, 3000)}, seed, 0)
		n := &naive{t: t, arrived: map[int64]time.Duration{}, highest: -1}
		last := time.Duration(0)
		c.forward = func(now time.Duration, p *Packet) time.Duration {
			if d.Unit() < loss {
				return schedule.Never
			}
			delay := 20*time.Millisecond + time.Duration(d.Between(0, 60e6))
			if d.Unit() >= reorder {
				delay = max(delay, last-now)
				last = now + delay
			}
			if d.Unit() < 0.02 {
				copied := *p
				c.fly(flight{packet: &copied}, delay+time.Duration(d.Between(0, 200e6)))
			}
			return delay
		}
		c.back = func(time.Duration, *Message) time.Duration {
			if d.Unit() < messageLoss {
				return schedule.Never
			}
			return time.Duration(d.Between(0, 120e6))
		}
		c.onArrival = func(now time.Duration, p *Packet) { n.packet(now, p.Sequence) }
		c.onMessage = func(now time.Duration, m *Message) {
			if m.Report {
				n.report(now, 50*time.Millisecond, m)
			}
		}
		var got log
		c.listener = &got
		c.run(20 * time.Second)

		type told struct{ missing, received bool }
		all := make([]told, len(got.sent))
		results := 0
		for _, r := range got.reports {
			before := int64(-1)
			for _, result := range r.Results {
				results++
				if result.Sequence <= before || result.Sent != got.sent[result.Sequence] || result.At >= r.At {
					t.Fatalf("seed %d: %+v after %d, at %v", seed, result, before, r.At)
				}
				before = result.Sequence
				of := &all[result.Sequence]
				if of.received || !result.Received && of.missing {
					t.Fatalf("seed %d: %+v, of which %+v was known", seed, result, of)
				}
				arrived, ok := n.arrived[result.Sequence]
				if result.Received {
					of.received = true
					if !ok || result.Arrival != arrived || result.Arrival < result.At+20*time.Millisecond {
						t.Fatalf("seed %d: %+v arrived at %v", seed, result, arrived)
					}
				} else if of.missing = true; result.Arrival != 0 || ok && arrived < r.Departure {
					t.Fatalf("seed %d: %+v arrived at %v", seed, result, arrived)
				}
			}
		}
		if messageLoss == 0 {
			// Nothing is left out, but for what was under way at the end.
			for sequence, of := range all {
				if arrived, ok := n.arrived[int64(sequence)]; ok && arrived < 19*time.Second && !of.received {
					t.Fatalf("seed %d: no report of packet %d, which arrived at %v", seed, sequence, arrived)
				}
			}
		}
		if results < 100 {
			t.Errorf("seed %d: only %d results", seed, results)
		}
	}
}

// TestReportTimes: reports come at multiples of their interval since the
// flow's start, and only if there is news. Their times are the receiver's.
func TestReportTimes(t *testing.T) {
	f := (&Flow{StartMs: 13}).WithDefaults()
	var r Receiver
	const ms = time.Millisecond
	const offset = -7 * time.Hour
	r.Start(&f, 100*ms, offset)
	var m Message
	if r.NextAt() != schedule.Never || r.Poll(time.Second, &m) {
		t.Error("a report of nothing")
	}
	packet := func(now time.Duration, sequence int64) {
		p := Packet{Sent: feedback.Sent{Sequence: sequence, Frame: -1, Kind: feedback.Probe, SizeBytes: 100}, Media: -1}
		r.OnPacket(now, &p)
	}
	report := func(at time.Duration, base int64, arrivals ...time.Duration) {
		t.Helper()
		if got := r.NextAt(); got != at {
			t.Fatalf("the next report is at %v, want %v", got, at)
		}
		if r.Poll(at-1, &m) || !r.Poll(at, &m) {
			t.Fatalf("no report at %v", at)
		}
		for i := range arrivals {
			arrivals[i] += offset
		}
		if m.Base != base || m.Departure != at+offset || !slices.Equal(m.Arrivals, arrivals) {
			t.Errorf("at %v: %+v, want %d, %v", at, m, base, arrivals)
		}
		if r.Poll(at, &m) {
			t.Errorf("two reports at %v", at)
		}
	}
	packet(20*ms, 0)
	packet(40*ms, 1)
	report(113*ms, 0, 20*ms, 40*ms)
	packet(113*ms, 2)
	report(213*ms, 2, 113*ms)
	packet(999*ms, 3)
	packet(1013*ms, 4)
	report(1013*ms, 3, 999*ms, 1013*ms)
	packet(5000*ms, 5)
	packet(5000*ms, 5)
	report(5013*ms, 5, 5000*ms)
}

// TestLargeReports: reports are no larger than media packets.
func TestLargeReports(t *testing.T) {
	f := (&Flow{}).WithDefaults()
	var r Receiver
	r.Start(&f, 50*time.Millisecond, 0)
	p := Packet{Sent: feedback.Sent{Kind: feedback.Probe, Frame: -1}, Media: -1}
	for p.Sequence = 0; p.Sequence < 2000; p.Sequence++ {
		if p.Sequence != 1234 {
			r.OnPacket(0, &p)
		}
	}
	var m Message
	r.Poll(0, &m)
	if len(m.Arrivals) != maxReported || m.SizeBytes > 1242 || m.Base != 0 || r.NextAt() != 0 {
		t.Fatalf("the first report has %d packets, %d bytes", len(m.Arrivals), m.SizeBytes)
	}
	p.Sequence = 3000
	r.OnPacket(0, &p)
	covered := int64(len(m.Arrivals))
	for r.Poll(0, &m) {
		if m.Base != covered || m.SizeBytes > 1242 {
			t.Fatalf("the next report begins at %d, want %d", m.Base, covered)
		}
		for i, arrival := range m.Arrivals {
			if sequence := m.Base + int64(i); (arrival == NotArrived) != (sequence == 1234 || sequence >= 2000 && sequence < 3000) {
				t.Errorf("packet %d: %v", sequence, arrival)
			}
		}
		covered += int64(len(m.Arrivals))
	}
	if covered != 3001 || r.NextAt() != schedule.Never {
		t.Errorf("%d packets were reported", covered)
	}

	// Packets too far from the others do not exist.
	for _, sequence := range []int64{-1, covered + maxJump, 1 << 62} {
		p.Sequence = sequence
		r.OnPacket(time.Second, &p)
	}
	if r.NextAt() != schedule.Never {
		t.Error("absurd numbers were taken")
	}
	p.Sequence = covered + 40_000
	r.OnPacket(time.Second, &p)
	for r.Poll(time.Second, &m) {
	}
	for p.Sequence = covered; p.Sequence < covered+40_000; p.Sequence++ {
		r.OnPacket(2*time.Second, &p)
		r.OnPacket(2*time.Second, &p)
	}
	late := 0
	for r.Poll(2*time.Second, &m) {
		late += len(m.Late)
		if m.SizeBytes > 1242 {
			t.Fatalf("a report has %d bytes", m.SizeBytes)
		}
	}
	if want := lateWindow - 1; late != want {
		t.Errorf("%d packets were late, want %d", late, want)
	}
}
