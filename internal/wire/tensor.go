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
	if err := checkCount(field, len(tensors), leaves); err != nil {
		return dst, err
	}
	if cap(dst) < len(leaves) {
		dst = make(env.Arrays, len(leaves))
	}
	dst = dst[:len(leaves)]
	for i, t := range tensors {
		dst[i].Leaf = &leaves[i]
		v := viewOf(t)
		if err := v.wrap(&dst[i], n); err != nil {
			err.Field = fmt.Sprintf("%s[%d].%s", field, i, err.Field)
			return dst, err
		}
	}
	return dst, nil
}

func checkCount(field string, tensors int, leaves []env.Leaf) error {
	if tensors == len(leaves) {
		return nil
	}
	return &env.FieldError{
		Field:  field,
		Value:  fmt.Sprintf("%d tensors", tensors),
		Remedy: fmt.Sprintf("give %d, one for each leaf of the space", len(leaves)),
	}
}

// Float64s wraps a tensor of n numbers.
func Float64s(field string, t *trailblazerv1.Tensor, n int) ([]float64, error) {
	v := viewOf(t)
	data, err := v.vector(field, env.Float64, n)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(data))), n), nil
}

// Bools wraps a tensor of n flags.
func Bools(field string, t *trailblazerv1.Tensor, n int) ([]bool, error) {
	v := viewOf(t)
	data, err := v.vector(field, env.Bool, n)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*bool)(unsafe.Pointer(unsafe.SliceData(data))), n), nil
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

// FromFloat64s makes a tensor of numbers that shares the slice's memory.
func FromFloat64s(numbers []float64) *trailblazerv1.Tensor {
	return &trailblazerv1.Tensor{
		Dtype: trailblazerv1.DataType_DATA_TYPE_FLOAT64,
		Shape: []int64{int64(len(numbers))},
		Data:  bytesOf(numbers),
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
