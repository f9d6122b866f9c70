package abrenv

import (
	"errors"
	"fmt"

	"trailblazer/datasets/trace"
	"trailblazer/internal/jsonconfig"
)

// Range is the least and the greatest value of what is drawn: two numbers, or
// none for a default.
type Range []float64

// pair is the range as the generators of data take it: zero for the default.
func (r Range) pair() (p [2]float64) {
	copy(p[:], r)
	return p
}

func (r Range) or(p [2]float64) Range {
	if len(r) == 0 {
		return p[:]
	}
	return r
}

// check refuses what is no range at all; what it may span is checked by whoever
// draws from it.
func (r Range) check(path string) error {
	if len(r) == 0 || len(r) == 2 && r[0] <= r[1] {
		return nil
	}
	return jsonconfig.Refuse(path, fmt.Sprint([]float64(r)), "give [least, most]")
}

// checkRanges checks ranges in the order of their paths.
func checkRanges(root string, ranges ...namedRange) error {
	for _, r := range ranges {
		if err := r.value.check(root + "." + r.name); err != nil {
			return err
		}
	}
	return nil
}

type namedRange struct {
	name  string
	value Range
}

// drawnError gives an error of a generator of data the path of its settings.
func drawnError(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*trace.FormatError](err); ok {
		return fieldError(path, err)
	}
	return err
}
