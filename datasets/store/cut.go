package store

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"trailblazer/datasets/traj"
)

// cut remembers how a writer's shards were cut short for readers.
type cut struct {
	mu sync.Mutex // held meanwhile: who reads too waits for the same shard
	// last is when it was done, for each reason; shards counts those that were
	// too short.
	last   [reasons]time.Time
	shards int
}

// reason is why a shard is cut short.
type reason uint8

const (
	// reading: somebody wants to see what is there.
	reading reason = iota
	// leaving: nobody is about to add more.
	leaving
	reasons
)

// due reports whether a shard of so many steps is to be cut short: when it has a
// row group at least, or when the last cut for this reason is some time ago.
// Each one that was too short makes this time a tenth longer: who polls a day
// long makes some 580 shards of it with DefaultFresh, and not 17,280.
func (c *cut) due(why reason, steps int, now time.Time, o *Options) bool {
	if steps == 0 {
		return false
	}
	pause := o.Fresh + time.Duration(c.shards)*o.Fresh/10
	return steps >= groupSteps(o) || c.last[why].IsZero() || now.Sub(c.last[why]) >= pause
}

func groupSteps(o *Options) int {
	if o.Writer.GroupSteps > 0 {
		return o.Writer.GroupSteps
	}
	return traj.DefaultGroupSteps
}

// finish finishes the open shards of a data set, where that is due, and what a
// writer that was killed has left.
func (s *shelf) finish(dir string, why reason) error {
	o, err := s.use(dir)
	if err != nil {
		return err
	}
	defer s.release(o)
	o.cut.mu.Lock()
	defer o.cut.mu.Unlock()
	w, err := o.current(s.options.Writer)
	if w == nil || err != nil {
		return err
	}
	steps := w.Unfinished()
	if !o.cut.due(why, steps, s.now(), &s.options) {
		return nil
	}
	if err := w.Flush(); err != nil {
		if errors.Is(err, traj.ErrClosed) {
			return nil // All is finished, since the store is closed.
		}
		return err
	}
	o.cut.last[why] = s.now()
	if steps < groupSteps(&s.options) {
		o.cut.shards++
	}
	return nil
}

// current returns the writer, if it is open. If it is not, nobody here adds to
// the data set: what was left by one who was killed is finished, unless another
// process writes.
func (o *opened) current(options traj.WriterOptions) (*traj.Writer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writer != nil {
		return o.writer, nil
	}
	left, err := filepath.Glob(filepath.Join(o.dir, "open", "*.journal"))
	if err != nil || len(left) == 0 {
		return nil, err
	}
	var locked *traj.LockedError
	if err := takeUp(o.dir, options); !errors.As(err, &locked) {
		return nil, err
	}
	return nil, nil
}

// takeUp finishes what a writer that was killed has left.
func takeUp(dir string, options traj.WriterOptions) error {
	set, err := traj.Open(dir)
	if err != nil {
		return err
	}
	defer set.Close()
	info := set.Info()
	spec, err := info.Spec()
	if err != nil || len(info.Scenarios) == 0 {
		return err
	}
	known := &info.Scenarios[0]
	spec.Scenario, spec.ContentHash, spec.DataHashes = known.Name, known.ContentHash, known.DataHashes
	spec.Config, spec.Metadata, spec.Episodes = known.Config, known.Metadata, known.Episodes
	w, err := traj.Create(dir, spec, info.Labels, options)
	if err != nil {
		return err
	}
	return w.Close()
}
