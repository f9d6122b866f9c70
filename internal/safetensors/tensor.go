package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// Tensor is a named array, row-major.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	// Data are the elements, little-endian.
	Data []byte
}

// Float32 makes a tensor of values, which it copies.
func Float32(name string, shape []int, values []float32) Tensor {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return Tensor{Name: name, DType: F32, Shape: shape, Data: data}
}

// Float32s returns a copy of the elements. Types that a float32 doesn't hold
// exactly are refused.
func (t *Tensor) Float32s() ([]float32, error) {
	size := t.DType.size()
	if t.DType != F32 && t.DType != F16 && t.DType != BF16 {
		return nil, fmt.Errorf("tensor %q holds %s; give F32, F16 or BF16", t.Name, t.DType)
	}
	values := make([]float32, len(t.Data)/size)
	for i := range values {
		at := t.Data[i*size:]
		switch t.DType {
		case F32:
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(at))
		case F16:
			values[i] = halfToFloat32(binary.LittleEndian.Uint16(at))
		case BF16:
			values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(at)) << 16)
		}
	}
	return values, nil
}

// bytes is how many bytes the shape needs.
func (t *Tensor) bytes() (int, error) {
	size := t.DType.size()
	if size == 0 {
		return 0, fmt.Errorf("tensor %q holds %q, which is no type of the format", t.Name, t.DType)
	}
	empty := false
	total := uint64(size)
	for _, n := range t.Shape {
		if n < 0 {
			return 0, fmt.Errorf("tensor %q has the shape %v; no dimension is negative", t.Name, t.Shape)
		}
		if n == 0 {
			empty = true
			continue
		}
		high, low := bits.Mul64(total, uint64(n))
		if high != 0 || low > math.MaxInt {
			return 0, fmt.Errorf("tensor %q has the shape %v, which no memory holds", t.Name, t.Shape)
		}
		total = low
	}
	if empty {
		return 0, nil
	}
	return int(total), nil
}
