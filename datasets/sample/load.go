package sample

import (
	"slices"
	"sync/atomic"

	"trailblazer/datasets/traj"
)

// files is what a Reader asks of a data set; *traj.Set is one.
type files interface {
	Schema() *traj.Schema
	Shards() []traj.Shard
	Headers() ([]traj.Header, error)
	Policies() []string
	ReadGroup(shard, group int, dst *traj.Frame) error
	GroupBytes(shard, group, field int) int
}

// policiesOf lists the policies that acted in some shards, sorted, so that a
// set that grows keeps its numbers of them for those who began before. Where
// the set numbers them otherwise, codes translates.
func policiesOf(files files, shards []int) (names []string, codes []int32) {
	for _, i := range shards {
		names = append(names, files.Shards()[i].Policies...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	all := files.Policies()
	if slices.Equal(names, all) {
		return all, nil
	}
	codes = make([]int32, len(all))
	for i, name := range names {
		if at, ok := slices.BinarySearch(all, name); ok {
			codes[at] = int32(i)
		}
	}
	return names, codes
}

// loaded is a pool in memory.
type loaded struct {
	epoch, pool int
	groups      []int32
	low         int // the number of its first window in the epoch
	frames      []*traj.Frame
	windows     []window
}

// window is one of a pool, by the place of its episode in the plan.
type window struct{ frame, episode, start int32 }

// arrange lists the windows of a pool in its order.
func (p *plan) arrange(l *loaded, e *epoch, at int) {
	pool := &e.pools[at]
	l.epoch, l.pool, l.low = e.number, at, pool.low
	l.windows = l.windows[:0]
	for i, g := range pool.groups {
		for n := p.groups[g].first; n < p.groups[g].end; n++ {
			steps := int(p.episodes[n].steps)
			for k := range windowsOf(steps, p.query.Window, p.query.Stride) {
				start := startOf(k, steps, p.query.Window, p.query.Stride)
				l.windows = append(l.windows, window{int32(i), int32(n), int32(start)})
			}
		}
	}
	if p.query.Shuffle {
		permute(l.windows, poolSeed(p.query.Seed, e.number, at))
	}
}

// loader reads pools, one at a time, into frames that it uses again.
type loader struct {
	files  files
	plan   *plan
	fields []int
	// codes translates the set's numbers of policies; nil where they stay.
	codes []int32
	stop  atomic.Bool

	free    []*traj.Frame
	scratch *traj.Frame
}

// load reads a pool into l, whose memory it uses again.
func (r *loader) load(l *loaded, e *epoch, at int) error {
	r.plan.arrange(l, e, at)
	r.free = append(r.free, l.frames...)
	l.frames, l.groups = l.frames[:0], nil
	for _, g := range e.pools[at].groups {
		if r.stop.Load() {
			return errClosed
		}
		frame, err := r.read(&r.plan.groups[g])
		if err != nil {
			return err
		}
		if r.codes != nil {
			for policies, i := traj.Of[int32](frame.Find(traj.FieldPolicy)), 0; i < len(policies); i++ {
				policies[i] = r.codes[policies[i]]
			}
		}
		l.frames = append(l.frames, frame)
	}
	l.groups = e.pools[at].groups
	return nil
}

// read reads the selected rows of a row group.
func (r *loader) read(g *group) (*traj.Frame, error) {
	frame := r.frame()
	if g.steps == g.rows {
		return frame, r.files.ReadGroup(g.shard, g.index, frame)
	}
	if r.scratch == nil {
		r.scratch = r.files.Schema().NewFrame(r.fields...)
	}
	if err := r.files.ReadGroup(g.shard, g.index, r.scratch); err != nil {
		return nil, err
	}
	frame.Reset()
	for _, s := range g.spans {
		frame.AppendRows(r.scratch, s.low, s.high)
	}
	return frame, nil
}

func (r *loader) frame() *traj.Frame {
	n := len(r.free)
	if n == 0 {
		return r.files.Schema().NewFrame(r.fields...)
	}
	frame := r.free[n-1]
	r.free = r.free[:n-1]
	return frame
}
