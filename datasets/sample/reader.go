package sample

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// Source is batches, one after another: of files here, or of a server. It is
// not safe for concurrent use.
type Source interface {
	// Next returns the next batch, which is the caller's until the next call,
	// or io.EOF after the last. After another error, Cursor tells where to go
	// on.
	Next(ctx context.Context) (*Batch, error)
	// Cursor tells where the batch after the last one begins: the same query
	// with these bytes goes on from there.
	Cursor() []byte
	// Close frees what the source holds.
	Close() error
}

var errClosed = errors.New("sample: the reader is closed: make a new one")

// Reader reads batches from the files of a data set. While one pool is handed
// out, it reads the next; it holds no more than these two, however slow its
// caller is.
type Reader struct {
	plan     *plan
	policies []string
	at       *cursor
	loader   loader
	epochs   []*epoch // this one, and the next where it is being loaded

	current *loaded
	spare   *loaded
	pending chan loading // nil unless a pool is being read
	batch   *Batch
	pieces  []piece
	limit   int
	closed  bool
}

// loading is a pool that was read ahead.
type loading struct {
	pool *loaded
	err  error
}

// Open begins a query over a data set, or goes on with it where a cursor is
// given. The set must stay open until the Reader is closed. Errors of the
// caller are a *env.FieldError or *env.NotFoundError, whose fields are called
// as in the service's PullRequest.
func Open(set *traj.Set, query Query, cursor []byte) (*Reader, error) {
	return open(set, query, cursor)
}

func open(files files, query Query, from []byte) (*Reader, error) {
	query, err := query.withDefaults()
	if err != nil {
		return nil, err
	}
	fields, err := Fields(files.Schema(), query.Fields)
	if err != nil {
		return nil, err
	}
	headers, err := files.Headers()
	if err != nil {
		return nil, err
	}
	shards := files.Shards()
	at := newCursor(&query, shards, headers)
	known := make([]int, len(shards))
	for i := range known {
		known[i] = i
	}
	if len(from) > 0 {
		if at, err = parseCursor(from, &query, len(at.splits)); err != nil {
			return nil, err
		}
		if known, headers, err = at.known(shards, headers); err != nil {
			return nil, err
		}
	}
	plan, err := newPlan(query, headers, shards)
	if err != nil {
		return nil, err
	}
	policies, codes := policiesOf(files, known)
	return &Reader{
		plan: plan, policies: policies, at: at,
		loader: loader{files: files, plan: plan, fields: fields, codes: codes},
		batch:  NewBatch(files.Schema(), fields...),
	}, nil
}

// Fields returns the places of fields in a schema, in its order; none where no
// names are given, which stands for all. The error is a *env.NotFoundError.
func Fields(schema *traj.Schema, names []string) ([]int, error) {
	var places []int
	for _, name := range names {
		at := schema.Field(name)
		if at < 0 {
			var known []string
			for i := range schema.Fields {
				known = append(known, schema.Fields[i].Name)
			}
			return nil, &env.NotFoundError{Kind: "field", Name: name, Known: known}
		}
		places = append(places, at)
	}
	slices.Sort(places)
	return slices.Compact(places), nil
}

// Batches returns the number of batches of one epoch, of all workers together.
func (r *Reader) Batches() int { return r.plan.batches }

// Limit makes Next refuse batches of more than so many bytes, as a
// *env.FieldError, before they take any memory; 0 stands for no limit.
func (r *Reader) Limit(bytes int) { r.limit = bytes }

// Cursor implements Source.
func (r *Reader) Cursor() []byte { return r.at.append(nil) }

// Next implements Source.
func (r *Reader) Next(ctx context.Context) (*Batch, error) {
	if r.closed {
		return nil, errClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// A worker may get nothing in any epoch.
	if r.at.epoch >= r.plan.query.Epochs || r.at.batch >= r.plan.batches {
		return nil, io.EOF
	}
	b := r.batch
	b.Reset()
	b.Policies, b.Epoch = r.policies, uint64(r.at.epoch)
	low, high := r.plan.bounds(r.at.batch)
	for low < high {
		pool, err := r.pool(ctx, r.at.epoch, low)
		if err != nil {
			return nil, err
		}
		end := min(high, pool.low+len(pool.windows))
		if err := r.take(b, pool, pool.windows[low-pool.low:end-pool.low]); err != nil {
			return nil, err
		}
		low = end
	}
	if r.at.batch += r.plan.query.Workers; r.at.batch >= r.plan.batches {
		r.at.epoch, r.at.batch = r.at.epoch+1, r.plan.query.Worker
	}
	return b, nil
}

// take appends windows of a pool to a batch.
func (r *Reader) take(b *Batch, pool *loaded, windows []window) error {
	r.pieces = r.pieces[:0]
	rows := b.RowOffsets[len(b.RowOffsets)-1]
	for _, w := range windows {
		e := &r.plan.episodes[w.episode]
		steps := int32(lengthOf(int(e.steps), r.plan.query.Window))
		low := e.row + w.start
		if n := len(r.pieces); n > 0 && r.pieces[n-1].frame == w.frame && r.pieces[n-1].high == low {
			r.pieces[n-1].high += steps // One copy for neighbours.
		} else {
			r.pieces = append(r.pieces, piece{w.frame, low, low + steps})
		}
		rows += int64(steps)
		b.RowOffsets = append(b.RowOffsets, rows)
		b.Episodes = append(b.Episodes, e.id)
		b.Starts = append(b.Starts, w.start)
	}
	if r.limit > 0 {
		if bytes := b.Bytes() + sizeOf(b.Frame.Fields, pool.frames, r.pieces); bytes > r.limit {
			return &env.FieldError{Field: "batch_size", Value: strconv.Itoa(r.plan.query.BatchSize),
				Remedy: fmt.Sprintf("ask for fewer or shorter windows, or fewer fields: a batch of more than %d MB is not made, and this one has %d MB", r.limit>>20, bytes>>20)}
		}
	}
	gather(b.Frame, pool.frames, r.pieces)
	return nil
}

// pool returns the pool that has a window, and begins to read the one after
// it.
func (r *Reader) pool(ctx context.Context, number, window int) (*loaded, error) {
	e := r.epoch(number)
	at := e.find(window)
	c := r.current
	switch {
	case c != nil && c.epoch == number && c.pool == at:
		return c, nil
	case c != nil && slices.Equal(c.groups, e.pools[at].groups):
		// The next epoch of a data set that fits into one pool.
		r.plan.arrange(c, e, at)
	default:
		if err := r.fetch(ctx, e, at); err != nil {
			return nil, err
		}
	}
	if number, window, ok := r.plan.after(e, at); ok && r.pending == nil {
		next := r.epoch(number)
		if at := next.find(window); !slices.Equal(r.current.groups, next.pools[at].groups) {
			r.begin(next, at)
		}
	}
	return r.current, nil
}

// fetch makes a pool the current one, as soon as it is read.
func (r *Reader) fetch(ctx context.Context, e *epoch, at int) error {
	for {
		if r.pending == nil {
			r.begin(e, at)
		}
		select {
		case read := <-r.pending:
			r.pending = nil
			if read.pool.epoch != e.number || read.pool.pool != at {
				r.spare = read.pool // It was read ahead before an error.
				continue
			}
			if read.err != nil {
				r.spare = read.pool
				return read.err
			}
			r.current, r.spare = read.pool, r.current
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// begin reads a pool ahead.
func (r *Reader) begin(e *epoch, at int) {
	into := r.spare
	r.spare = nil
	if into == nil {
		into = new(loaded)
	}
	pending := make(chan loading, 1)
	r.pending = pending
	go func() {
		pending <- loading{into, r.loader.load(into, e, at)}
	}()
}

// epoch returns the order of an epoch; those that are over are forgotten.
func (r *Reader) epoch(number int) *epoch {
	for _, e := range r.epochs {
		if e.number == number {
			return e
		}
	}
	r.epochs = slices.DeleteFunc(r.epochs, func(e *epoch) bool { return e.number < r.at.epoch })
	e := r.plan.epoch(number)
	r.epochs = append(r.epochs, e)
	return e
}

// Close ends the reading ahead. The data set stays open.
func (r *Reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.loader.stop.Store(true)
	if r.pending != nil {
		<-r.pending
		r.pending = nil
	}
	r.current, r.spare, r.loader.free = nil, nil, nil
	return nil
}
