package envserver

import (
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	"trailblazer/internal/wire"
)

// shared is what all sessions of one spec have in common, so that an idle
// session is small.
type shared struct {
	factory     env.Factory
	spec        *env.Spec
	leaves      *wire.Leaves
	canSnapshot bool

	replies sync.Pool // *reply
	actions sync.Pool // *env.Arrays

	// sessions counts those that live; the table's lock guards it.
	sessions int
}

// newShared makes one environment to see whether it has snapshots.
func newShared(factory env.Factory) (*shared, error) {
	probe, err := factory.New(0, 1)
	if err != nil {
		return nil, err
	}
	_, canSnapshot := probe.(env.Snapshotter)
	if err := probe.Close(); err != nil {
		return nil, err
	}
	spec := factory.Spec()
	return &shared{factory: factory, spec: spec, leaves: wire.LeavesOf(spec), canSnapshot: canSnapshot}, nil
}

// buffer is the output of a session's last reset or step. Replies read it
// while they are being encoded, so it is written to only while it has no
// readers.
type buffer struct {
	env.Transition
	readers atomic.Int32
}

func (h *shared) newBuffer(n int, mode env.AutoresetMode) *buffer {
	return &buffer{Transition: *h.leaves.NewTransition(n, mode)}
}

// reply is an answer to a reset or step on its way out. The codec encodes its
// message and then releases it.
type reply struct {
	message proto.Message

	shared *shared
	wire   *wire.Reply
	buffer *buffer
}

// newReply takes a reply from the pool and lets it read a buffer.
func (h *shared) newReply(b *buffer) *reply {
	r, ok := h.replies.Get().(*reply)
	if !ok {
		r = &reply{shared: h, wire: wire.NewReply(h.leaves)}
	}
	b.readers.Add(1)
	r.buffer = b
	return r
}

// release ends the reply's reading. A reply that is never encoded is never
// released: its session then goes on with a new buffer.
func (r *reply) release() {
	r.wire.Clear()
	r.buffer.readers.Add(-1)
	r.buffer, r.message = nil, nil
	r.shared.replies.Put(r)
}

// decodeAction wraps an action's tensors; free gives the arrays back once they
// are not used any more.
func (h *shared) decodeAction(tensors []*tensor, n int) (action env.Arrays, free func(), err error) {
	scratch, ok := h.actions.Get().(*env.Arrays)
	if !ok {
		scratch = new(env.Arrays)
	}
	*scratch, err = wire.Decode(*scratch, "action", tensors, h.leaves.Action, n)
	return *scratch, func() {
		for i := range *scratch {
			(*scratch)[i].Data = nil
			clear((*scratch)[i].Rows)
		}
		h.actions.Put(scratch)
	}, err
}
