package rl

import (
	"fmt"
	"strconv"

	"trailblazer/api/env"
)

// reader copies leaves of info.
type reader struct {
	leaves []int
	count  int // of elements
}

// newReader finds leaves by their paths; field names the option in errors.
func newReader(spec *env.Spec, field string, paths ...string) (reader, error) {
	var r reader
	leaves := env.Leaves(spec.Info)
	for _, path := range paths {
		at := -1
		for i := range leaves {
			if leaves[i].Path == path && !leaves[i].Ragged {
				at = i
			}
		}
		if at < 0 {
			return r, &env.FieldError{Field: field, Value: strconv.Quote(path),
				Remedy: fmt.Sprintf("give a leaf of fixed length of what %s shows in info: %s", spec.ID, listed(leaves))}
		}
		r.leaves = append(r.leaves, at)
		r.count += leaves[at].Elements()
	}
	return r, nil
}

func listed(leaves []env.Leaf) string {
	var names string
	for i := range leaves {
		if leaves[i].Ragged {
			continue
		}
		if names != "" {
			names += ", "
		}
		names += leaves[i].Path
	}
	if names == "" {
		return "there is none"
	}
	return names
}

// append appends the elements that a row shows.
func (r *reader) append(in *env.Batch, row int, to []float32) []float32 {
	for _, at := range r.leaves {
		to = appendElements(&in.Info[at], row, to)
	}
	return to
}

// first is the first element that a row shows, at full precision.
func (r *reader) first(in *env.Batch, row int) float64 {
	a := &in.Info[r.leaves[0]]
	switch a.Leaf.DType {
	case env.Float64:
		return env.Row[float64](a, row)[0]
	case env.Int64:
		return float64(env.Row[int64](a, row)[0])
	}
	return float64(appendElements(a, row, nil)[0])
}

func appendElements(a *env.Array, row int, to []float32) []float32 {
	switch a.Leaf.DType {
	case env.Float32:
		return append(to, env.Row[float32](a, row)...)
	case env.Float64:
		return appendAll(to, env.Row[float64](a, row))
	case env.Int64:
		return appendAll(to, env.Row[int64](a, row))
	case env.Int32:
		return appendAll(to, env.Row[int32](a, row))
	case env.Int8:
		return appendAll(to, env.Row[int8](a, row))
	}
	return appendAll(to, env.Row[uint8](a, row)) // Bool is a byte of 0 or 1.
}

func appendAll[T float64 | int64 | int32 | int8 | uint8](to []float32, values []T) []float32 {
	for _, x := range values {
		to = append(to, float32(x))
	}
	return to
}
