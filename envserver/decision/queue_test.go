package decision

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"

	"trailblazer/api/env"
)

// batcher decides when it is let.
type batcher struct {
	entered chan []int
	leave   chan struct{}
}

// member is one of a batcher's policies.
type member struct {
	*batcher
	number int
}

func (m *member) Reset(uint64)                          {}
func (m *member) Act(*env.Batch, int, env.Arrays) error { return nil }
func (m *member) Group() any                            { return m.batcher }
func (m *member) Join(turns []env.Turn) {
	m.entered <- numbersOf(turns)
	<-m.leave
	if numbersOf(turns)[0] == 13 {
		panic("unlucky")
	}
	for i := range turns {
		if turns[i].Policy.(*member).number == 7 {
			turns[i].Err = errors.New("seven")
		}
	}
}

func numbersOf(turns []env.Turn) []int {
	var numbers []int
	for i := range turns {
		numbers = append(numbers, turns[i].Policy.(*member).number)
	}
	return numbers
}

// manual is a clock whose timers fire when told.
type manual struct{ fire chan time.Time }

func (manual) Now() time.Time                         { return time.Unix(0, 0) }
func (m manual) After(time.Duration) <-chan time.Time { return m.fire }

type outcome struct {
	begun bool
	err   error
}

type queueTest struct {
	*queue
	batcher
	clock manual
}

func newQueueTest(most, queued int) *queueTest {
	t := &queueTest{batcher: batcher{make(chan []int), make(chan struct{})}, clock: manual{make(chan time.Time)}}
	t.queue = newQueue(&Options{Clock: t.clock, MaxBatch: most, MaxWait: time.Second}, &room{most: queued}, func(float64) {})
	return t
}

// ask decides for policies in a goroutine.
func (t *queueTest) ask(ctx context.Context, numbers ...int) (*job, <-chan outcome) {
	j := &job{begin: func() error { return nil }}
	for _, n := range numbers {
		j.turns = append(j.turns, env.Turn{Policy: &member{&t.batcher, n}})
	}
	out := make(chan outcome, 1)
	go func() {
		begun, err := t.decide(ctx, j)
		out <- outcome{begun, err}
	}()
	return j, out
}

// await returns when so many jobs wait.
func (t *queueTest) await(jobs int) {
	for {
		t.queue.mu.Lock()
		waiting := len(t.waiting)
		t.queue.mu.Unlock()
		if waiting == jobs {
			return
		}
		runtime.Gosched()
	}
}

func (t *queueTest) expect(test *testing.T, want ...int) {
	test.Helper()
	if got := <-t.entered; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		test.Errorf("%v are decided together, want %v", got, want)
	}
}

func TestWhatComesMeanwhileIsTheNextBatch(t *testing.T) {
	q := newQueueTest(4, 100)
	ctx := t.Context()
	_, first := q.ask(ctx, 1)
	q.expect(t, 1) // Nobody is waited for.
	var others []<-chan outcome
	for i, n := range []int{2, 3} {
		_, out := q.ask(ctx, n)
		others = append(others, out)
		q.await(i + 1)
	}
	_, big := q.ask(ctx, 4, 5, 7)
	q.await(3)
	q.leave <- struct{}{}
	if o := <-first; !o.begun || o.err != nil {
		t.Errorf("the first: %+v", o)
	}
	q.expect(t, 2, 3) // Three more would be too many.
	q.leave <- struct{}{}
	for _, out := range others {
		if o := <-out; !o.begun || o.err != nil {
			t.Errorf("another: %+v", o)
		}
	}
	// The last batch had two callers, so one more is waited for.
	q.await(1)
	j, late := q.ask(ctx, 8)
	q.expect(t, 4, 5, 7, 8)
	q.leave <- struct{}{}
	if o := <-big; !o.begun || o.err != nil {
		t.Errorf("the big one: %+v", o)
	}
	if o := <-late; !o.begun || o.err != nil || j.turns[0].Err != nil {
		t.Errorf("the late one: %+v, %v", o, j.turns[0].Err)
	}
	// Nobody else comes: the wait is over when its time is.
	_, alone := q.ask(ctx, 9)
	q.clock.fire <- time.Time{}
	q.expect(t, 9)
	q.leave <- struct{}{}
	<-alone
	// And then one alone is not kept waiting.
	_, alone = q.ask(ctx, 10)
	q.expect(t, 10)
	q.leave <- struct{}{}
	<-alone
}

func TestEachTurnGetsItsOwnError(t *testing.T) {
	q := newQueueTest(4, 100)
	j, out := q.ask(t.Context(), 6, 7)
	q.expect(t, 6, 7)
	q.leave <- struct{}{}
	<-out
	if j.turns[0].Err != nil || j.turns[1].Err == nil {
		t.Errorf("errors %v, %v", j.turns[0].Err, j.turns[1].Err)
	}
}

func TestManyEnvironmentsAreCutIntoBatches(t *testing.T) {
	q := newQueueTest(4, 2)
	// A call alone may be larger than the queue: it could never be asked else.
	_, out := q.ask(t.Context(), 1, 2, 3, 4, 5, 6)
	q.expect(t, 1, 2, 3, 4)
	q.leave <- struct{}{}
	q.expect(t, 5, 6)
	q.leave <- struct{}{}
	if o := <-out; !o.begun || o.err != nil {
		t.Errorf("%+v", o)
	}
}

func TestWhoeverGivesUpIsNotDecidedFor(t *testing.T) {
	q := newQueueTest(4, 100)
	_, first := q.ask(t.Context(), 1)
	q.expect(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	_, impatient := q.ask(ctx, 2)
	q.await(1)
	cancel()
	if o := <-impatient; o.begun || !errors.Is(o.err, context.Canceled) {
		t.Errorf("who waits: %+v", o)
	}
	q.leave <- struct{}{}
	<-first
	// One whose turn has come is decided for to the end.
	ctx, cancel = context.WithCancel(t.Context())
	_, late := q.ask(ctx, 3)
	q.expect(t, 3)
	cancel()
	q.leave <- struct{}{}
	if o := <-late; !o.begun || o.err != nil {
		t.Errorf("who is decided for: %+v", o)
	}
}

func TestAFullQueueRefuses(t *testing.T) {
	q := newQueueTest(4, 3)
	_, first := q.ask(t.Context(), 1)
	q.expect(t, 1)
	_, second := q.ask(t.Context(), 2, 3)
	q.await(1)
	_, refused := q.ask(t.Context(), 4)
	if o := <-refused; o.begun || connect.CodeOf(o.err) != connect.CodeResourceExhausted {
		t.Errorf("beyond the limit: %+v", o)
	}
	q.leave <- struct{}{}
	<-first
	q.expect(t, 2, 3)
	q.leave <- struct{}{}
	<-second
	if q.room.held != 0 {
		t.Errorf("%d environments are still counted", q.room.held)
	}
}

func TestAPanicIsAnErrorOfAll(t *testing.T) {
	q := newQueueTest(4, 100)
	_, out := q.ask(t.Context(), 13)
	q.expect(t, 13)
	q.leave <- struct{}{}
	if o := <-out; !o.begun || o.err == nil {
		t.Errorf("%+v", o)
	}
	_, out = q.ask(t.Context(), 14)
	q.expect(t, 14)
	q.leave <- struct{}{}
	if o := <-out; !o.begun || o.err != nil {
		t.Errorf("after a panic: %+v", o)
	}
}
