package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// DefaultRest is how long a writer stays open that nobody uses.
const DefaultRest = 30 * time.Second

// Options say how a Store writes. The zero value will do.
type Options struct {
	// Rest is how long a writer stays open that nobody uses; then its shard is
	// finished. 0 stands for DefaultRest.
	Rest time.Duration
	// Writer is how data sets are written.
	Writer traj.WriterOptions
	// Failed, where set, is told of shards that could not be finished while
	// nobody waited for it. What is in them stays in their journals.
	Failed func(dir string, err error)
}

// Store is data sets, as one owner sees them. It is safe for concurrent use.
type Store struct {
	*shelf
	owner string
}

// shelf is what all owners share.
type shelf struct {
	dir     string
	options Options
	after   func(time.Duration, func()) timer

	mu     sync.Mutex
	open   map[string]*opened // by directory
	closed bool
}

// timer is a *time.Timer.
type timer interface{ Stop() bool }

// ErrClosed says that a Store was closed.
var ErrClosed = errors.New("the data sets are closed: the server is stopping")

// Open makes a Store of a directory, which is made where there is none. It
// belongs to no owner.
func Open(dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("data sets: %w", err)
	}
	if o.Rest == 0 {
		o.Rest = DefaultRest
	}
	after := func(d time.Duration, do func()) timer { return time.AfterFunc(d, do) }
	return &Store{shelf: &shelf{dir: dir, options: o, after: after, open: make(map[string]*opened)}}, nil
}

// Of returns the Store as an owner sees it; an empty owner stands for
// everybody.
func (s *Store) Of(owner string) *Store { return &Store{shelf: s.shelf, owner: owner} }

// Writer returns the writer of a data set, for episodes of a spec; the data set
// is made where there is none. It stays open at least until release is called.
// The error is a *env.FieldError where the name or the spec is to blame.
func (s *Store) Writer(name string, spec *env.Spec) (w *traj.Writer, release func(), err error) {
	dir, err := s.place(name)
	if err != nil {
		return nil, nil, err
	}
	o, err := s.use(dir)
	if err != nil {
		return nil, nil, err
	}
	release = sync.OnceFunc(func() { s.release(o) })
	if w, err = o.writerFor(name, spec, s.options.Writer); err != nil {
		release()
		return nil, nil, err
	}
	return w, release, nil
}

// Read opens a data set with all that was added to it so far, also by a server
// that was killed. Close it after use. The error is a *env.NotFoundError where
// there is none of this name. What can't be finished, as on a full disk, is
// missing.
func (s *Store) Read(name string) (*traj.Set, error) {
	dir, err := s.find(name)
	if err != nil {
		return nil, err
	}
	s.failed(dir, s.flush(dir))
	return traj.Open(dir)
}

// Look is Read without what is not finished yet: it writes nothing.
func (s *Store) Look(name string) (*traj.Set, error) {
	dir, err := s.find(name)
	if err != nil {
		return nil, err
	}
	return traj.Open(dir)
}

// Close finishes all shards. Writers that are in use are closed too.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	var all []*opened
	for _, o := range s.open {
		all = append(all, o)
	}
	s.mu.Unlock()
	var errs []error
	for _, o := range all {
		errs = append(errs, o.close())
	}
	return errors.Join(errs...)
}
