package traj

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"

	"trailblazer/api/env"
	"trailblazer/datasets/traj/internal/element"
)

// readJob reads one column, or the columns of one ragged field, of a row group.
type readJob func() error

// fieldJobs lists the jobs that fill dst with a field's values of a row group
// of so many rows. They may run at the same time.
func (t *tableFile) fieldJobs(group, rows int, prefix string, f *Field, dst *Values) ([]readJob, error) {
	columns := make([]*parquet.Column, 0, f.Leaf.Elements())
	node := element.Node(f.Leaf.DType)
	if f.Leaf.Ragged {
		node = parquet.List(node)
	}
	for _, c := range f.Columns() {
		column, err := t.column(prefix+c.Name, node)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	switch f.Leaf.DType {
	case env.Bool:
		return elementJobs[bool](t, group, rows, f, columns, dst), nil
	case env.Int8:
		return elementJobs[int8](t, group, rows, f, columns, dst), nil
	case env.Uint8:
		return elementJobs[uint8](t, group, rows, f, columns, dst), nil
	case env.Int32:
		return elementJobs[int32](t, group, rows, f, columns, dst), nil
	case env.Int64:
		return elementJobs[int64](t, group, rows, f, columns, dst), nil
	case env.Float32:
		return elementJobs[float32](t, group, rows, f, columns, dst), nil
	case env.Float64:
		return elementJobs[float64](t, group, rows, f, columns, dst), nil
	}
	return nil, fmt.Errorf("field %s is of %v, which no column is", f.Name, f.Leaf.DType)
}

func elementJobs[T env.Element](t *tableFile, group, rows int, f *Field, columns []*parquet.Column, dst *Values) []readJob {
	if f.Leaf.Ragged {
		return []readJob{func() error { return readLists[T](t, group, rows, f, columns, dst) }}
	}
	size := rows * f.Leaf.RowBytes()
	dst.Data = slices.Grow(dst.Data[:0], size)[:size]
	jobs := make([]readJob, len(columns))
	for i, c := range columns {
		jobs[i] = func() error {
			to := strided[T]{data: Of[T](dst), stride: len(columns), at: i}
			if err := t.eachPage(group, c, elementSink(f.Leaf.DType, to.put)); err != nil {
				return err
			}
			if to.at < len(to.data) {
				return t.damagedColumn(group, c, fmt.Errorf("it has %d rows of the %d", to.at/to.stride, rows))
			}
			return nil
		}
	}
	return jobs
}

// strided puts a column's values where its element is in each row.
type strided[T env.Element] struct {
	data       []T
	stride, at int
}

func (s *strided[T]) put(values []T) error {
	if left := (len(s.data) - s.at + s.stride - 1) / s.stride; len(values) > left {
		return fmt.Errorf("it has %d rows more than the row group", len(values)-left)
	}
	if s.stride == 1 {
		s.at += copy(s.data[s.at:], values)
		return nil
	}
	at := s.at
	for _, v := range values {
		s.data[at] = v
		at += s.stride
	}
	s.at = at
	return nil
}

// readLists fills dst with a ragged field, the lists of whose columns are
// equally long in each row.
func readLists[T env.Element](t *tableFile, group, rows int, f *Field, columns []*parquet.Column, dst *Values) error {
	var first []T
	var offsets []int64
	for i, c := range columns {
		read := listReader[T]{offsets: dst.Offsets[:0], values: first[:0]}
		if i > 0 {
			read.offsets = offsets[:0]
		}
		if err := t.eachPage(group, c, read.sink(f.Leaf.DType)); err != nil {
			return err
		}
		read.offsets = append(read.offsets, read.end)
		first = read.values
		switch {
		case len(read.offsets)-1 != rows:
			return t.damagedColumn(group, c, fmt.Errorf("it has %d rows of the %d", len(read.offsets)-1, rows))
		case read.end != int64(len(read.values)):
			return t.damagedColumn(group, c, fmt.Errorf("its lists hold %d values, not %d", len(read.values), read.end))
		case i == 0:
			dst.Offsets = read.offsets
			size := len(first) * f.Leaf.RowBytes()
			dst.Data = slices.Grow(dst.Data[:0], size)[:size]
		default:
			offsets = read.offsets
			if !slices.Equal(offsets, dst.Offsets) {
				return t.damagedColumn(group, c, fmt.Errorf("its lists are not as long as those of %s", columns[0].Path()[0]))
			}
		}
		to := strided[T]{data: Of[T](dst), stride: len(columns), at: i}
		if err := to.put(first); err != nil {
			return err
		}
	}
	return nil
}

// listReader gathers the lists of a column.
type listReader[T env.Element] struct {
	offsets []int64 // where each list starts
	end     int64   // where the last one ends
	values  []T
}

func (r *listReader[T]) sink(d env.DType) sink {
	values := elementSink(d, func(values []T) error {
		r.values = append(r.values, values...)
		return nil
	})
	return func(page parquet.Page) error {
		repetition, definition := page.RepetitionLevels(), page.DefinitionLevels()
		if len(repetition) != len(definition) {
			return errors.New("its levels are not equally many")
		}
		for i, again := range repetition {
			if again == 0 {
				r.offsets = append(r.offsets, r.end)
			}
			r.end += int64(definition[i])
		}
		return values(page)
	}
}
