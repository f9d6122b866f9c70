package testbed

import (
	"context"
	"time"
)

// conn is what a node has of the network.
type conn interface {
	// Now is the time on the clock that both ends share.
	Now() time.Duration
	// Send sends a datagram now.
	Send(datagram []byte) error
}

// node is one end of a flow.
type node interface {
	// NextAt is when it wants to act.
	NextAt() time.Duration
	// Act does what is due.
	Act(c conn) error
	// Receive takes a datagram that came at a time, of which it keeps nothing.
	// Act follows.
	Receive(at time.Duration, datagram []byte) error
}

// waiter is a conn in real time.
type waiter interface {
	conn
	// Wait returns a datagram and when it came, or nil when the time has come
	// or a good while has passed. The datagram is valid until the next call.
	Wait(until time.Duration) (datagram []byte, at time.Duration, err error)
}

// drive lets a node act until a time.
func drive(ctx context.Context, w waiter, n node, until time.Duration) error {
	for w.Now() < until {
		if err := ctx.Err(); err != nil {
			return err
		}
		datagram, at, err := w.Wait(min(n.NextAt(), until))
		if err == nil && datagram != nil {
			err = n.Receive(at, datagram)
		}
		if err == nil {
			err = n.Act(w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shaped is a node that also changes the bottleneck's rate, so that packets and
// changes come in the order of the plan however late they are.
type shaped struct {
	node
	plan  *Plan
	set   func(kbps float64) error
	since int // the segment whose rate is set
}

// NextAt implements node.
func (s *shaped) NextAt() time.Duration {
	if s.since+1 < len(s.plan.CapacityKbps) {
		return min(s.node.NextAt(), s.plan.segmentAt(s.since+1))
	}
	return s.node.NextAt()
}

// Act implements node.
func (s *shaped) Act(c conn) error {
	for s.since+1 < len(s.plan.CapacityKbps) && c.Now() >= s.plan.segmentAt(s.since+1) {
		s.since++
		if err := s.set(s.plan.CapacityKbps[s.since]); err != nil {
			return err
		}
	}
	return s.node.Act(c)
}

// held is what has arrived and is held back, in the order in which it is let
// go.
type held[T any] struct{ items []heldItem[T] }

type heldItem[T any] struct {
	at   time.Duration
	item T
}

// add puts an item behind all that are let go no later.
func (h *held[T]) add(at time.Duration, item T) {
	h.items = append(h.items, heldItem[T]{at, item})
	for i := len(h.items) - 1; i > 0 && h.items[i-1].at > at; i-- {
		h.items[i], h.items[i-1] = h.items[i-1], h.items[i]
	}
}

// nextAt is when the first is let go; never if there is none.
func (h *held[T]) nextAt() time.Duration {
	if len(h.items) == 0 {
		return never
	}
	return h.items[0].at
}

// take removes the first.
func (h *held[T]) take() T {
	item := h.items[0].item
	h.items = append(h.items[:0], h.items[1:]...)
	return item
}
