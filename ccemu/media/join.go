package media

import (
	"cmp"
	"slices"
	"time"

	"trailblazer/ccemu/feedback"
)

// fate is what reports have said of a packet so far.
type fate uint8

const (
	unreported fate = iota
	missing
	received
)

// OnMessage takes a message of the receiver. What a report says of packets is
// joined with when they left, and goes to the listener, which may be nil.
// Packets that are asked for are repeated, each as often as the flow allows.
//
// Messages may be lost or overtake each other: a packet that no report told of
// is never in a Result. None is in two of the same kind, nor in one as missing
// after one as received.
func (s *Sender) OnMessage(now time.Duration, m *Message, listener feedback.Listener) {
	if m.KeyFrame {
		s.encoder.wanted = true
	}
	for _, number := range m.Missing {
		if c := s.repeatable.get(number); c != nil && c.repeats < s.maxRepeats {
			c.repeats++
			s.pacer.repeat(now, *c)
		}
	}
	if !m.Report {
		return
	}
	r := &s.report
	*r = feedback.Report{At: now, Departure: m.Departure, JitterBuffer: m.JitterBuffer, Stalled: m.Stalled, Results: r.Results[:0]}
	for _, late := range m.Late {
		s.join(late.Sequence, late.Arrival)
	}
	if len(r.Results) > 1 {
		slices.SortFunc(r.Results, func(a, b feedback.Result) int { return cmp.Compare(a.Sequence, b.Sequence) })
	}
	for i, arrival := range m.Arrivals {
		s.join(m.Base+int64(i), arrival)
	}
	if listener != nil {
		listener.OnReport(r)
	}
}

// join adds what is new of a packet to the report.
func (s *Sender) join(sequence int64, arrival time.Duration) {
	sent := s.sent.get(sequence)
	if sent == nil {
		return
	}
	result, told := feedback.Result{Sent: sent.Sent}, missing
	if arrival != NotArrived {
		result.Received, result.Arrival, told = true, arrival, received
	}
	if sent.fate < told {
		sent.fate = told
		s.report.Results = append(s.report.Results, result)
	}
}
