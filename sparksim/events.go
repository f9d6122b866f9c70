package sparksim

import (
	"math"
	"math/bits"
)

// queue holds at most one event for each executor: the end of its task, or
// its arrival at a job. It is a tournament: a node holds the earlier of the
// two below it, so that replacing the first event, which is what nearly every
// event does, costs one comparison a level and never misses a branch.
type queue struct {
	nodes []event // nodes[1] is the first event; nodes[leaves+e] is executor e's
	next  uint64
}

// event is when something happens to an executor.
type event struct {
	ms float64 // +Inf for none
	// order is a running number above executorBits, which breaks ties, and the
	// executor's number below.
	order uint64
}

const executorBits = 12 // MaxExecutors

func (q *queue) reset(executors int) {
	leaves := 1 << bits.Len(uint(executors-1))
	if len(q.nodes) != 2*leaves {
		q.nodes = make([]event, 2*leaves)
	}
	for i := range q.nodes {
		q.nodes[i] = event{ms: math.Inf(1)}
	}
	q.next = 0
}

// first returns when the first event is, and whose; +Inf if there is none.
func (q *queue) first() (ms float64, executor int32) {
	e := q.nodes[1]
	return e.ms, int32(e.order & (1<<executorBits - 1))
}

// of returns an executor's event.
func (q *queue) of(executor int32) event { return q.nodes[len(q.nodes)/2+int(executor)] }

// push sets an executor's event.
func (q *queue) push(executor int32, ms float64) {
	q.next++
	q.set(executor, event{ms, q.next<<executorBits | uint64(executor)})
}

// remove takes an executor's event away.
func (q *queue) remove(executor int32) { q.set(executor, event{ms: math.Inf(1)}) }

func (q *queue) set(executor int32, e event) {
	nodes := q.nodes
	i := uint(len(nodes)/2) + uint(executor)
	nodes[i] = e
	time, order := math.Float64bits(e.ms), e.order
	for i > 1 {
		// Which of two events is first is anyone's guess, so that branches
		// would often be mispredicted: a borrow tells instead. Times are not
		// negative, so their bits are ordered as they are.
		other := &nodes[i^1]
		otherTime := math.Float64bits(other.ms)
		_, borrow := bits.Sub64(other.order, order, 0)
		_, borrow = bits.Sub64(otherTime, time, borrow)
		take := -borrow
		time ^= (time ^ otherTime) & take
		order ^= (order ^ other.order) & take
		i >>= 1
		nodes[i] = event{math.Float64frombits(time), order}
	}
}
