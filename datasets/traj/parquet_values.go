package traj

import (
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"trailblazer/api/env"
)

// physical is how Parquet holds an element that is no boolean.
type physical interface {
	int32 | int64 | float32 | float64
}

// sink takes the pages of a column, in order.
type sink func(parquet.Page) error

// elementSink is the sink that gives put the values of a column of elements of
// type d, nulls left out, page after page. T is d's type in memory.
func elementSink[T env.Element](d env.DType, put func([]T) error) sink {
	switch put := any(put).(type) {
	case func([]bool) error:
		return bitSink(put)
	case func([]int8) error:
		return narrowSink(put)
	case func([]uint8) error:
		return narrowSink(put)
	case func([]int32) error:
		return numberSink((*encoding.Values).Int32, put)
	case func([]int64) error:
		return numberSink((*encoding.Values).Int64, put)
	case func([]float32) error:
		return numberSink((*encoding.Values).Float, put)
	case func([]float64) error:
		return numberSink((*encoding.Values).Double, put)
	}
	panic(fmt.Sprintf("traj: no elements of type %v", d))
}

// numberSink passes values on as the page holds them. Those of a dictionary are
// looked up.
func numberSink[P physical](of func(*encoding.Values) []P, put func([]P) error) sink {
	var found []P
	return func(page parquet.Page) error {
		data := page.Data()
		var values []P
		if dictionary := page.Dictionary(); dictionary == nil {
			values = of(&data)
		} else {
			known := dictionary.Page().Data()
			words := of(&known)
			codes := data.Int32()
			found = slices.Grow(found[:0], len(codes))[:len(codes)]
			for i, code := range codes {
				if uint32(code) >= uint32(len(words)) {
					return fmt.Errorf("value number %d of a dictionary of %d", code, len(words))
				}
				found[i] = words[code]
			}
			values = found
		}
		if n := page.NumValues() - page.NumNulls(); n != int64(len(values)) {
			return fmt.Errorf("a page of %d values holds %d", n, len(values))
		}
		return put(values)
	}
}

// narrowSink passes INT32 on as bytes.
func narrowSink[T int8 | uint8](put func([]T) error) sink {
	var narrow []T
	return numberSink((*encoding.Values).Int32, func(values []int32) error {
		narrow = slices.Grow(narrow[:0], len(values))[:len(values)]
		for i, v := range values {
			narrow[i] = T(v)
		}
		return put(narrow)
	})
}

// bitSink passes booleans on, which pages hold as bits, the lowest first.
func bitSink(put func([]bool) error) sink {
	var flags []bool
	return func(page parquet.Page) error {
		data := page.Data()
		bits, n := data.Boolean(), int(page.NumValues()-page.NumNulls())
		if n > 8*len(bits) {
			return fmt.Errorf("a page of %d values holds %d", n, 8*len(bits))
		}
		flags = slices.Grow(flags[:0], n)[:n]
		for i := range flags {
			flags[i] = bits[i/8]>>(i%8)&1 != 0
		}
		return put(flags)
	}
}
