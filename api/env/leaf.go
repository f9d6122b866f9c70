package env

import (
	"fmt"
	"slices"
	"strconv"
)

// Leaf is one array of a space. A space's leaves, in the order of [Leaves],
// are what travels and what is recorded.
type Leaf struct {
	// Path names the leaf inside its space ("" for a plain Box, "buffer",
	// "jobs.nodes", "pair.0").
	Path  string
	DType DType
	// Shape is that of one environment's value; for a ragged leaf that of one
	// of its rows.
	Shape []int
	// Ragged leaves have a differing number of rows in each environment.
	Ragged bool
	// Low and High bound the elements: one for all or one for each.
	Low, High []float64
	// Features names the elements, as in [Box.Features]; nil where the space
	// does not.
	Features []Feature
}

// Elements returns the number of elements of one value (of one row, if ragged).
func (l *Leaf) Elements() int {
	n := 1
	for _, d := range l.Shape {
		n *= d
	}
	return n
}

// RowBytes returns the bytes of one value (of one row, if ragged).
func (l *Leaf) RowBytes() int { return l.Elements() * l.DType.Size() }

// Leaves lists the arrays that values of a space are made of: one for Box,
// Discrete, MultiDiscrete and MultiBinary; those of the entries in order for
// Dict and Tuple; nodes, edges (if declared) and edge_links for Graph; those
// of the element, ragged, for Sequence. A nil space has none.
func Leaves(s Space) []Leaf {
	if s == nil {
		return nil
	}
	return s.appendLeaves(nil, "", false)
}

// Binding asks for the place of one leaf.
type Binding struct {
	Path  string
	DType DType
	// At gets the leaf's index.
	At *int
}

// Bind finds leaves that hold a single number by path and type, so that hot
// paths can go by index. It names the first that is missing.
func Bind(leaves []Leaf, bindings []Binding) error {
	for _, want := range bindings {
		at := slices.IndexFunc(leaves, func(l Leaf) bool {
			return l.Path == want.Path && l.DType == want.DType && !l.Ragged && l.Elements() == 1
		})
		if at < 0 {
			return fmt.Errorf("there is no %v %q", want.DType, want.Path)
		}
		*want.At = at
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (b *Box) appendLeaves(leaves []Leaf, path string, ragged bool) []Leaf {
	return append(leaves, Leaf{Path: path, DType: b.DType, Shape: b.Shape, Ragged: ragged, Low: b.Low, High: b.High, Features: b.Features})
}

func (d *Discrete) appendLeaves(leaves []Leaf, path string, ragged bool) []Leaf {
	return append(leaves, Leaf{Path: path, DType: Int64, Ragged: ragged,
		Low: []float64{float64(d.Start)}, High: []float64{float64(d.Start + d.N - 1)}})
}

func (m *MultiDiscrete) appendLeaves(leaves []Leaf, path string, ragged bool) []Leaf {
	high := make([]float64, len(m.NVec))
	for i, n := range m.NVec {
		high[i] = float64(n - 1)
	}
	return append(leaves, Leaf{Path: path, DType: Int64, Shape: []int{len(m.NVec)}, Ragged: ragged, Low: []float64{0}, High: high, Features: m.Features})
}

func (m *MultiBinary) appendLeaves(leaves []Leaf, path string, ragged bool) []Leaf {
	return append(leaves, Leaf{Path: path, DType: Int8, Shape: []int{m.N}, Ragged: ragged, Low: []float64{0}, High: []float64{1}, Features: m.Features})
}

func (d *Dict) appendLeaves(leaves []Leaf, path string, ragged bool) []Leaf {
	for _, e := range d.Entries {
		leaves = e.Space.appendLeaves(leaves, join(path, e.Key), ragged)
	}
	return leaves
}

func (t *Tuple) appendLeaves(leaves []Leaf, path string, ragged bool) []Leaf {
	for i, s := range t.Spaces {
		leaves = s.appendLeaves(leaves, join(path, strconv.Itoa(i)), ragged)
	}
	return leaves
}

func (g *Graph) appendLeaves(leaves []Leaf, path string, _ bool) []Leaf {
	leaves = g.Node.appendLeaves(leaves, join(path, "nodes"), true)
	if g.Edge != nil {
		leaves = g.Edge.appendLeaves(leaves, join(path, "edges"), true)
	}
	return append(leaves, Leaf{Path: join(path, "edge_links"), DType: Int64, Shape: []int{2}, Ragged: true,
		Low: []float64{0}, High: []float64{maxIndex}, Features: linkFeatures})
}

var linkFeatures = []Feature{
	{Name: "source", Unit: "1", Description: "node that the edge leaves"},
	{Name: "target", Unit: "1", Description: "node that the edge enters"},
}

// maxIndex is the largest int64 that float64 bounds hold exactly.
const maxIndex = 1 << 53

func (s *Sequence) appendLeaves(leaves []Leaf, path string, _ bool) []Leaf {
	return s.Element.appendLeaves(leaves, path, true)
}
