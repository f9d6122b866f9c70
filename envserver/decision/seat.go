package decision

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/wire"
)

// seat is a policy that acts in n environments, under a lease.
type seat struct {
	id, owner string
	n         int
	policy    *Policy
	spec      *env.Spec
	inputs    env.Inputs
	lease     time.Duration
	expires   atomic.Int64 // Unix nanoseconds.

	// lock holds one token while somebody works with the seat and the fields
	// below. A channel, so that waiting for it can be given up.
	lock   chan struct{}
	closed bool
	shape  *shape
	// policies holds one for each environment, running whether it is in an
	// episode.
	policies []env.Policy
	running  []bool
	decider  decider
	leaveIt  func() // The decider.
	// action is what was chosen last, and seen what was shown then; nil where no
	// policy looks back on actions.
	action env.Arrays
	seen   *env.Batch
	// next is the index of the next call; last is the one before it.
	next     uint64
	lastHash uint64
	last     *trailblazerv1.ActResponse
}

// shape is what a spec's observations and infos are made of.
type shape struct {
	leaves                   *wire.Leaves
	observation, info, taken *env.Checker
	graphs                   []graph
}

func newShape(spec *env.Spec) *shape {
	leaves := wire.LeavesOf(spec)
	return &shape{
		leaves:      leaves,
		observation: env.NewChecker("observation", leaves.Observation),
		info:        env.NewChecker("info", leaves.Info),
		taken:       env.NewChecker("taken", leaves.Action),
		graphs:      graphsOf(leaves.Observation),
	}
}

// newSeat makes the policies; open it by putting it into the table.
func (s *Service) newSeat(owner string, p *Policy, spec *env.Spec, n int, lease time.Duration) (*seat, error) {
	made := &seat{
		id: envserver.NewID(), owner: owner, n: n, policy: p, spec: spec, lease: lease,
		lock: make(chan struct{}, 1), shape: newShape(spec),
		policies: make([]env.Policy, n), running: make([]bool, n),
	}
	for i := range made.policies {
		one, err := newPolicy(p, spec)
		if err != nil {
			return nil, err
		}
		made.policies[i] = one
	}
	made.inputs = env.InputsOf(made.policies[0])
	made.action = env.NewArrays(made.shape.leaves.Action, n)
	if _, follows := made.policies[0].(env.Follower); follows {
		made.seen = env.NewBatch(spec, n)
	}
	made.decider, made.leaveIt = s.decider(made.policies[0])
	made.touch(s.options.Clock.Now())
	return made, nil
}

// newPolicy makes a policy that can be served.
func newPolicy(p *Policy, spec *env.Spec) (env.Policy, error) {
	one, err := p.New(spec)
	if err != nil {
		return nil, err
	}
	if _, plans := one.(env.Planner); plans {
		return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("%q, which plans ahead from the environment's state", p.Name), Remedy: "ask one that goes by what it is shown"}
	}
	return one, nil
}

func (s *seat) touch(now time.Time) { s.expires.Store(now.Add(s.lease).UnixNano()) }

func (s *seat) expired(now time.Time) bool { return now.UnixNano() >= s.expires.Load() }

// enter waits until the seat is the caller's alone. Every enter that returns nil
// needs a leave.
func (s *seat) enter(ctx context.Context) error {
	select {
	case s.lock <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if s.closed {
		<-s.lock
		return envserver.Gone("seat", s.id)
	}
	return nil
}

// tryEnter is enter without waiting.
func (s *seat) tryEnter() bool {
	select {
	case s.lock <- struct{}{}:
		if !s.closed {
			return true
		}
		<-s.lock
	default:
	}
	return false
}

func (s *seat) leave(now time.Time) {
	s.touch(now)
	<-s.lock
}

// close frees what the seat holds. The caller has entered it.
func (s *seat) close(t *seats) {
	if s.closed {
		return
	}
	s.closed = true
	t.remove(s)
	s.leaveIt()
	s.policies, s.action, s.last = nil, nil, nil
}
