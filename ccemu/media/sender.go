package media

import (
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
)

// Sender encodes, paces and repeats the packets of one flow. The zero value is
// ready for Start.
type Sender struct {
	flow     Flow
	request  schedule.Cursor
	start    time.Duration
	target   float64
	targetAt time.Duration
	frame    int32
	next     time.Duration
	sequence int64
	media    int64
	index    int32
	count    int32
	leaveAt  time.Duration
	history  []feedback.Sent
	results  []feedback.Result
}

// Start begins a flow, which is valid and has its defaults. Time 0 is the
// session's start.
func (s *Sender) Start(f *Flow, seed uint64) {
	*s = Sender{flow: *f, request: schedule.Cursor{Steps: f.RequestKbps.Compile(1000)}, history: s.history[:0], results: s.results[:0]}
	s.start = schedule.Milliseconds(f.StartMs)
	s.target, s.next = f.StartKbps*1000, s.start
}

// NextAt is when the sender next wants Emit to be called.
func (s *Sender) NextAt() time.Duration {
	if s.index < s.count {
		return min(s.next, s.leaveAt)
	}
	return s.next
}

// Emit handles what is due and reports whether *p leaves now; call it again
// until it does not.
func (s *Sender) Emit(now time.Duration, p *Packet) bool {
	if s.next <= now && s.index == s.count {
		bytes := min(s.target, s.RequestBps(now)) / 8 / s.flow.Video.FPS
		s.index, s.count = 0, max(1, int32(bytes/float64(s.flow.Video.PayloadBytes+HeaderBytes)))
		s.leaveAt = now
		s.frame++
		s.next = s.start + time.Duration(float64(s.frame)*1e9/s.flow.Video.FPS)
	}
	if s.index == s.count || s.leaveAt > now {
		return false
	}
	*p = Packet{
		Sent:  feedback.Sent{Sequence: s.sequence, At: now, SizeBytes: int32(s.flow.Video.PayloadBytes) + HeaderBytes, Frame: s.frame - 1, AppLimited: s.index == s.count-1},
		Media: s.media, Index: s.index, Count: s.count, Key: s.frame == 1, Captured: now,
	}
	s.history = append(s.history, p.Sent)
	s.leaveAt = now + time.Duration(float64(p.SizeBytes)*8e9/(s.flow.PacingFactor*max(s.target, 50_000)))
	s.sequence++
	s.media++
	s.index++
	return true
}

// SetTarget sets the rate to send at.
func (s *Sender) SetTarget(now time.Duration, bps float64) { s.target, s.targetAt = bps, now }

// Probe starts a probe cluster.
func (s *Sender) Probe(now time.Duration, bps float64) {}

// OnMessage takes a message of the receiver; a report goes on to the listener,
// which may be nil.
func (s *Sender) OnMessage(now time.Duration, m *Message, listener feedback.Listener) {
	if !m.Report || listener == nil {
		return
	}
	s.results = s.results[:0]
	for i, arrival := range m.Arrivals {
		r := feedback.Result{Sent: s.history[m.Base+int64(i)]}
		if arrival != NotArrived {
			r.Received, r.Arrival = true, arrival
		}
		s.results = append(s.results, r)
	}
	listener.OnReport(&feedback.Report{At: now, Departure: m.Departure, JitterBuffer: m.JitterBuffer, Stalled: m.Stalled, Results: s.results})
}

// State writes the sender's state.
func (s *Sender) State(now time.Duration, st *feedback.Sender) {
	*st = feedback.Sender{Now: now, RequestBps: s.RequestBps(now), TargetBps: s.target, TargetAt: s.targetAt}
}

// RequestBps returns how much the application wants to send.
func (s *Sender) RequestBps(now time.Duration) float64 {
	bps, _ := s.request.Seek(now)
	return bps
}
