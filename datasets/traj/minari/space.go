package minari

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"trailblazer/api/env"
)

// spaceJSON writes a space as Minari serializes it: JSON in Python's dialect,
// which knows Infinity.
func spaceJSON(space env.Space) (string, error) {
	switch s := space.(type) {
	case *env.Box:
		return fmt.Sprintf(`{"type": "Box", "dtype": %q, "shape": %s, "low": %s, "high": %s}`,
			s.DType, integers(s.Shape), bounds(s, s.Low, s.Shape, new(int)), bounds(s, s.High, s.Shape, new(int))), nil
	case *env.Discrete:
		return fmt.Sprintf(`{"type": "Discrete", "dtype": "int64", "start": %d, "n": %d}`, s.Start, s.N), nil
	case *env.MultiDiscrete:
		return fmt.Sprintf(`{"type": "MultiDiscrete", "dtype": "int64", "nvec": %s, "start": %s}`, integers(s.NVec), integers(make([]int, len(s.NVec)))), nil
	case *env.MultiBinary:
		return fmt.Sprintf(`{"type": "MultiBinary", "n": %d}`, s.N), nil
	case *env.Dict:
		parts := make([]string, len(s.Entries))
		for i, e := range s.Entries {
			text, err := spaceJSON(e.Space)
			if err != nil {
				return "", fmt.Errorf("%s: %w", e.Key, err)
			}
			parts[i] = strconv.Quote(e.Key) + ": " + text
		}
		return `{"type": "Dict", "subspaces": {` + strings.Join(parts, ", ") + `}}`, nil
	case *env.Tuple:
		parts := make([]string, len(s.Spaces))
		for i, inner := range s.Spaces {
			var err error
			if parts[i], err = spaceJSON(inner); err != nil {
				return "", fmt.Errorf("%d: %w", i, err)
			}
		}
		return `{"type": "Tuple", "subspaces": [` + strings.Join(parts, ", ") + `]}`, nil
	}
	return "", fmt.Errorf("no space of Minari takes what differs in length (%T); export as d4rl, which packs it", space)
}

func integers[T int | int64](list []T) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = strconv.FormatInt(int64(n), 10)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// bounds nests a box's bounds as its shape does; next counts the elements.
func bounds(b *env.Box, values []float64, shape []int, next *int) string {
	if len(shape) == 0 {
		x := values[min(*next, len(values)-1)]
		*next++
		return bound(b.DType, x)
	}
	parts := make([]string, shape[0])
	for i := range parts {
		parts[i] = bounds(b, values, shape[1:], next)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// bound writes one; integers have no infinity, so theirs is the type's extreme.
func bound(d env.DType, x float64) string {
	switch d {
	case env.Float32, env.Float64:
		switch {
		case math.IsInf(x, 1):
			return "Infinity"
		case math.IsInf(x, -1):
			return "-Infinity"
		}
		return strconv.FormatFloat(x, 'g', -1, 64)
	case env.Bool:
		return strconv.FormatBool(x > 0)
	case env.Uint8:
		return strconv.Itoa(int(min(max(x, 0), math.MaxUint8)))
	}
	bits := 8*d.Size() - 1
	switch high := math.Ldexp(1, bits); {
	case x >= high:
		return strconv.FormatInt(int64(uint64(1)<<bits-1), 10)
	case x < -high:
		return strconv.FormatInt(-1<<bits, 10)
	}
	return strconv.FormatInt(int64(x), 10)
}
