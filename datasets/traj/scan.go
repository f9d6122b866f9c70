package traj

import (
	"fmt"

	"github.com/parquet-go/parquet-go"

	"trailblazer/api/env"
	"trailblazer/datasets/traj/internal/element"
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
	scan := scanner[T]{set: s, column: column, field: f, do: do}
	for i := range s.shards {
		for g := range s.shards[i].Groups {
			if err := scan.group(i, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// scanner is a scan under way.
type scanner[T env.Element] struct {
	set    *Set
	column string
	field  *Field
	do     func([]T) error
	values []T
}

// group scans a row group. Where all of it is one page, do gets that page's own
// memory.
func (s *scanner[T]) group(shard, group int) error {
	t, release, err := s.set.tables.acquire(stepsPath(s.set.dir, s.set.shards[shard].Name))
	if err != nil {
		return err
	}
	defer release()
	rows := s.set.shards[shard].Groups[group].Rows
	if s.column == FieldPolicy {
		var names Values
		if err := t.readNames(group, rows, s.column, s.set.codes, &names); err != nil {
			return err
		}
		return s.do(Of[T](&names))
	}
	c, err := t.column(s.column, element.Node(s.field.Leaf.DType))
	if err != nil {
		return err
	}
	pages, err := t.read(group, c)
	if err != nil {
		return err
	}
	defer pages.close()
	var found []T
	seen := 0
	use := elementSink(s.field.Leaf.DType, func(values []T) error {
		found = values
		return nil
	})
	s.values = s.values[:0]
	for seen < rows {
		page, err := pages.next(use)
		if err != nil {
			return err
		}
		if page == nil {
			return pages.damaged(fmt.Errorf("it has %d rows of the %d", seen, rows))
		}
		seen += len(found)
		if len(found) == rows {
			err = s.do(found)
			parquet.Release(page)
			return err
		}
		s.values = append(s.values, found...)
		parquet.Release(page)
	}
	if seen > rows {
		return pages.damaged(fmt.Errorf("it has more than the row group's %d rows", rows))
	}
	return s.do(s.values)
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
