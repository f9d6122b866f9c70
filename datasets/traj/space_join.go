package traj

import (
	"bytes"
	"encoding/json"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/internal/spacejson"
)

// joinSpaces returns the space of the values of both, as JSON: the bounds of a
// data set are those of all its scenarios. The spaces must have the same
// leaves; names are the first's.
func joinSpaces(a, b json.RawMessage) (json.RawMessage, error) {
	if bytes.Equal(a, b) {
		return a, nil
	}
	first, err := spacejson.Unmarshal(a)
	if err != nil {
		return nil, err
	}
	second, err := spacejson.Unmarshal(b)
	if err != nil {
		return nil, err
	}
	joined, err := joinSpace(first, second)
	if err != nil {
		return nil, err
	}
	return spacejson.Marshal(joined)
}

func joinSpace(first, second env.Space) (env.Space, error) {
	switch a := first.(type) {
	case *env.Box:
		if b, ok := second.(*env.Box); ok {
			return joinBox(a, b)
		}
	case *env.Discrete:
		if b, ok := second.(*env.Discrete); ok {
			joined := &env.Discrete{Start: min(a.Start, b.Start)}
			joined.N = max(a.Start+a.N, b.Start+b.N) - joined.Start
			if joined.N == a.N {
				joined.Choices = a.Choices
			}
			return joined, nil
		}
	case *env.MultiDiscrete:
		if b, ok := second.(*env.MultiDiscrete); ok && len(a.NVec) == len(b.NVec) {
			joined := &env.MultiDiscrete{Features: a.Features}
			for i, n := range a.NVec {
				joined.NVec = append(joined.NVec, max(n, b.NVec[i]))
			}
			return joined, nil
		}
	case *env.MultiBinary:
		if b, ok := second.(*env.MultiBinary); ok && a.N == b.N {
			return a, nil
		}
	case *env.Dict:
		if b, ok := second.(*env.Dict); ok && len(a.Entries) == len(b.Entries) {
			joined := &env.Dict{}
			for i, e := range a.Entries {
				inner, err := joinSpace(e.Space, b.Entries[i].Space)
				if e.Key != b.Entries[i].Key {
					err = fmt.Errorf("it is %q there", b.Entries[i].Key)
				}
				if err != nil {
					return nil, fmt.Errorf("%s: %w", e.Key, err)
				}
				joined.Entries = append(joined.Entries, env.Entry{Key: e.Key, Space: inner})
			}
			return joined, nil
		}
	case *env.Tuple:
		if b, ok := second.(*env.Tuple); ok && len(a.Spaces) == len(b.Spaces) {
			joined := &env.Tuple{}
			for i := range a.Spaces {
				inner, err := joinSpace(a.Spaces[i], b.Spaces[i])
				if err != nil {
					return nil, fmt.Errorf("[%d]: %w", i, err)
				}
				joined.Spaces = append(joined.Spaces, inner)
			}
			return joined, nil
		}
	case *env.Graph:
		if b, ok := second.(*env.Graph); ok && (a.Edge == nil) == (b.Edge == nil) {
			return joinGraph(a, b)
		}
	case *env.Sequence:
		if b, ok := second.(*env.Sequence); ok {
			inner, err := joinSpace(a.Element, b.Element)
			return &env.Sequence{Element: inner}, err
		}
	}
	return nil, fmt.Errorf("a space is %T here and %T of other size or kind there", first, second)
}

func joinGraph(a, b *env.Graph) (*env.Graph, error) {
	joined := &env.Graph{}
	var err error
	if joined.Node, err = joinBox(a.Node, b.Node); err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	if a.Edge != nil {
		if joined.Edge, err = joinBox(a.Edge, b.Edge); err != nil {
			return nil, fmt.Errorf("edges: %w", err)
		}
	}
	return joined, nil
}

func joinBox(a, b *env.Box) (*env.Box, error) {
	left, right := env.Leaves(a)[0], env.Leaves(b)[0]
	if !(&Field{Leaf: left}).same(&Field{Leaf: right}) {
		return nil, fmt.Errorf("a box is %v %v here and %v %v there", a.DType, a.Shape, b.DType, b.Shape)
	}
	joined := *a
	joined.Low = joinBounds(a.Low, b.Low, func(x, y float64) float64 { return min(x, y) })
	joined.High = joinBounds(a.High, b.High, func(x, y float64) float64 { return max(x, y) })
	return &joined, nil
}

// joinBounds goes through bounds of which there is one for all elements or one
// for each.
func joinBounds(a, b []float64, wider func(x, y float64) float64) []float64 {
	joined := make([]float64, max(len(a), len(b)))
	for i := range joined {
		joined[i] = wider(a[min(i, len(a)-1)], b[min(i, len(b)-1)])
	}
	return joined
}
