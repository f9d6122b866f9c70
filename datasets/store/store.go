package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// The values that zeros of Options stand for.
const (
	DefaultRest  = 30 * time.Second
	DefaultFresh = 5 * time.Second
)

// Options say how a Store writes. The zero value will do.
type Options struct {
	// Rest is how long a writer stays open that nobody uses; then its shards are
	// finished. 0 stands for DefaultRest, 30 seconds.
	Rest time.Duration
	// Fresh is how old, about, what a Read finds may be: it finishes an open shard,
	// however short, if this has passed since the last time. 0 stands for
	// DefaultFresh, 5 seconds.
	Fresh time.Duration
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
	now     func() time.Time
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
	if o.Fresh == 0 {
		o.Fresh = DefaultFresh
	}
	after := func(d time.Duration, do func()) timer { return time.AfterFunc(d, do) }
	return &Store{shelf: &shelf{dir: dir, options: o, now: time.Now, after: after, open: make(map[string]*opened)}}, nil
}

// Of returns the Store as an owner sees it; an empty owner stands for
// everybody.
func (s *Store) Of(owner string) *Store { return &Store{shelf: s.shelf, owner: owner} }

// Writer returns the writer of a data set, for episodes of a spec; the data set
// is made where there is none. It stays open at least until release is called;
// the last release finishes the open shards, as often as Read does.
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
	release = sync.OnceFunc(func() { s.leave(o) })
	if w, err = o.writerFor(name, spec, s.options.Writer); err != nil {
		release()
		return nil, nil, err
	}
	return w, release, nil
}

// Read opens a data set for a long look, such as a pull. Of one's own data sets
// it finishes the open shards first, if nothing was for Options.Fresh, or if
// they have a row group at least: whoever asks often must not cut a recording
// to pieces. What a server that was killed has left is finished in any case.
// What can't be, as on a full disk, is missing. Close the set after use. The
// error is a *env.NotFoundError where there is none of this name.
func (s *Store) Read(name string) (*traj.Set, error) {
	dir, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if filepath.Dir(dir) == s.own() {
		s.failed(dir, s.finish(dir, reading))
	}
	return traj.Open(dir)
}

// Look is Read of what is finished: it writes nothing.
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
