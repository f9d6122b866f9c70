package env

import (
	"fmt"
	"unsafe"
)

// DType is the type of an array's elements. Arrays are little-endian.
type DType uint8

// The element types of spaces.
const (
	Bool DType = iota + 1
	Int8
	Uint8
	Int32
	Int64
	Float32
	Float64
)

var dtypeNames = [...]string{Bool: "bool", Int8: "int8", Uint8: "uint8", Int32: "int32", Int64: "int64", Float32: "float32", Float64: "float64"}

// Size returns the bytes of one element, or 0 for a DType that is none of the
// constants.
func (d DType) Size() int {
	switch d {
	case Bool, Int8, Uint8:
		return 1
	case Int32, Float32:
		return 4
	case Int64, Float64:
		return 8
	}
	return 0
}

// String returns numpy's name of the type.
func (d DType) String() string {
	if d == 0 || int(d) >= len(dtypeNames) {
		return fmt.Sprintf("dtype(%d)", uint8(d))
	}
	return dtypeNames[d]
}

// Element is the Go type of an array's element.
type Element interface {
	bool | int8 | uint8 | int32 | int64 | float32 | float64
}

// view reads bytes as elements without copying. Hosts are little-endian (see
// endian.go), so memory and wire agree.
func view[T Element](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
}
