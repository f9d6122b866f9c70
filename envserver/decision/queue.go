package decision

import (
	"context"
	"fmt"
	"sync"
	"time"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/envserver"
)

// job is one call's turns.
type job struct {
	// begin starts and ends episodes, before any turn.
	begin func() error
	turns []env.Turn
	// done is closed when the turns are over; err is that of begin, or a panic.
	done  chan struct{}
	err   error
	taken bool
}

// decider lets policies act. A job that did not begin leaves its policies as they
// were.
type decider interface {
	decide(ctx context.Context, j *job) (begun bool, err error)
}

// room bounds what waits for a decision.
type room struct {
	most int

	mu   sync.Mutex
	held int
}

// enter takes room for n environments; one call may fill it whatever its size.
func (r *room) enter(n int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held > 0 && r.held+n > r.most {
		return envserver.Exhausted(fmt.Errorf("%d environments wait for a decision, %d may: retry later, or use another server", r.held, r.most), time.Second)
	}
	r.held += n
	return nil
}

func (r *room) leave(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held -= n
}

// alone lets rules act, each for itself, on so many cores at once.
type alone struct {
	room  *room
	slots chan struct{}
}

func (a *alone) decide(ctx context.Context, j *job) (begun bool, err error) {
	if err := a.room.enter(len(j.turns)); err != nil {
		return false, err
	}
	defer a.room.leave(len(j.turns))
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	if err := ctx.Err(); err != nil { // Both were ready.
		return false, context.Cause(ctx)
	}
	defer func() {
		if r := recover(); r != nil {
			err = vector.NewPanicError(r)
		}
	}()
	if err := j.begin(); err != nil {
		return true, err
	}
	for i := range j.turns {
		t := &j.turns[i]
		t.Err = t.Policy.Act(t.In, t.Row, t.Action)
	}
	return true, nil
}

// queue lets policies of one group decide together. Whoever comes first is
// decided for at once; what comes meanwhile makes the next batch. A batch waits a
// little for as many callers as the last one had.
type queue struct {
	clock   envserver.Clock
	most    int // Environments of a batch.
	wait    time.Duration
	room    *room
	observe func(rows float64)
	seats   int // Guarded by the service.

	mu      sync.Mutex
	waiting []*job
	rows    int // Of those that wait.
	busy    bool
	last    int // Callers in the last batch.
	arrived chan struct{}

	turns []env.Turn // Of the batch that is decided; whoever leads has it.
}

func newQueue(o *Options, room *room, observe func(rows float64)) *queue {
	return &queue{clock: o.Clock, most: o.MaxBatch, wait: o.MaxWait, room: room, observe: observe, arrived: make(chan struct{}, 1)}
}

func (q *queue) decide(ctx context.Context, j *job) (begun bool, err error) {
	if err := q.room.enter(len(j.turns)); err != nil {
		return false, err
	}
	defer q.room.leave(len(j.turns))
	j.done = make(chan struct{})
	q.add(j)
	select {
	case <-j.done:
		return true, j.err
	case <-ctx.Done():
	}
	if q.withdraw(j) {
		return false, context.Cause(ctx)
	}
	<-j.done
	return true, j.err
}

func (q *queue) add(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, j)
	q.rows += len(j.turns)
	if !q.busy {
		q.busy = true
		go q.lead()
		return
	}
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

// withdraw takes back a job that nobody has taken yet.
func (q *queue) withdraw(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.taken {
		return false
	}
	for i, one := range q.waiting {
		if one == j {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			q.rows -= len(j.turns)
			break
		}
	}
	return true
}

// lead decides until nobody waits.
func (q *queue) lead() {
	for {
		jobs := q.take()
		if jobs == nil {
			return
		}
		q.run(jobs)
	}
}

// take returns the jobs of a batch; nil ends the lead.
func (q *queue) take() []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for timeout := (<-chan time.Time)(nil); len(q.waiting) > 0 && len(q.waiting) < q.last && q.rows < q.most; {
		if timeout == nil {
			timeout = q.clock.After(q.wait)
		}
		q.mu.Unlock()
		over := false
		select {
		case <-q.arrived:
		case <-timeout:
			over = true
		}
		q.mu.Lock()
		if over {
			break
		}
	}
	if len(q.waiting) == 0 {
		q.busy = false
		return nil
	}
	count, rows := 0, 0
	for _, j := range q.waiting {
		if count > 0 && rows+len(j.turns) > q.most {
			break
		}
		j.taken = true
		rows += len(j.turns)
		count++
	}
	jobs := q.waiting[:count:count]
	q.waiting, q.rows, q.last = q.waiting[count:], q.rows-rows, count
	return jobs
}

// run decides a batch. A panic is every job's error.
func (q *queue) run(jobs []*job) {
	defer func() {
		var err error
		if r := recover(); r != nil {
			err = vector.NewPanicError(r)
		}
		for _, j := range jobs {
			if j.err == nil {
				j.err = err
			}
			close(j.done)
		}
		clear(q.turns)
	}()
	turns := q.turns[:0]
	for _, j := range jobs {
		if j.err = j.begin(); j.err == nil {
			turns = append(turns, j.turns...)
		}
	}
	q.turns = turns
	for low := 0; low < len(turns); low += q.most {
		some := turns[low:min(low+q.most, len(turns))]
		q.observe(float64(len(some)))
		some[0].Policy.(env.Joiner).Join(some)
	}
	for _, j := range jobs {
		if j.err == nil {
			turns = turns[copy(j.turns, turns):]
		}
	}
}
