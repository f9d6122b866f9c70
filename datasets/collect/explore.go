package collect

import (
	"fmt"
	"math"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/draw"
)

// explorer draws legal actions.
type explorer struct {
	// masks holds the leaf of info that says which choices an action's leaf
	// has, or -1.
	masks []int
	legal []int
}

// The factors with which rates are multiplied.
const (
	leastFactor = 0.5
	mostFactor  = 2.0
)

func newExplorer(spec *env.Spec) (*explorer, error) {
	actions, info := env.Leaves(spec.Action), env.Leaves(spec.Info)
	x := &explorer{masks: make([]int, len(actions))}
	for i := range actions {
		l := &actions[i]
		switch {
		case l.Ragged:
			return nil, fmt.Errorf("nothing can be explored in %s: its action %q has no fixed length", spec.ID, l.Path)
		case math.IsInf(bound(l.Low, 0), 0) || math.IsInf(bound(l.High, 0), 0):
			return nil, fmt.Errorf("nothing can be explored in %s: its action %q has no bounds", spec.ID, l.Path)
		}
		x.masks[i] = -1
		for k := range info {
			if info[k].DType == env.Int8 && l.Elements() == 1 && l.DType == env.Int64 && masks(info[k].Path, l.Path) {
				x.masks[i] = k
			}
		}
	}
	return x, nil
}

// masks tells the path of an action's mask.
func masks(mask, action string) bool {
	name, ok := strings.CutSuffix(mask, "_mask")
	if action == "" {
		return ok && name == "action"
	}
	return ok && (name == action || name+"s" == action)
}

// explore replaces the action of row 0 by a legal one. It is false where there
// is none.
func (x *explorer) explore(draws draw.Draws, shown *env.Batch, action env.Arrays) bool {
	for i := range action {
		a := &action[i]
		switch l := a.Leaf; l.DType {
		case env.Int64:
			row := env.Row[int64](a, 0)
			if x.masks[i] < 0 {
				evenly(draws, row, l)
				continue
			}
			x.legal = x.legal[:0]
			for choice, allowed := range env.Row[int8](&shown.Info[x.masks[i]], 0) {
				if allowed != 0 {
					x.legal = append(x.legal, choice)
				}
			}
			if len(x.legal) == 0 {
				return false
			}
			// A mask begins with the lowest choice.
			row[0] = int64(bound(l.Low, 0)) + int64(x.legal[draws.Below(len(x.legal))])
		case env.Int32:
			evenly(draws, env.Row[int32](a, 0), l)
		case env.Int8:
			evenly(draws, env.Row[int8](a, 0), l)
		case env.Uint8, env.Bool:
			evenly(draws, env.Row[uint8](a, 0), l)
		case env.Float32:
			vary(draws, env.Row[float32](a, 0), l)
		case env.Float64:
			vary(draws, env.Row[float64](a, 0), l)
		}
	}
	return true
}

func evenly[T int8 | uint8 | int32 | int64](draws draw.Draws, row []T, l *env.Leaf) {
	for k := range row {
		low, high := bound(l.Low, k), bound(l.High, k)
		row[k] = T(int64(low) + int64(draws.Below(int(high-low)+1)))
	}
}

func vary[T float32 | float64](draws draw.Draws, row []T, l *env.Leaf) {
	for k := range row {
		low, high := bound(l.Low, k), bound(l.High, k)
		if low < 0 {
			row[k] = T(draws.Between(low, high))
		} else {
			row[k] = T(float64(float64(row[k]) * draws.LogBetween(leastFactor, mostFactor)))
		}
		row[k] = min(max(row[k], T(low)), T(high))
	}
}

func bound(bounds []float64, k int) float64 {
	if len(bounds) == 1 {
		return bounds[0]
	}
	return bounds[k]
}
