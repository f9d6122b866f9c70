package traj

import (
	"fmt"

	"trailblazer/api/env"
)

// Scan calls do with a column's values, row group by row group, in order: a
// column of numbers, one for each step, by its name in the file. T must be the
// type of its field. The slice is used again for the next row group.
func Scan[T env.Element](s *Set, column string, do func(values []T) error) error {
	f, err := s.flatColumn(column)
	if err != nil {
		return err
	}
	if !isOf[T](f.Leaf.DType) {
		var zero T
		return fmt.Errorf("column %q of %s holds %v, not %T", column, s.dir, f.Leaf.DType, zero)
	}
	var values Values
	for i := range s.shards {
		for g := range s.shards[i].Groups {
			if err := s.readColumn(i, g, column, f, &values); err != nil {
				return err
			}
			if err := do(Of[T](&values)); err != nil {
				return err
			}
		}
	}
	return nil
}

// flatColumn describes a column as a field of one number.
func (s *Set) flatColumn(name string) (*Field, error) {
	for i := range s.schema.Fields {
		f := &s.schema.Fields[i]
		if f.Leaf.Ragged {
			continue
		}
		for _, c := range f.Columns() {
			if c.Name == name {
				return &Field{Name: name, Role: f.Role, Leaf: env.Leaf{DType: f.Leaf.DType}}, nil
			}
		}
	}
	return nil, fmt.Errorf("%s has no column %q of numbers: \"trailblazer data info --columns %s\" lists them", s.dir, name, s.dir)
}

func (s *Set) readColumn(shard, group int, name string, f *Field, dst *Values) error {
	t, release, err := s.tables.acquire(stepsPath(s.dir, s.shards[shard].Name))
	if err != nil {
		return err
	}
	defer release()
	rows := s.shards[shard].Groups[group].Rows
	if name == FieldPolicy {
		return t.readNames(group, rows, name, s.codes, dst)
	}
	jobs, err := t.fieldJobs(group, rows, "", f, dst)
	if err != nil {
		return err
	}
	return jobs[0]()
}

// isOf reports whether T is the type of an element.
func isOf[T env.Element](d env.DType) bool {
	var zero T
	switch any(zero).(type) {
	case bool:
		return d == env.Bool
	case int8:
		return d == env.Int8
	case uint8:
		return d == env.Uint8
	case int32:
		return d == env.Int32
	case int64:
		return d == env.Int64
	case float32:
		return d == env.Float32
	}
	return d == env.Float64
}
