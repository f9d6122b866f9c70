package env

import (
	"fmt"
	"unsafe"
)

// Array holds one leaf's values for N environments.
type Array struct {
	Leaf *Leaf
	// Data holds a dense leaf: N values of Leaf.RowBytes bytes.
	Data []byte
	// Rows holds a ragged leaf: a whole number of rows for each of the N
	// environments.
	Rows [][]byte
}

// Arrays holds values of a space for N environments, one Array per leaf.
type Arrays []Array

// NewArrays makes zeroed arrays for n environments. The dense ones share one
// piece of memory, each part of it aligned for its type.
func NewArrays(leaves []Leaf, n int) Arrays {
	total := 0
	for i := range leaves {
		if !leaves[i].Ragged {
			total += align8(leaves[i].RowBytes() * n)
		}
	}
	memory := make([]byte, total)
	arrays := make(Arrays, len(leaves))
	for i := range leaves {
		arrays[i].Leaf = &leaves[i]
		if leaves[i].Ragged {
			arrays[i].Rows = make([][]byte, n)
			continue
		}
		size := leaves[i].RowBytes() * n
		arrays[i].Data = memory[:size:size]
		memory = memory[align8(size):]
	}
	return arrays
}

func align8(n int) int { return (n + 7) &^ 7 }

// Len returns the number of environments.
func (a *Array) Len() int {
	if a.Leaf.Ragged {
		return len(a.Rows)
	}
	return len(a.Data) / a.Leaf.RowBytes()
}

// Bytes returns environment i's value as little-endian bytes.
func (a *Array) Bytes(i int) []byte {
	if a.Leaf.Ragged {
		return a.Rows[i]
	}
	n := a.Leaf.RowBytes()
	return a.Data[i*n : (i+1)*n : (i+1)*n]
}

// Row returns environment i's value as a slice of its elements that shares the
// array's memory: write to it to set the value. For a ragged leaf it is all
// rows one after another. T must be the leaf's type; a T of another size
// panics.
func Row[T Element](a *Array, i int) []T {
	a.mustHold(unsafe.Sizeof(*new(T)))
	return view[T](a.Bytes(i))
}

// All returns the whole dense array as a slice of elements that shares its
// memory, or nil for a ragged leaf.
func All[T Element](a *Array) []T {
	a.mustHold(unsafe.Sizeof(*new(T)))
	return view[T](a.Data)
}

// ResizeRow gives environment i of a ragged leaf n rows, and returns their
// elements to be written. Its memory is reused from one call to the next; the
// contents are undefined.
func ResizeRow[T Element](a *Array, i, n int) []T {
	a.mustHold(unsafe.Sizeof(*new(T)))
	size := n * a.Leaf.RowBytes()
	if cap(a.Rows[i]) < size {
		a.Rows[i] = make([]byte, size, size+size/2)
	}
	a.Rows[i] = a.Rows[i][:size]
	return view[T](a.Rows[i])
}

func (a *Array) mustHold(size uintptr) {
	if int(size) != a.Leaf.DType.Size() {
		panic(fmt.Sprintf("env: array %q holds %v, asked for elements of %d bytes", a.Leaf.Path, a.Leaf.DType, size))
	}
}

// CopyRow copies the values of environment j of src to environment i of a.
func (a Arrays) CopyRow(i int, src Arrays, j int) {
	for k := range a {
		if a[k].Leaf.Ragged {
			a[k].Rows[i] = append(a[k].Rows[i][:0], src[k].Rows[j]...)
			continue
		}
		copy(a[k].Bytes(i), src[k].Bytes(j))
	}
}

// Len returns the number of environments; 0 for a space without leaves.
func (a Arrays) Len() int {
	if len(a) == 0 {
		return 0
	}
	return a[0].Len()
}

// Find returns the array of the leaf with this path, or nil.
func (a Arrays) Find(path string) *Array {
	for i := range a {
		if a[i].Leaf.Path == path {
			return &a[i]
		}
	}
	return nil
}
