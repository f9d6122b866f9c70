package traj

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

// Set is a data set opened for reading: the shards that were finished then. It
// is safe for concurrent use.
type Set struct {
	dir      string
	info     *Info
	schema   *Schema
	shards   []Shard
	policies []string
	codes    map[string]int32 // of policies
	tables   tableCache
	groups   groupCache

	mu      sync.Mutex
	headers []Header
}

// Shard is one shard of a set.
type Shard struct {
	ShardInfo
	// Groups lists its row groups.
	Groups []Group
	// Policies lists the policies that acted in it, sorted.
	Policies []string

	bytes [][]int // of each field, by row group
}

// Group is a row group: what is read at once. It has whole episodes.
type Group struct{ Rows, Episodes int }

// Open reads what a data set consists of. Shards that are finished later are
// not seen.
func Open(dir string) (*Set, error) {
	names, err := shardNames(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	s := &Set{dir: dir, tables: tableCache{limit: maxTables}}
	if err := s.open(names); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Set) open(names []string) error {
	var infos []*Info
	for _, name := range names {
		info, err := s.openShard(name)
		if err != nil {
			return err
		}
		infos = append(infos, info)
		if err := infos[0].differs(info); err != nil {
			return fmt.Errorf("%s is of another kind than %s: its %w; move one of them to a data set of its own",
				stepsPath(s.dir, name), stepsPath(s.dir, names[0]), err)
		}
	}
	for i := range s.shards {
		s.policies = append(s.policies, s.shards[i].Policies...)
	}
	slices.Sort(s.policies)
	s.policies = slices.Compact(s.policies)
	s.codes = make(map[string]int32, len(s.policies))
	for i, name := range s.policies {
		s.codes[name] = int32(i)
	}
	var err error
	if s.info, err = s.describe(infos); err != nil {
		return err
	}
	if s.schema, err = s.info.Schema(); err != nil {
		return fmt.Errorf("%s: %w", s.dir, err)
	}
	return nil
}

// Info describes the set. Do not change it.
func (s *Set) Info() *Info { return s.info }

// Schema lists the fields of a step.
func (s *Set) Schema() *Schema { return s.schema }

// Shards lists the shards in order. Do not change them.
func (s *Set) Shards() []Shard { return s.shards }

// GroupBytes returns how much memory a field of a row group takes in a Frame:
// exactly, or at most where its rows differ in length. It reads nothing.
func (s *Set) GroupBytes(shard, group, field int) int { return s.shards[shard].bytes[group][field] }

// Policies lists all policies that acted, sorted. FieldPolicy counts them in
// what ReadGroup and Scan read.
func (s *Set) Policies() []string { return s.policies }

// Close closes the files.
func (s *Set) Close() error { return s.tables.close() }
