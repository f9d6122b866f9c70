package traj

import (
	"slices"
	"unsafe"

	"trailblazer/api/env"
)

// Frame holds rows of steps, or of a selection of their fields: one flat array
// for each, row after row.
type Frame struct {
	// Fields says what is held; it points into a schema.
	Fields []*Field
	// Rows is the number of steps.
	Rows int
	// Values holds one entry for each of Fields.
	Values []Values
}

// Values is a field's values for all rows, little-endian.
type Values struct {
	// Data holds the rows one after another: Leaf.RowBytes bytes each, or as
	// many rows of these as Offsets says.
	Data []byte
	// Offsets is for ragged fields only: row i owns the inner rows Offsets[i]
	// up to, not including, Offsets[i+1]. It has Rows+1 entries.
	Offsets []int64
}

// NewFrame makes a frame of no rows for the given fields of a schema; called
// without an argument, for all of them.
func (s *Schema) NewFrame(fields ...int) *Frame {
	if fields == nil {
		for i := range s.Fields {
			fields = append(fields, i)
		}
	}
	f := &Frame{Fields: make([]*Field, len(fields)), Values: make([]Values, len(fields))}
	for i, at := range fields {
		f.Fields[i] = &s.Fields[at]
		if f.Fields[i].Leaf.Ragged {
			f.Values[i].Offsets = []int64{0}
		}
	}
	return f
}

// Find returns the values of a field by its name, or nil.
func (f *Frame) Find(name string) *Values {
	for i, field := range f.Fields {
		if field.Name == name {
			return &f.Values[i]
		}
	}
	return nil
}

// Reset empties the frame and keeps its memory.
func (f *Frame) Reset() {
	f.Rows = 0
	for i := range f.Values {
		v := &f.Values[i]
		v.Data = v.Data[:0]
		if v.Offsets != nil {
			v.Offsets = append(v.Offsets[:0], 0)
		}
	}
}

// grow makes room for further rows; how long lists will be is not known.
func (f *Frame) grow(rows int) {
	for i := range f.Values {
		v := &f.Values[i]
		if v.Offsets != nil {
			v.Offsets = slices.Grow(v.Offsets, rows)
			continue
		}
		v.Data = slices.Grow(v.Data, rows*f.Fields[i].Leaf.RowBytes())
	}
}

// AppendRows appends rows low up to, not including, high of another frame with
// the same fields.
func (f *Frame) AppendRows(src *Frame, low, high int) {
	for i := range f.Values {
		f.Values[i].appendRows(&src.Values[i], f.Fields[i].Leaf.RowBytes(), low, high)
	}
	f.Rows += high - low
}

func (v *Values) appendRows(src *Values, rowBytes, low, high int) {
	if src.Offsets == nil {
		v.Data = append(v.Data, src.Data[low*rowBytes:high*rowBytes]...)
		return
	}
	first, last := src.Offsets[low], src.Offsets[high]
	shift := v.Offsets[len(v.Offsets)-1] - first
	for _, offset := range src.Offsets[low+1 : high+1] {
		v.Offsets = append(v.Offsets, offset+shift)
	}
	v.Data = append(v.Data, src.Data[first*int64(rowBytes):last*int64(rowBytes)]...)
}

// appendRow appends one row's bytes.
func (v *Values) appendRow(row []byte, rowBytes int) {
	v.Data = append(v.Data, row...)
	if v.Offsets != nil {
		v.Offsets = append(v.Offsets, v.Offsets[len(v.Offsets)-1]+int64(len(row)/rowBytes))
	}
}

// Bytes returns one row's bytes.
func (f *Frame) Bytes(field, row int) []byte {
	v, size := &f.Values[field], int64(f.Fields[field].Leaf.RowBytes())
	low, high := int64(row), int64(row)+1
	if v.Offsets != nil {
		low, high = v.Offsets[row], v.Offsets[row+1]
	}
	return v.Data[low*size : high*size : high*size]
}

// Of returns all of a field's elements as a slice that shares the frame's
// memory. T must be of the field's size.
func Of[T env.Element](v *Values) []T {
	if v == nil || len(v.Data) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.Data))), len(v.Data)/int(unsafe.Sizeof(zero)))
}
