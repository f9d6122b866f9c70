package testbed

import (
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

const (
	never = schedule.Never
	// decideEvery is how often a controller decides, as in the emulator's
	// environment.
	decideEvery = 100 * time.Millisecond
)

// mediaSender is the node that sends a media flow, and lets a controller
// decide how fast.
type mediaSender struct {
	sender     media.Sender
	controller feedback.Controller
	listener   feedback.Listener
	observer   observer
	delay      time.Duration // of the way back
	held       held[*media.Message]
	decideAt   time.Duration
	last       time.Duration // the last time that sender was told
	packet     media.Packet
	state      feedback.Sender
	datagram   []byte
}

// observer is told what is decided.
type observer interface {
	feedback.Listener
	OnDecision(at time.Duration, d feedback.Decision)
}

// newMediaSender makes a node of a flow that is valid and has its defaults.
// The reports take so long to come back. The observer sees all that the
// controller sees.
func newMediaSender(flow *media.Flow, seed uint64, delay time.Duration, c feedback.Controller, o observer) *mediaSender {
	s := &mediaSender{controller: c, observer: o, listener: both{c, o}, delay: delay}
	s.sender.Start(flow, seed)
	c.Reset()
	return s
}

// NextAt implements node.
func (s *mediaSender) NextAt() time.Duration {
	return min(s.sender.NextAt(), s.held.nextAt(), s.decideAt)
}

// Receive implements node.
func (s *mediaSender) Receive(at time.Duration, datagram []byte) error {
	m := new(media.Message)
	if err := readMessage(datagram, m); err != nil {
		return err
	}
	s.held.add(at+s.delay, m)
	return nil
}

// Act implements node. Reports count from when they arrived, however late this
// node wakes up; packets from when they leave. As in the emulator's loop, what
// happens at the time of a decision happens before it, but for the first one.
func (s *mediaSender) Act(c conn) error {
	if s.decideAt == 0 {
		s.decide()
	}
	for now := c.Now(); ; {
		for at := s.held.nextAt(); at <= min(now, s.decideAt); at = s.held.nextAt() {
			s.last = max(s.last, at)
			s.sender.OnMessage(s.last, s.held.take(), s.listener)
		}
		if err := s.emit(c); err != nil || s.decideAt > now {
			return err
		}
		s.last = max(s.last, s.decideAt)
		s.decide()
	}
}

func (s *mediaSender) emit(c conn) error {
	for {
		s.last = max(s.last, c.Now())
		if !s.sender.Emit(s.last, &s.packet) {
			return nil
		}
		s.listener.OnSent(&s.packet.Sent)
		s.datagram = appendPacket(s.datagram[:0], &s.packet)
		if err := c.Send(s.datagram); err != nil {
			return err
		}
	}
}

func (s *mediaSender) decide() {
	s.sender.State(s.last, &s.state)
	d := s.controller.Decide(&s.state)
	s.sender.SetTarget(s.last, d.TargetBps)
	if d.ProbeBps > 0 {
		s.sender.Probe(s.last, d.ProbeBps)
	}
	s.observer.OnDecision(s.last, d)
	s.decideAt += decideEvery
}

// both are two listeners.
type both struct{ first, second feedback.Listener }

// OnSent implements feedback.Listener.
func (b both) OnSent(p *feedback.Sent) { b.first.OnSent(p); b.second.OnSent(p) }

// OnReport implements feedback.Listener.
func (b both) OnReport(r *feedback.Report) { b.first.OnReport(r); b.second.OnReport(r) }
