package traj

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"
)

// Episode reads one whole episode by its header, one of Headers. Episodes that
// are asked for in order are read a row group at a time.
func (s *Set) Episode(h *Header) (*Episode, error) {
	headers, err := s.Headers()
	if err != nil {
		return nil, err
	}
	at, ok := slices.BinarySearchFunc(headers, h, compareHeaders)
	if !ok || headers[at].ID != h.ID || headers[at].Steps != h.Steps {
		return nil, fmt.Errorf("%s has no episode %d at shard %d, row group %d, row %d: give one of Headers", s.dir, h.ID, h.Shard, h.Group, h.Row)
	}
	group, err := s.groups.get(s, h.Shard, h.Group)
	if err != nil {
		return nil, err
	}
	first, _ := slices.BinarySearchFunc(headers, &Header{Shard: h.Shard, Group: h.Group}, compareHeaders)
	e, err := group.episode(s, h, at-first)
	if err != nil {
		return nil, damaged(stepsPath(s.dir, s.shards[h.Shard].Name), fmt.Sprintf("row group %d, rows %d to %d", h.Group, h.Row, h.Row+h.Steps), err)
	}
	return e, nil
}

// compareHeaders orders headers by where their episodes lie.
func compareHeaders(a Header, b *Header) int {
	return cmp.Or(cmp.Compare(a.Shard, b.Shard), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Row, b.Row))
}

// wholeGroup is a row group with all that belongs to its episodes.
type wholeGroup struct {
	steps *Frame
	// By episode.
	initial, final *Frame
	starts         [][]byte
	policies       [][]int32
}

// episode copies one episode, whose place among those of the group is given.
func (g *wholeGroup) episode(s *Set, h *Header, place int) (*Episode, error) {
	cut := func(src *Frame, low, high int) *Frame {
		dst := &Frame{Fields: src.Fields, Values: make([]Values, len(src.Values))}
		for i := range src.Values {
			if src.Values[i].Offsets != nil {
				dst.Values[i].Offsets = []int64{0}
			}
		}
		dst.AppendRows(src, low, high)
		return dst
	}
	e := &Episode{Header: *h, Steps: cut(g.steps, h.Row, h.Row+h.Steps), Initial: cut(g.initial, place, place+1), Final: cut(g.final, place, place+1)}
	if start := g.starts[place]; len(start) > 0 {
		e.Start = slices.Clone(start)
	}
	for _, code := range g.policies[place] {
		e.Policies = append(e.Policies, s.policies[code])
	}
	for i, id := range Of[int64](e.Steps.Find(FieldEpisode)) {
		if id != h.ID {
			return nil, fmt.Errorf("step %d is of episode %d, not %d", i, id, h.ID)
		}
	}
	// The frame counts the set's policies; an episode counts its own.
	codes := Of[int32](e.Steps.Find(FieldPolicy))
	for i, code := range codes {
		own := slices.Index(g.policies[place], code)
		if own < 0 {
			return nil, fmt.Errorf("step %d of episode %d is of policy %q, which the episode does not name", i, h.ID, s.policies[code])
		}
		codes[i] = int32(own)
	}
	return e, nil
}

// groupCache keeps the row groups that episodes were read from last.
type groupCache struct {
	mu   sync.Mutex
	last []*cachedGroup
}

// cachedGroup is read by the first who wants it.
type cachedGroup struct {
	shard, group int
	once         sync.Once
	whole        *wholeGroup
	err          error
}

// cachedGroups is how many row groups are kept: episodes are read in order, by
// a few readers.
const cachedGroups = 2

func (c *groupCache) get(s *Set, shard, group int) (*wholeGroup, error) {
	g := c.find(shard, group)
	g.once.Do(func() { g.whole, g.err = s.readWhole(shard, group) })
	if g.err != nil {
		c.forget(g)
	}
	return g.whole, g.err
}

// forget makes the next who wants a row group try again.
func (c *groupCache) forget(g *cachedGroup) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = slices.DeleteFunc(c.last, func(o *cachedGroup) bool { return o == g })
}

// find returns the place of a row group.
func (c *groupCache) find(shard, group int) *cachedGroup {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, g := range c.last {
		if g.shard == shard && g.group == group {
			c.last = append(slices.Delete(c.last, i, i+1), g)
			return g
		}
	}
	if len(c.last) == cachedGroups {
		c.last = slices.Delete(c.last, 0, 1)
	}
	g := &cachedGroup{shard: shard, group: group}
	c.last = append(c.last, g)
	return g
}

// readWhole reads a row group of both files.
func (s *Set) readWhole(shard, group int) (*wholeGroup, error) {
	g := &wholeGroup{steps: s.schema.NewFrame()}
	if err := s.ReadGroup(shard, group, g.steps); err != nil {
		return nil, err
	}
	t, release, err := s.tables.acquire(episodesPath(s.dir, s.shards[shard].Name))
	if err != nil {
		return nil, err
	}
	defer release()
	rows := s.shards[shard].Groups[group].Episodes
	g.initial, g.final = s.schema.NewFrame(s.schema.Role(RoleInfo)...), s.schema.NewFrame(s.schema.shown()...)
	var jobs []readJob
	for _, part := range []struct {
		prefix string
		frame  *Frame
	}{{initialPrefix, g.initial}, {finalPrefix, g.final}} {
		part.frame.Rows = rows
		for i, f := range part.frame.Fields {
			more, err := t.fieldJobs(group, rows, part.prefix, f, &part.frame.Values[i])
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, more...)
		}
	}
	if err := runJobs(jobs); err != nil {
		return nil, err
	}
	return g, t.readLoose(group, rows, s.codes, g)
}

// readLoose reads what is neither header nor field: start and policies.
func (t *tableFile) readLoose(group, rows int, codes map[string]int32, g *wholeGroup) error {
	start, err := t.column(columnStart, parquet.Leaf(parquet.ByteArrayType))
	if err != nil {
		return err
	}
	err = t.eachValue(group, start, func(v parquet.Value) error {
		g.starts = append(g.starts, slices.Clone(v.ByteArray()))
		return nil
	})
	if err != nil {
		return err
	}
	policies, err := t.column(columnPolicies, parquet.List(nameNode()))
	if err != nil {
		return err
	}
	err = t.eachValue(group, policies, func(v parquet.Value) error {
		if v.RepetitionLevel() == 0 {
			g.policies = append(g.policies, nil)
		}
		code, ok := codes[string(v.ByteArray())]
		if !ok || v.IsNull() {
			return fmt.Errorf("an episode has no policy %q", v.ByteArray())
		}
		last := &g.policies[len(g.policies)-1]
		*last = append(*last, code)
		return nil
	})
	if err != nil {
		return err
	}
	if len(g.starts) != rows || len(g.policies) != rows {
		return t.damagedColumn(group, policies, fmt.Errorf("%d starts and %d lists of policies for %d episodes", len(g.starts), len(g.policies), rows))
	}
	return nil
}
