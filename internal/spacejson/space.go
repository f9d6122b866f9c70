package spacejson

import (
	"encoding/json"
	"fmt"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/internal/strictjson"
)

// maxElements bounds the elements of one box, so that a damaged file can't ask
// for all memory.
const maxElements = 1 << 20

// node is a space of any kind; each kind uses some of the fields.
type node struct {
	Type     string    `json:"type"`
	DType    string    `json:"dtype,omitempty"`
	Shape    []int     `json:"shape,omitempty"`
	Low      []Number  `json:"low,omitempty"`
	High     []Number  `json:"high,omitempty"`
	N        int64     `json:"n,omitempty"`
	Start    int64     `json:"start,omitempty"`
	NVec     []int64   `json:"nvec,omitempty"`
	Features []feature `json:"features,omitempty"`
	Choices  []feature `json:"choices,omitempty"`
	Entries  []entry   `json:"entries,omitempty"`
	Spaces   []*node   `json:"spaces,omitempty"`
	Nodes    *node     `json:"nodes,omitempty"`
	Edges    *node     `json:"edges,omitempty"`
	Element  *node     `json:"element,omitempty"`
}

type entry struct {
	Key   string `json:"key"`
	Space *node  `json:"space"`
}

type feature struct {
	Name        string `json:"name,omitempty"`
	Unit        string `json:"unit,omitempty"`
	Description string `json:"description,omitempty"`
}

// Marshal writes a valid space: an object whose "type" is the kind in
// Gymnasium's words ("box", "discrete", "multi_discrete", "multi_binary",
// "dict", "tuple", "graph", "sequence"). Equal spaces give equal bytes.
func Marshal(space env.Space) (json.RawMessage, error) {
	if space == nil {
		return nil, fmt.Errorf("there is no space to write")
	}
	if err := space.Validate(); err != nil {
		return nil, err
	}
	n, err := nodeOf(space)
	if err != nil {
		return nil, err
	}
	return json.Marshal(n)
}

func nodeOf(space env.Space) (*node, error) {
	switch s := space.(type) {
	case *env.Box:
		return &node{Type: "box", DType: s.DType.String(), Shape: s.Shape, Low: numbers(s.Low), High: numbers(s.High),
			Features: convert[feature](s.Features)}, nil
	case *env.Discrete:
		return &node{Type: "discrete", N: s.N, Start: s.Start, Choices: convert[feature](s.Choices)}, nil
	case *env.MultiDiscrete:
		return &node{Type: "multi_discrete", NVec: s.NVec, Features: convert[feature](s.Features)}, nil
	case *env.MultiBinary:
		return &node{Type: "multi_binary", N: int64(s.N), Features: convert[feature](s.Features)}, nil
	case *env.Dict:
		n := &node{Type: "dict"}
		for _, e := range s.Entries {
			inner, err := nodeOf(e.Space)
			if err != nil {
				return nil, err
			}
			n.Entries = append(n.Entries, entry{e.Key, inner})
		}
		return n, nil
	case *env.Tuple:
		n := &node{Type: "tuple"}
		for _, one := range s.Spaces {
			inner, err := nodeOf(one)
			if err != nil {
				return nil, err
			}
			n.Spaces = append(n.Spaces, inner)
		}
		return n, nil
	case *env.Graph:
		n := &node{Type: "graph"}
		var err error
		if n.Nodes, err = nodeOf(s.Node); err == nil && s.Edge != nil {
			n.Edges, err = nodeOf(s.Edge)
		}
		return n, err
	case *env.Sequence:
		inner, err := nodeOf(s.Element)
		return &node{Type: "sequence", Element: inner}, err
	}
	return nil, fmt.Errorf("a space of type %T has no form in JSON", space)
}

// Unmarshal reads what [Marshal] wrote. Errors say where in the space the fault
// lies.
func Unmarshal(text []byte) (env.Space, error) {
	var n node
	if err := strictjson.Decode(text, &n, true); err != nil {
		return nil, err
	}
	space, err := n.space()
	if err != nil {
		return nil, err
	}
	if err := space.Validate(); err != nil {
		return nil, err
	}
	return space, nil
}

func (n *node) space() (env.Space, error) {
	if n == nil {
		return nil, fmt.Errorf("a space is missing")
	}
	switch n.Type {
	case "box":
		return n.box()
	case "discrete":
		return &env.Discrete{N: n.N, Start: n.Start, Choices: convert[env.Feature](n.Choices)}, nil
	case "multi_discrete":
		return &env.MultiDiscrete{NVec: n.NVec, Features: convert[env.Feature](n.Features)}, nil
	case "multi_binary":
		if n.N > maxElements {
			return nil, fmt.Errorf("multi_binary has %d elements: at most %d are read", n.N, maxElements)
		}
		return &env.MultiBinary{N: int(n.N), Features: convert[env.Feature](n.Features)}, nil
	case "dict":
		d := &env.Dict{}
		for _, e := range n.Entries {
			inner, err := e.Space.space()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Key, err)
			}
			d.Entries = append(d.Entries, env.Entry{Key: e.Key, Space: inner})
		}
		return d, nil
	case "tuple":
		t := &env.Tuple{}
		for i, one := range n.Spaces {
			inner, err := one.space()
			if err != nil {
				return nil, fmt.Errorf("%d: %w", i, err)
			}
			t.Spaces = append(t.Spaces, inner)
		}
		return t, nil
	case "graph":
		g := &env.Graph{}
		var err error
		if g.Node, err = n.Nodes.box(); err != nil {
			return nil, fmt.Errorf("nodes: %w", err)
		}
		if n.Edges != nil {
			if g.Edge, err = n.Edges.box(); err != nil {
				return nil, fmt.Errorf("edges: %w", err)
			}
		}
		return g, nil
	case "sequence":
		inner, err := n.Element.space()
		if err != nil {
			return nil, fmt.Errorf("element: %w", err)
		}
		return &env.Sequence{Element: inner}, nil
	}
	return nil, fmt.Errorf("type %q is no kind of space: known are box, discrete, multi_discrete, multi_binary, dict, tuple, graph, sequence", n.Type)
}

func (n *node) box() (*env.Box, error) {
	if n == nil || n.Type != "box" {
		return nil, fmt.Errorf("a box is missing")
	}
	b := &env.Box{Shape: n.Shape, Low: floats(n.Low), High: floats(n.High), Features: convert[env.Feature](n.Features)}
	var err error
	if b.DType, err = parseDType(n.DType); err != nil {
		return nil, err
	}
	elements := 1
	for _, d := range b.Shape {
		if d <= 0 {
			break // Validate says so.
		}
		if d > maxElements/elements {
			return nil, fmt.Errorf("box of shape %v has too many elements: at most %d are read", b.Shape, maxElements)
		}
		elements *= d
	}
	return b, nil
}

func parseDType(name string) (env.DType, error) {
	for d := env.Bool; d.Size() > 0; d++ {
		if d.String() == name {
			return d, nil
		}
	}
	return 0, fmt.Errorf("dtype %s is not known: give bool, int8, uint8, int32, int64, float32 or float64", strconv.Quote(name))
}

// convert turns features into their form in JSON, and back.
func convert[To, From feature | env.Feature](list []From) []To {
	if len(list) == 0 {
		return nil
	}
	converted := make([]To, len(list))
	for i, f := range list {
		converted[i] = To(f)
	}
	return converted
}

func numbers(list []float64) []Number {
	converted := make([]Number, len(list))
	for i, x := range list {
		converted[i] = Number(x)
	}
	return converted
}

func floats(list []Number) []float64 {
	converted := make([]float64, len(list))
	for i, x := range list {
		converted[i] = float64(x)
	}
	return converted
}
