package wire

import (
	"fmt"
	"unsafe"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// maxKept is the largest buffer for ragged rows that is kept for reuse.
const maxKept = 1 << 20

// NewTensors makes one tensor for each leaf, with all that does not change from
// one reply to the next filled in.
func NewTensors(leaves []env.Leaf) []*trailblazerv1.Tensor {
	block := make([]trailblazerv1.Tensor, len(leaves))
	tensors := make([]*trailblazerv1.Tensor, len(leaves))
	for i := range leaves {
		t := &block[i]
		t.Dtype = FromDType(leaves[i].DType)
		t.Shape = make([]int64, 1+len(leaves[i].Shape))
		for j, d := range leaves[i].Shape {
			t.Shape[j+1] = int64(d)
		}
		tensors[i] = t
	}
	return tensors
}

// Fill makes tensors from NewTensors carry the first n rows of arrays. Dense
// leaves share the arrays' memory; ragged ones are put together in memory that
// the tensor keeps.
func Fill(tensors []*trailblazerv1.Tensor, arrays env.Arrays, n int) {
	for i, t := range tensors {
		a := &arrays[i]
		if !a.Leaf.Ragged {
			t.Shape[0] = int64(n)
			t.Data = a.Data[:n*a.Leaf.RowBytes()]
			continue
		}
		size := int64(a.Leaf.RowBytes())
		t.Data, t.RowOffsets = t.Data[:0], append(t.RowOffsets[:0], 0)
		for _, row := range a.Rows[:n] {
			t.Data = append(t.Data, row...)
			t.RowOffsets = append(t.RowOffsets, int64(len(t.Data))/size)
		}
		t.Shape[0] = t.RowOffsets[n]
	}
}

// Clear drops the memory that Fill borrowed.
func Clear(tensors []*trailblazerv1.Tensor, leaves []env.Leaf) {
	for i, t := range tensors {
		if !leaves[i].Ragged || cap(t.Data) > maxKept {
			t.Data = nil
		}
	}
}

// Decode wraps tensors as arrays of the leaves for n environments. The arrays
// share the tensors' memory. dst is reused, if it can be. Errors are
// *env.FieldError; field names the tensors in them ("action").
func Decode(dst env.Arrays, field string, tensors []*trailblazerv1.Tensor, leaves []env.Leaf, n int) (env.Arrays, error) {
	if len(tensors) != len(leaves) {
		return dst, &env.FieldError{
			Field:  field,
			Value:  fmt.Sprintf("%d tensors", len(tensors)),
			Remedy: fmt.Sprintf("give %d, one for each leaf of the space", len(leaves)),
		}
	}
	if cap(dst) < len(leaves) {
		dst = make(env.Arrays, len(leaves))
	}
	dst = dst[:len(leaves)]
	for i, t := range tensors {
		dst[i].Leaf = &leaves[i]
		if err := decodeOne(&dst[i], t, n); err != nil {
			err.Field = fmt.Sprintf("%s[%d].%s", field, i, err.Field)
			return dst, err
		}
	}
	return dst, nil
}

// decodeOne returns a *env.FieldError whose Field is relative to the tensor.
func decodeOne(a *env.Array, t *trailblazerv1.Tensor, n int) *env.FieldError {
	leaf := a.Leaf
	if t.GetDtype() != FromDType(leaf.DType) {
		return &env.FieldError{Field: "dtype", Value: t.GetDtype().String(), Remedy: "give " + FromDType(leaf.DType).String()}
	}
	if err := checkShape(t, leaf, n); err != nil {
		return err
	}
	data := t.GetData()
	rows := int(t.GetShape()[0])
	if size := leaf.RowBytes(); len(data)%size != 0 || len(data)/size != rows {
		return &env.FieldError{
			Field:  "data",
			Value:  fmt.Sprintf("%d bytes", len(data)),
			Remedy: fmt.Sprintf("give %d for shape %v of %v", rows*size, t.GetShape(), leaf.DType),
		}
	}
	if leaf.DType == env.Bool {
		if err := checkBools(data); err != nil {
			return err
		}
	}
	if !leaf.Ragged {
		if len(t.GetRowOffsets()) != 0 {
			return &env.FieldError{Field: "row_offsets", Value: fmt.Sprintf("%d long", len(t.GetRowOffsets())), Remedy: "leave it out: the leaf is not ragged"}
		}
		a.Data, a.Rows = data, nil
		return nil
	}
	return decodeRows(a, t, n)
}

func checkShape(t *trailblazerv1.Tensor, leaf *env.Leaf, n int) *env.FieldError {
	shape := t.GetShape()
	ok := len(shape) == len(leaf.Shape)+1
	for i := 0; ok && i < len(leaf.Shape); i++ {
		ok = shape[i+1] == int64(leaf.Shape[i])
	}
	if leaf.Ragged {
		// The first axis counts rows; how many there may be, the data limits.
		ok = ok && shape[0] >= 0 && shape[0] <= int64(len(t.GetData()))
	} else {
		ok = ok && shape[0] == int64(n)
	}
	if ok {
		return nil
	}
	want := fmt.Sprintf("%d", n)
	if leaf.Ragged {
		want = "rows"
	}
	for _, d := range leaf.Shape {
		want += fmt.Sprintf(" %d", d)
	}
	return &env.FieldError{Field: "shape", Value: fmt.Sprint(shape), Remedy: "give [" + want + "]"}
}

func checkBools(data []byte) *env.FieldError {
	for i, b := range data {
		if b > 1 {
			return &env.FieldError{Field: fmt.Sprintf("data[%d]", i), Value: fmt.Sprint(b), Remedy: "give 0 or 1"}
		}
	}
	return nil
}

func decodeRows(a *env.Array, t *trailblazerv1.Tensor, n int) *env.FieldError {
	offsets := t.GetRowOffsets()
	if len(offsets) != n+1 {
		return &env.FieldError{Field: "row_offsets", Value: fmt.Sprintf("%d long", len(offsets)), Remedy: fmt.Sprintf("give %d, one more than there are environments", n+1)}
	}
	rows := t.GetShape()[0]
	if offsets[0] != 0 {
		return &env.FieldError{Field: "row_offsets[0]", Value: fmt.Sprint(offsets[0]), Remedy: "give 0"}
	}
	if offsets[n] != rows {
		return &env.FieldError{Field: fmt.Sprintf("row_offsets[%d]", n), Value: fmt.Sprint(offsets[n]), Remedy: fmt.Sprintf("give %d, the number of rows", rows)}
	}
	if cap(a.Rows) < n {
		a.Rows = make([][]byte, n)
	}
	a.Rows = a.Rows[:n]
	a.Data = nil
	data, size := t.GetData(), int64(a.Leaf.RowBytes())
	for i := range n {
		low, high := offsets[i], offsets[i+1]
		if high < low || high > rows {
			return &env.FieldError{Field: fmt.Sprintf("row_offsets[%d]", i+1), Value: fmt.Sprint(high), Remedy: fmt.Sprintf("give a number from %d to %d", low, rows)}
		}
		a.Rows[i] = data[low*size : high*size : high*size]
	}
	return nil
}

// Float64s wraps a tensor of n numbers.
func Float64s(field string, t *trailblazerv1.Tensor, n int) ([]float64, error) {
	data, err := vectorOf(field, t, env.Float64, n)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(data))), n), nil
}

// Bools wraps a tensor of n flags.
func Bools(field string, t *trailblazerv1.Tensor, n int) ([]bool, error) {
	data, err := vectorOf(field, t, env.Bool, n)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*bool)(unsafe.Pointer(unsafe.SliceData(data))), n), nil
}

// vectorOf returns the checked data of a tensor of n single elements.
func vectorOf(field string, t *trailblazerv1.Tensor, d env.DType, n int) ([]byte, error) {
	a := env.Array{Leaf: &env.Leaf{DType: d}}
	if err := decodeOne(&a, t, n); err != nil {
		err.Field = field + "." + err.Field
		return nil, err
	}
	return a.Data, nil
}

// bytesOf shows a slice's memory.
func bytesOf[T float64 | bool](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(*new(T))))
}

// FromBools makes a tensor of flags that shares the slice's memory.
func FromBools(flags []bool) *trailblazerv1.Tensor {
	return &trailblazerv1.Tensor{
		Dtype: trailblazerv1.DataType_DATA_TYPE_BOOL,
		Shape: []int64{int64(len(flags))},
		Data:  bytesOf(flags),
	}
}

// Copy makes tensors with a copy of the first n rows of arrays.
func Copy(leaves []env.Leaf, arrays env.Arrays, n int) []*trailblazerv1.Tensor {
	tensors := NewTensors(leaves)
	Fill(tensors, arrays, n)
	for _, t := range tensors {
		t.Data = append([]byte(nil), t.Data...)
	}
	return tensors
}
