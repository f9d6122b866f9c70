package traj

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/spacejson"
)

// joinSpaces returns the space of the values of both, as JSON: the bounds of a
// data set are those of all its scenarios. Names are the first's. The spaces must
// have the same leaves, but for those that become no column: what either has of
// them stays. The error is an *env.FieldError whose path begins with name.
func joinSpaces(name string, a, b json.RawMessage) (json.RawMessage, error) {
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
	joined, err := joinSpace(name, first, second)
	if err != nil {
		return nil, err
	}
	return spacejson.Marshal(joined)
}

func joinSpace(path string, first, second env.Space) (env.Space, error) {
	switch a := first.(type) {
	case *env.Box:
		if b, ok := second.(*env.Box); ok {
			return joinBox(path, a, b)
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
		if b, ok := second.(*env.Dict); ok {
			return joinDicts(path, a, b)
		}
	case *env.Tuple:
		if b, ok := second.(*env.Tuple); ok && len(a.Spaces) == len(b.Spaces) {
			joined := &env.Tuple{}
			for i := range a.Spaces {
				inner, err := joinSpace(fmt.Sprintf("%s[%d]", path, i), a.Spaces[i], b.Spaces[i])
				if err != nil {
					return nil, err
				}
				joined.Spaces = append(joined.Spaces, inner)
			}
			return joined, nil
		}
	case *env.Graph:
		if b, ok := second.(*env.Graph); ok && (a.Edge == nil) == (b.Edge == nil) {
			return joinGraph(path, a, b)
		}
	case *env.Sequence:
		if b, ok := second.(*env.Sequence); ok {
			inner, err := joinSpace(path+"[]", a.Element, b.Element)
			return &env.Sequence{Element: inner}, err
		}
	}
	return nil, unjoinable(path, spaceKind(first), spaceKind(second))
}

// joinDicts joins key by key. What only one has must become no column.
func joinDicts(path string, a, b *env.Dict) (env.Space, error) {
	find := func(d *env.Dict, key string) int {
		return slices.IndexFunc(d.Entries, func(e env.Entry) bool { return e.Key == key })
	}
	joined := &env.Dict{}
	for _, e := range a.Entries {
		if at := find(b, e.Key); at >= 0 {
			inner, err := joinSpace(join(path, e.Key), e.Space, b.Entries[at].Space)
			if err != nil {
				return nil, err
			}
			e.Space = inner
		} else if becomesColumns(e) {
			return nil, unjoinable(join(path, e.Key), spaceKind(e.Space), "missing")
		}
		joined.Entries = append(joined.Entries, e)
	}
	for _, e := range b.Entries {
		if find(a, e.Key) >= 0 {
			continue
		}
		if becomesColumns(e) {
			return nil, unjoinable(join(path, e.Key), "missing", spaceKind(e.Space))
		}
		joined.Entries = append(joined.Entries, e)
	}
	return joined, nil
}

// becomesColumns tells info that is kept from info that is not, as NewSchema
// does.
func becomesColumns(e env.Entry) bool {
	return slices.ContainsFunc(env.Leaves(&env.Dict{Entries: []env.Entry{e}}), func(l env.Leaf) bool { return !l.Ragged || isMask(&l) })
}

// unjoinable refuses a space that is one thing in the data set and another in
// what shall be added.
func unjoinable(path, own, other string) error {
	return &env.FieldError{Field: path, Value: other, Remedy: fmt.Sprintf("in the data set it is %s: write to a data set of its own", own)}
}

// spaceKind says what a space is, as far as spaces that are joined must agree.
func spaceKind(space env.Space) string {
	switch s := space.(type) {
	case *env.Box:
		return "a Box of " + (&Field{Leaf: env.Leaves(s)[0]}).kind()
	case *env.Discrete:
		return "a Discrete"
	case *env.MultiDiscrete:
		return fmt.Sprintf("a MultiDiscrete of %d", len(s.NVec))
	case *env.MultiBinary:
		return fmt.Sprintf("a MultiBinary of %d", s.N)
	case *env.Dict:
		return "a Dict"
	case *env.Tuple:
		return fmt.Sprintf("a Tuple of %d", len(s.Spaces))
	case *env.Graph:
		if s.Edge == nil {
			return "a Graph without features of edges"
		}
		return "a Graph with features of edges"
	default:
		return "a Sequence"
	}
}

func joinGraph(path string, a, b *env.Graph) (*env.Graph, error) {
	joined := &env.Graph{}
	var err error
	if joined.Node, err = joinBox(path+".nodes", a.Node, b.Node); err != nil {
		return nil, err
	}
	if a.Edge != nil {
		if joined.Edge, err = joinBox(path+".edges", a.Edge, b.Edge); err != nil {
			return nil, err
		}
	}
	return joined, nil
}

func joinBox(path string, a, b *env.Box) (*env.Box, error) {
	left, right := env.Leaves(a)[0], env.Leaves(b)[0]
	if !(&Field{Leaf: left}).same(&Field{Leaf: right}) {
		return nil, unjoinable(path, spaceKind(a), spaceKind(b))
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
