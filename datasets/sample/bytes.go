package sample

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"trailblazer/api/env"
)

// weight is what the selected rows of a row group take.
type weight struct{ bytes, steps int }

// weights lists the row groups with the largest steps first: no order of them
// puts more bytes into a pool than this one.
func (r *Reader) weights() []weight {
	list := make([]weight, len(r.plan.groups))
	for i := range list {
		list[i] = weight{r.groupBytes(&r.plan.groups[i]), r.plan.groups[i].steps}
	}
	slices.SortFunc(list, func(a, b weight) int {
		return cmp.Compare(float64(b.bytes)*float64(a.steps), float64(a.bytes)*float64(b.steps))
	})
	return list
}

// groupBytes returns what a row group takes at most: of rows that differ in
// length, those that are selected may be the long ones.
func (r *Reader) groupBytes(g *group) int {
	n := 0
	for i := range r.loader.files.Schema().Fields {
		if len(r.loader.fields) > 0 && !slices.Contains(r.loader.fields, i) {
			continue
		}
		bytes := r.loader.files.GroupBytes(g.shard, g.index, i)
		if !r.loader.files.Schema().Fields[i].Leaf.Ragged {
			bytes = bytes / g.rows * g.steps
		}
		n += bytes
	}
	return n
}

// PoolBytes returns how much memory a pool takes at most, in any epoch. A Reader
// holds two.
func (r *Reader) PoolBytes() int {
	bytes, left, largest := 0.0, r.plan.query.PoolSteps, 0
	for _, w := range r.weights() {
		largest = max(largest, w.bytes)
		steps := min(w.steps, left)
		bytes += float64(w.bytes) * float64(steps) / float64(w.steps)
		left -= steps
	}
	return max(largest, int(bytes))
}

// LimitPools refuses a query whose pools may take more than so many bytes, as a
// *env.FieldError.
func (r *Reader) LimitPools(limit int) error {
	bytes := r.PoolBytes()
	if bytes <= limit {
		return nil
	}
	most, left := 0.0, limit // The steps that fit in.
	for _, w := range r.weights() {
		if w.bytes > limit {
			return &env.FieldError{Field: "fields", Value: strconv.Itoa(len(r.batch.Frame.Fields)) + " of them",
				Remedy: fmt.Sprintf("name fewer: a row group has %d MB of them, and no more than %d MB are held at once", w.bytes>>20, limit>>20)}
		}
		taken := min(w.bytes, left)
		most += float64(w.steps) * float64(taken) / float64(w.bytes)
		left -= taken
	}
	return &env.FieldError{Field: "pool_steps", Value: strconv.Itoa(r.plan.query.PoolSteps),
		Remedy: fmt.Sprintf("give at most %d, or name fewer fields: a pool may have %d MB, and no more than %d MB are held at once", int(most), bytes>>20, limit>>20)}
}
