package traj

import (
	"context"
	"fmt"
	"slices"

	"trailblazer/internal/parallel"
)

// ReadGroup fills dst with the steps of a row group: those fields that it was
// made for. It uses dst's memory where there is enough.
func (s *Set) ReadGroup(shard, group int, dst *Frame) error {
	if shard < 0 || shard >= len(s.shards) || group < 0 || group >= len(s.shards[shard].Groups) {
		return fmt.Errorf("%s has no row group %d of shard %d", s.dir, group, shard)
	}
	t, release, err := s.tables.acquire(stepsPath(s.dir, s.shards[shard].Name))
	if err != nil {
		return err
	}
	defer release()
	rows := s.shards[shard].Groups[group].Rows
	var jobs []readJob
	for i, f := range dst.Fields {
		if err := s.mustHave(f); err != nil {
			return err
		}
		v := &dst.Values[i]
		if f.Name == FieldPolicy {
			jobs = append(jobs, func() error { return t.readNames(group, rows, FieldPolicy, s.codes, v) })
			continue
		}
		more, err := t.fieldJobs(group, rows, "", f, v)
		if err != nil {
			return err
		}
		jobs = append(jobs, more...)
	}
	dst.Rows = rows
	return runJobs(jobs)
}

// mustHave checks that a field of a frame is one of the set's.
func (s *Set) mustHave(f *Field) error {
	at := s.schema.Field(f.Name)
	if at < 0 {
		return fmt.Errorf("%s has no field %q", s.dir, f.Name)
	}
	if own := &s.schema.Fields[at]; own.Leaf.DType != f.Leaf.DType || own.Leaf.Ragged != f.Leaf.Ragged || !slices.Equal(own.Leaf.Shape, f.Leaf.Shape) {
		return fmt.Errorf("field %q of %s is %v of shape %v, not %v of %v: make the frame with the set's schema",
			f.Name, s.dir, own.Leaf.DType, own.Leaf.Shape, f.Leaf.DType, f.Leaf.Shape)
	}
	return nil
}

// runJobs runs jobs on all cores.
func runJobs(jobs []readJob) error {
	run := func(_ context.Context, i int) error { return jobs[i]() }
	return parallel.Run(context.Background(), parallel.Work{N: len(jobs), Start: func() (func(context.Context, int) error, func()) {
		return run, func() {}
	}})
}
