package safetensors

import (
	"cmp"
	"fmt"
	"slices"
)

// File is what a file holds.
type File struct {
	// Metadata is text by name; may be nil.
	Metadata map[string]string
	// Tensors have names of their own. Those read are in the order of their
	// data in the file.
	Tensors []Tensor
}

// Tensor finds a tensor, or returns nil.
func (f *File) Tensor(name string) *Tensor {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i]
		}
	}
	return nil
}

// assign gives the tensors their data and sorts them by it. The tensors must
// cover the values one after the other, without gap or overlap.
func (f *File) assign(spans []span, values []byte) error {
	for i := range f.Tensors {
		t, at := &f.Tensors[i], spans[i]
		want, err := t.bytes()
		if err != nil {
			return err
		}
		switch {
		case at.begin > at.end || at.end > len(values):
			return fmt.Errorf("tensor %q lies at %d to %d of %d bytes; the file is cut off or damaged", t.Name, at.begin, at.end, len(values))
		case at.end-at.begin != want:
			return fmt.Errorf("tensor %q has %d bytes, but %s of the shape %v needs %d", t.Name, at.end-at.begin, t.DType, t.Shape, want)
		}
		t.Data = values[at.begin:at.end:at.end]
	}
	return f.order(spans, len(values))
}

// order sorts the tensors by where they lie.
func (f *File) order(spans []span, end int) error {
	places := make([]int, len(spans))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(i, j int) int {
		a, b := spans[i], spans[j]
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(i, j))
	})
	sorted := make([]Tensor, len(places))
	covered := 0
	for k, i := range places {
		if spans[i].begin != covered {
			return fmt.Errorf("tensor %q begins at byte %d, but what lies before it ends at %d; tensors must follow each other", f.Tensors[i].Name, spans[i].begin, covered)
		}
		covered = spans[i].end
		sorted[k] = f.Tensors[i]
	}
	if covered != end {
		return fmt.Errorf("there are %d bytes, but the tensors end at %d", end, covered)
	}
	f.Tensors = sorted
	return nil
}
