package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/model"
)

// endless is how often a data set is gone through: more often than anybody
// trains.
const endless = math.MaxInt32

// Feed is batches to learn from, without end. While its caller works with one, a
// goroutine prepares the next few. It is not safe for concurrent use.
type Feed struct {
	plan    *Plan
	streams [][]*stream
	ready   chan *prepared
	free    chan *prepared
	stop    context.CancelFunc
	done    sync.WaitGroup

	last   *prepared // the caller's
	at     position
	failed error
}

// prepared is a batch, and where the one after it begins.
type prepared struct {
	batch model.Batch
	after position
	err   error
}

// Open begins to feed, or goes on where a cursor is given.
func (p *Plan) Open(ctx context.Context, cursor []byte) (*Feed, error) {
	f := &Feed{plan: p, ready: make(chan *prepared, p.options.Ahead), free: make(chan *prepared, p.options.Ahead+1)}
	at, err := p.start(cursor)
	if err != nil {
		return nil, err
	}
	f.at = at
	if err := f.open(ctx, at); err != nil {
		f.closeStreams()
		return nil, err
	}
	// One is the caller's, one is being made, the others wait.
	for range p.options.Ahead + 1 {
		f.free <- new(prepared)
	}
	work, stop := context.WithCancel(context.Background())
	f.stop = stop
	f.done.Go(func() { f.prepare(work, at.clone()) })
	return f, nil
}

// open opens all data sets at their places.
func (f *Feed) open(ctx context.Context, at position) error {
	for task, places := range at.Tasks {
		var streams []*stream
		for set := range places {
			s, err := f.plan.stream(task, set)
			if err != nil {
				return err
			}
			streams = append(streams, s)
		}
		f.streams = append(f.streams, streams)
		for set, s := range streams {
			q := f.plan.query(task, set)
			q.Epochs = endless
			if err := s.open(ctx, q, places[set]); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare makes batches until the feed is closed.
func (f *Feed) prepare(ctx context.Context, at position) {
	for {
		var p *prepared
		select {
		case p = <-f.free:
		case <-ctx.Done():
			return
		}
		p.err = f.fill(ctx, &p.batch, at.Batch)
		at.Batch++
		for task, streams := range f.streams {
			for set, s := range streams {
				at.Tasks[task][set] = s.at
			}
		}
		p.after = at.clone()
		select {
		case f.ready <- p:
		case <-ctx.Done():
			return
		}
		if p.err != nil {
			return
		}
	}
}

// fill makes batch n: the first of those in a row of draws that teaches
// something.
func (f *Feed) fill(ctx context.Context, b *model.Batch, n uint64) error {
	o := &f.plan.options
	draws := splitmix.Seed(splitmix.Mix(splitmix.Mix(o.Seed, drawSalt), n))
	task := pick(&draws, len(o.Tasks), func(i int) float64 { return o.Tasks[i].Odds })
	t, streams := &o.Tasks[task], f.streams[task]
	for range mostEmpty {
		if err := t.fill(ctx, b, task, streams, &draws); err != nil {
			return err
		}
		if teaches(b) {
			return nil
		}
	}
	return jsonconfig.Refuse(fmt.Sprintf("tasks[%d].data", task), fmt.Sprintf("%d batches in a row without a step to learn from", mostEmpty),
		"learn from what exploration chose too, make the lead shorter, or give data with labels that are known")
}

// mostEmpty is how many batches are drawn in search of something to learn.
const mostEmpty = 1000

// fill makes a batch of what the draws choose.
func (t *Task) fill(ctx context.Context, b *model.Batch, task int, streams []*stream, draws *splitmix.Stream) error {
	start(b, task)
	for !t.full(b) {
		s := streams[pick(draws, len(streams), func(i int) float64 { return streams[i].at.Weight })]
		w, err := s.take(ctx)
		if errors.Is(err, io.EOF) {
			err = s.data.err(io.ErrUnexpectedEOF)
		}
		if err == nil {
			err = t.pack(s, w, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// drawSalt sets the draws of tasks and data sets apart from the orders within
// data sets.
const drawSalt = 0x66656564

// pick draws one of n by their weights.
func pick(draws *splitmix.Stream, n int, weight func(i int) float64) int {
	total := 0.0
	for i := range n {
		total += weight(i)
	}
	left := float64(draws.Uint64()>>11) / (1 << 53) * total
	for i := range n - 1 {
		if left < weight(i) {
			return i
		}
		left -= weight(i)
	}
	return n - 1
}

// Next returns the next batch, which is the caller's until the next call. After
// an error, but for ctx's, the feed must be opened again with its cursor.
func (f *Feed) Next(ctx context.Context) (*model.Batch, error) {
	if f.failed != nil {
		return nil, f.failed
	}
	if f.last != nil {
		f.free <- f.last
		f.last = nil
	}
	select {
	case p := <-f.ready:
		if p.err != nil {
			f.failed = p.err
			return nil, p.err
		}
		f.last, f.at = p, p.after
		return &p.batch, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Cursor tells where the batch after the last one begins.
func (f *Feed) Cursor() []byte { return f.at.encode() }

// errClosed says that a feed was closed.
var errClosed = errors.New("feed: it is closed: open it again")

// Close ends the preparations. The data sets stay open.
func (f *Feed) Close() error {
	if errors.Is(f.failed, errClosed) {
		return nil
	}
	f.failed = errClosed
	f.stop()
	f.done.Wait()
	f.closeStreams()
	return nil
}

func (f *Feed) closeStreams() {
	for _, streams := range f.streams {
		for _, s := range streams {
			s.close()
		}
	}
}
