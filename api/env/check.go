package env

import (
	"fmt"
	"math"
	"strconv"
)

// Checker tells whether values belong to a space. It is safe for concurrent
// use.
type Checker struct {
	name   string
	leaves []Leaf
}

// NewChecker makes a Checker for the leaves of a space; name is what its
// errors call the value ("action").
func NewChecker(name string, leaves []Leaf) *Checker {
	return &Checker{name: name, leaves: leaves}
}

// CheckShape reports a *FieldError unless values has the space's leaves for n
// environments.
func (c *Checker) CheckShape(values Arrays, n int) error {
	if len(values) != len(c.leaves) {
		return &FieldError{Field: c.name, Value: fmt.Sprintf("%d arrays", len(values)), Remedy: fmt.Sprintf("give %d, one for each leaf of the space", len(c.leaves))}
	}
	for k := range values {
		want := &c.leaves[k]
		a := &values[k]
		if a.Leaf.DType != want.DType || a.Leaf.RowBytes() != want.RowBytes() || a.Leaf.Ragged != want.Ragged {
			return &FieldError{Field: c.path(want), Value: describe(a.Leaf), Remedy: "give " + describe(want)}
		}
		if got := a.Len(); got != n {
			return &FieldError{Field: c.path(want), Value: fmt.Sprintf("for %d environments", got), Remedy: fmt.Sprintf("give %d", n)}
		}
	}
	return nil
}

// CheckRow reports a *FieldError unless environment i's values lie within the
// space's bounds; NaN never does. The shape must have been checked.
func (c *Checker) CheckRow(values Arrays, i int) error {
	for k := range values {
		leaf := &c.leaves[k]
		bad := -1
		switch leaf.DType {
		case Int64:
			bad = outside(Row[int64](&values[k], i), leaf)
		case Float32:
			bad = outside(Row[float32](&values[k], i), leaf)
		case Float64:
			bad = outside(Row[float64](&values[k], i), leaf)
		case Int32:
			bad = outside(Row[int32](&values[k], i), leaf)
		case Int8:
			bad = outside(Row[int8](&values[k], i), leaf)
		case Uint8, Bool:
			bad = outside(Row[uint8](&values[k], i), leaf)
		}
		if bad >= 0 {
			return c.boundsError(values, k, i, bad)
		}
	}
	return nil
}

// outside returns the first element beyond the leaf's bounds, or -1.
func outside[T int8 | uint8 | int32 | int64 | float32 | float64](row []T, leaf *Leaf) int {
	elements := leaf.Elements()
	for j, v := range row {
		at := j
		if leaf.Ragged {
			at %= elements
		}
		// Written so that NaN is outside.
		if f := float64(v); !(f >= boundAt(leaf.Low, at) && f <= boundAt(leaf.High, at)) {
			return j
		}
	}
	return -1
}

func (c *Checker) boundsError(values Arrays, k, i, j int) error {
	leaf := &c.leaves[k]
	at := j % leaf.Elements()
	field := fmt.Sprintf("%s, environment %d", c.path(leaf), i)
	if len(leaf.Shape) > 0 || leaf.Ragged {
		field += ", element " + strconv.Itoa(j)
	}
	return &FieldError{
		Field:  field,
		Value:  element(&values[k], i, j),
		Remedy: fmt.Sprintf("give a number from %v to %v", boundAt(leaf.Low, at), boundAt(leaf.High, at)),
	}
}

func element(a *Array, i, j int) string {
	switch a.Leaf.DType {
	case Int64:
		return strconv.FormatInt(Row[int64](a, i)[j], 10)
	case Int32:
		return strconv.FormatInt(int64(Row[int32](a, i)[j]), 10)
	case Int8:
		return strconv.FormatInt(int64(Row[int8](a, i)[j]), 10)
	case Float32:
		return formatFloat(float64(Row[float32](a, i)[j]), 32)
	case Float64:
		return formatFloat(Row[float64](a, i)[j], 64)
	}
	return strconv.FormatUint(uint64(Row[uint8](a, i)[j]), 10)
}

func formatFloat(v float64, bits int) string {
	if math.IsNaN(v) {
		return "NaN"
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}

func (c *Checker) path(l *Leaf) string {
	if l.Path == "" {
		return c.name
	}
	return join(c.name, l.Path)
}

func describe(l *Leaf) string {
	kind := "dense"
	if l.Ragged {
		kind = "ragged"
	}
	return fmt.Sprintf("%s %v of shape %v", kind, l.DType, l.Shape)
}
