package traj

import (
	"context"

	"github.com/parquet-go/parquet-go"

	"trailblazer/api/env"
	"trailblazer/internal/parallel"
)

// columnSource writes all buffered values of one column. block is memory to
// gather them in.
type columnSource func(to *parquet.ColumnWriter, block []parquet.Value) error

// blockValues is how many values are gathered before the library gets them:
// they stay in the processor's first cache.
const blockValues = 512

// writeGroup writes a row group: each column from its source, on all cores.
// What is written does not depend on how many there are.
func writeGroup(out *parquet.GenericWriter[any], sources []columnSource) error {
	writers := out.ColumnWriters()
	err := parallel.Run(context.Background(), parallel.Work{N: len(sources), Start: func() (func(context.Context, int) error, func()) {
		block := make([]parquet.Value, 0, blockValues)
		return func(_ context.Context, i int) error {
			if err := sources[i](writers[i], block); err != nil {
				return err
			}
			return writers[i].Flush()
		}, func() {}
	}})
	if err != nil {
		return err
	}
	return out.Flush()
}

// fieldSources lists the sources of a field's columns, which read v when they
// are called.
func fieldSources(f *Field, v *Values) []columnSource {
	sources := make([]columnSource, f.Leaf.Elements())
	for i := range sources {
		switch f.Leaf.DType {
		case env.Bool:
			sources[i] = elementSource(f, v, i, parquet.BooleanValue)
		case env.Int8:
			sources[i] = elementSource(f, v, i, func(x int8) parquet.Value { return parquet.Int32Value(int32(x)) })
		case env.Uint8:
			sources[i] = elementSource(f, v, i, func(x uint8) parquet.Value { return parquet.Int32Value(int32(x)) })
		case env.Int32:
			sources[i] = elementSource(f, v, i, parquet.Int32Value)
		case env.Int64:
			sources[i] = elementSource(f, v, i, parquet.Int64Value)
		case env.Float32:
			sources[i] = elementSource(f, v, i, parquet.FloatValue)
		case env.Float64:
			sources[i] = elementSource(f, v, i, parquet.DoubleValue)
		}
	}
	return sources
}

// elementSource is the source of one element of a field.
func elementSource[T env.Element](f *Field, v *Values, element int, value func(T) parquet.Value) columnSource {
	stride := f.Leaf.Elements()
	if f.Leaf.Ragged {
		return func(to *parquet.ColumnWriter, block []parquet.Value) error {
			return writeLists(to, block, Of[T](v), v.Offsets, stride, element, value)
		}
	}
	return func(to *parquet.ColumnWriter, block []parquet.Value) error {
		data := Of[T](v)
		for at := element; at < len(data); {
			block = block[:0]
			for ; at < len(data) && len(block) < blockValues; at += stride {
				block = append(block, value(data[at]))
			}
			if _, err := to.WriteRowValues(block); err != nil {
				return err
			}
		}
		return nil
	}
}

// writeLists writes a list for each row. A list's first value has repetition
// level 0 and the others 1; an empty list is one null of definition level 0.
func writeLists[T env.Element](to *parquet.ColumnWriter, block []parquet.Value, data []T, offsets []int64, stride, element int, value func(T) parquet.Value) error {
	write := func() error {
		_, err := to.WriteRowValues(block)
		block = block[:0]
		return err
	}
	for row := range len(offsets) - 1 {
		low, high := int(offsets[row]), int(offsets[row+1])
		if low == high {
			block = append(block, parquet.NullValue().Level(0, 0, 0))
		}
		for i := low; i < high; i++ {
			block = append(block, value(data[i*stride+element]).Level(min(i-low, 1), 1, 0))
		}
		if len(block) >= blockValues {
			if err := write(); err != nil {
				return err
			}
		}
	}
	return write()
}

// sharedSource writes, for each row, the value that its code counts.
func sharedSource(values *[]parquet.Value, codes *[]int32) columnSource {
	return func(to *parquet.ColumnWriter, block []parquet.Value) error {
		for rest := *codes; len(rest) > 0; {
			n := min(len(rest), blockValues)
			block = block[:0]
			for _, code := range rest[:n] {
				block = append(block, (*values)[code])
			}
			if _, err := to.WriteRowValues(block); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	}
}

// plainSource writes values as they are, levels included.
func plainSource(values *[]parquet.Value) columnSource {
	return func(to *parquet.ColumnWriter, _ []parquet.Value) error {
		_, err := to.WriteRowValues(*values)
		return err
	}
}
