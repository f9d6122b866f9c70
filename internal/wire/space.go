package wire

import (
	"errors"
	"fmt"
	"math"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// maxElements bounds the elements of one leaf, so that sizes in bytes fit any
// int.
const maxElements = 1 << 27

// maxDepth bounds how deep spaces nest in each other.
const maxDepth = 32

// FromSpace returns a space as a message; nil for a nil space.
func FromSpace(s env.Space) *trailblazerv1.Space {
	switch s := s.(type) {
	case *env.Box:
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_Box{Box: fromBox(s)}}
	case *env.Discrete:
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_Discrete{Discrete: &trailblazerv1.DiscreteSpace{
			N: s.N, Start: s.Start, Choices: fromFeatures(s.Choices),
		}}}
	case *env.MultiDiscrete:
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_MultiDiscrete{MultiDiscrete: &trailblazerv1.MultiDiscreteSpace{
			Nvec: s.NVec, Features: fromFeatures(s.Features),
		}}}
	case *env.MultiBinary:
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_MultiBinary{MultiBinary: &trailblazerv1.MultiBinarySpace{
			N: int64(s.N), Features: fromFeatures(s.Features),
		}}}
	case *env.Dict:
		if s == nil {
			return nil
		}
		entries := make([]*trailblazerv1.DictEntry, len(s.Entries))
		for i, e := range s.Entries {
			entries[i] = &trailblazerv1.DictEntry{Key: e.Key, Space: FromSpace(e.Space)}
		}
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_Dict{Dict: &trailblazerv1.DictSpace{Entries: entries}}}
	case *env.Tuple:
		spaces := make([]*trailblazerv1.Space, len(s.Spaces))
		for i, inner := range s.Spaces {
			spaces[i] = FromSpace(inner)
		}
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_Tuple{Tuple: &trailblazerv1.TupleSpace{Spaces: spaces}}}
	case *env.Graph:
		graph := &trailblazerv1.GraphSpace{Node: fromBox(s.Node)}
		if s.Edge != nil {
			graph.Edge = fromBox(s.Edge)
		}
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_Graph{Graph: graph}}
	case *env.Sequence:
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_Sequence{Sequence: &trailblazerv1.SequenceSpace{Element: FromSpace(s.Element)}}}
	}
	return nil
}

func fromBox(b *env.Box) *trailblazerv1.BoxSpace {
	shape := make([]int64, len(b.Shape))
	for i, d := range b.Shape {
		shape[i] = int64(d)
	}
	return &trailblazerv1.BoxSpace{
		Dtype: FromDType(b.DType), Shape: shape, Low: b.Low, High: b.High, Features: fromFeatures(b.Features),
	}
}

func fromFeatures(features []env.Feature) []*trailblazerv1.Feature {
	if len(features) == 0 {
		return nil
	}
	out := make([]*trailblazerv1.Feature, len(features))
	for i, f := range features {
		out[i] = &trailblazerv1.Feature{Name: f.Name, Unit: f.Unit, Description: f.Description}
	}
	return out
}

// ToSpace rebuilds a space from a message and validates it.
func ToSpace(m *trailblazerv1.Space) (env.Space, error) {
	s, err := toSpace(m, 0)
	if err != nil {
		return nil, err
	}
	return s, s.Validate()
}

func toSpace(m *trailblazerv1.Space, depth int) (env.Space, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("spaces nest deeper than %d", maxDepth)
	}
	switch kind := m.GetKind().(type) {
	case *trailblazerv1.Space_Box:
		return toBox(kind.Box)
	case *trailblazerv1.Space_Discrete:
		return &env.Discrete{N: kind.Discrete.GetN(), Start: kind.Discrete.GetStart(), Choices: toFeatures(kind.Discrete.GetChoices())}, nil
	case *trailblazerv1.Space_MultiDiscrete:
		return &env.MultiDiscrete{NVec: kind.MultiDiscrete.GetNvec(), Features: toFeatures(kind.MultiDiscrete.GetFeatures())}, nil
	case *trailblazerv1.Space_MultiBinary:
		n := kind.MultiBinary.GetN()
		if n > maxElements {
			return nil, fmt.Errorf("multi-binary space of %d elements is too large", n)
		}
		return &env.MultiBinary{N: int(n), Features: toFeatures(kind.MultiBinary.GetFeatures())}, nil
	case *trailblazerv1.Space_Dict:
		return toDict(kind.Dict, depth)
	case *trailblazerv1.Space_Tuple:
		tuple := &env.Tuple{Spaces: make([]env.Space, len(kind.Tuple.GetSpaces()))}
		for i, inner := range kind.Tuple.GetSpaces() {
			space, err := toSpace(inner, depth+1)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			tuple.Spaces[i] = space
		}
		return tuple, nil
	case *trailblazerv1.Space_Graph:
		return toGraph(kind.Graph)
	case *trailblazerv1.Space_Sequence:
		element, err := toSpace(kind.Sequence.GetElement(), depth+1)
		if err != nil {
			return nil, fmt.Errorf("element: %w", err)
		}
		return &env.Sequence{Element: element}, nil
	}
	return nil, errors.New("space has no kind")
}

func toDict(m *trailblazerv1.DictSpace, depth int) (*env.Dict, error) {
	dict := &env.Dict{Entries: make([]env.Entry, len(m.GetEntries()))}
	for i, e := range m.GetEntries() {
		space, err := toSpace(e.GetSpace(), depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.GetKey(), err)
		}
		dict.Entries[i] = env.Entry{Key: e.GetKey(), Space: space}
	}
	return dict, nil
}

func toGraph(m *trailblazerv1.GraphSpace) (*env.Graph, error) {
	node, err := toBox(m.GetNode())
	if err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	graph := &env.Graph{Node: node}
	if m.GetEdge() == nil {
		return graph, nil
	}
	if graph.Edge, err = toBox(m.GetEdge()); err != nil {
		return nil, fmt.Errorf("edges: %w", err)
	}
	return graph, nil
}

func toBox(m *trailblazerv1.BoxSpace) (*env.Box, error) {
	shape := make([]int, len(m.GetShape()))
	elements := int64(1)
	for i, d := range m.GetShape() {
		if d < 1 || d > maxElements || elements > maxElements/d {
			return nil, fmt.Errorf("box shape %v is empty or too large", m.GetShape())
		}
		elements *= d
		shape[i] = int(d)
	}
	if len(shape) == 0 {
		shape = nil
	}
	return &env.Box{
		DType: ToDType(m.GetDtype()), Shape: shape, Low: m.GetLow(), High: m.GetHigh(), Features: toFeatures(m.GetFeatures()),
	}, nil
}

func toFeatures(features []*trailblazerv1.Feature) []env.Feature {
	if len(features) == 0 {
		return nil
	}
	out := make([]env.Feature, len(features))
	for i, f := range features {
		out[i] = env.Feature{Name: f.GetName(), Unit: f.GetUnit(), Description: f.GetDescription()}
	}
	return out
}

// clampInt cuts a message's count to what an int holds.
func clampInt(n int64) int {
	return int(min(max(n, 0), math.MaxInt32))
}
