package env

import (
	"errors"
	"fmt"
	"math"
)

// Space declares the values of an observation, an action or an info. The kinds
// are Gymnasium's: [Box], [Discrete], [MultiDiscrete], [MultiBinary], [Dict],
// [Tuple], [Graph] and [Sequence].
type Space interface {
	// Validate reports what is wrong with the declaration itself.
	Validate() error
	// appendLeaves adds the space's leaves in wire order.
	appendLeaves(leaves []Leaf, path string, ragged bool) []Leaf
}

// Feature names one element, or one row of elements, of a space.
type Feature struct {
	Name string
	// Unit is an SI symbol or a word: "ms", "kbps", "MB", "1" for a ratio.
	Unit        string
	Description string
}

// Box is an array of numbers between bounds.
type Box struct {
	DType DType
	// Shape may be empty: one number.
	Shape []int
	// Low and High hold one bound for all elements, or one for each in
	// row-major order. Infinities are allowed for float types.
	Low, High []float64
	// Features has one entry for the whole array, one for each index of the
	// first axis, or one for each element; it may be nil.
	Features []Feature
}

// Discrete is one of N integers counted from Start.
type Discrete struct {
	N, Start int64
	// Choices says what each means: nil or N long.
	Choices []Feature
}

// MultiDiscrete is a vector of choices; the i-th lies in [0, NVec[i]).
type MultiDiscrete struct {
	NVec     []int64
	Features []Feature
}

// MultiBinary is N zeros and ones.
type MultiBinary struct {
	N        int
	Features []Feature
}

// Entry is one named space of a [Dict].
type Entry struct {
	Key   string
	Space Space
}

// Dict is named spaces in a fixed order.
type Dict struct {
	Entries []Entry
}

// Tuple is spaces by position.
type Tuple struct {
	Spaces []Space
}

// Graph is a graph whose numbers of nodes and edges differ from one value to
// the next: node features, edge features (where Edge is not nil) and int64
// pairs of node indices (source, target).
type Graph struct {
	Node *Box
	Edge *Box
}

// Sequence is a list of differing length of elements of one space, which must
// not be ragged itself.
type Sequence struct {
	Element Space
}

var errNilSpace = errors.New("space is nil")

// Validate implements [Space].
func (b *Box) Validate() error {
	if b == nil {
		return errNilSpace
	}
	if b.DType.Size() == 0 {
		return fmt.Errorf("box has no element type (%v)", b.DType)
	}
	n := 1
	for _, d := range b.Shape {
		if d <= 0 {
			return fmt.Errorf("box shape %v: every dimension must be positive", b.Shape)
		}
		n *= d
	}
	for _, bound := range []struct {
		name   string
		values []float64
	}{{"low", b.Low}, {"high", b.High}} {
		if len(bound.values) != 1 && len(bound.values) != n {
			return fmt.Errorf("box has %d %s bounds; it needs 1 or %d", len(bound.values), bound.name, n)
		}
	}
	for i := range max(len(b.Low), len(b.High)) {
		low, high := boundAt(b.Low, i), boundAt(b.High, i)
		if math.IsNaN(low) || math.IsNaN(high) || low > high {
			return fmt.Errorf("box element %d has bounds [%v, %v]", i, low, high)
		}
	}
	if f := len(b.Features); f > 1 && f != n && (len(b.Shape) == 0 || f != b.Shape[0]) {
		return fmt.Errorf("box of shape %v has %d features; it needs 1, one per first index or one per element", b.Shape, f)
	}
	return nil
}

func boundAt(bounds []float64, i int) float64 {
	if len(bounds) == 1 {
		return bounds[0]
	}
	return bounds[i]
}

// Validate implements [Space].
func (d *Discrete) Validate() error {
	if d == nil {
		return errNilSpace
	}
	if d.N <= 0 {
		return fmt.Errorf("discrete space has %d choices; it needs at least 1", d.N)
	}
	if len(d.Choices) != 0 && int64(len(d.Choices)) != d.N {
		return fmt.Errorf("discrete space of %d choices names %d", d.N, len(d.Choices))
	}
	return nil
}

// Validate implements [Space].
func (m *MultiDiscrete) Validate() error {
	if m == nil {
		return errNilSpace
	}
	if len(m.NVec) == 0 {
		return errors.New("multi-discrete space is empty")
	}
	for i, n := range m.NVec {
		if n <= 0 {
			return fmt.Errorf("multi-discrete element %d has %d choices; it needs at least 1", i, n)
		}
	}
	return nil
}

// Validate implements [Space].
func (m *MultiBinary) Validate() error {
	if m == nil {
		return errNilSpace
	}
	if m.N <= 0 {
		return fmt.Errorf("multi-binary space has %d elements; it needs at least 1", m.N)
	}
	return nil
}

// Validate implements [Space].
func (d *Dict) Validate() error {
	if d == nil {
		return errNilSpace
	}
	seen := make(map[string]bool, len(d.Entries))
	for _, e := range d.Entries {
		if e.Key == "" || seen[e.Key] {
			return fmt.Errorf("dict key %q is empty or repeated", e.Key)
		}
		seen[e.Key] = true
		if err := validateInner(e.Space); err != nil {
			return fmt.Errorf("%s: %w", e.Key, err)
		}
	}
	return nil
}

// Validate implements [Space].
func (t *Tuple) Validate() error {
	if t == nil {
		return errNilSpace
	}
	for i, s := range t.Spaces {
		if err := validateInner(s); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

// Validate implements [Space].
func (g *Graph) Validate() error {
	if g == nil {
		return errNilSpace
	}
	if err := g.Node.Validate(); err != nil {
		return fmt.Errorf("nodes: %w", err)
	}
	if g.Edge != nil {
		if err := g.Edge.Validate(); err != nil {
			return fmt.Errorf("edges: %w", err)
		}
	}
	return nil
}

// Validate implements [Space].
func (s *Sequence) Validate() error {
	if s == nil {
		return errNilSpace
	}
	if err := validateInner(s.Element); err != nil {
		return fmt.Errorf("element: %w", err)
	}
	for _, leaf := range Leaves(s.Element) {
		if leaf.Ragged {
			return errors.New("element of a sequence is ragged itself")
		}
	}
	return nil
}

func validateInner(s Space) error {
	if s == nil {
		return errNilSpace
	}
	return s.Validate()
}
