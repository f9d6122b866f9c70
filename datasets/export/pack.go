package export

import (
	"encoding/binary"
	"math"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// packing flattens fields into one array.
type packing struct {
	fields []*traj.Field
	dtype  env.DType
	// shape is that of a row.
	shape []int
}

func newPacking(fields []*traj.Field) *packing {
	p := &packing{fields: fields}
	if len(fields) == 1 {
		p.dtype, p.shape = fields[0].Leaf.DType, fields[0].Leaf.Shape
		return p
	}
	width := 0
	for _, f := range fields {
		width += f.Leaf.Elements()
		if p.dtype == 0 {
			p.dtype = f.Leaf.DType
		}
		p.dtype = common(p.dtype, f.Leaf.DType)
	}
	p.shape = []int{width}
	return p
}

// common is the smallest of our types that holds both.
func common(a, b env.DType) env.DType {
	small := func(d env.DType) bool { return d == env.Bool || d == env.Int8 || d == env.Uint8 }
	float := func(d env.DType) bool { return d == env.Float32 || d == env.Float64 }
	switch {
	case a == b:
		return a
	case !float(a) && !float(b):
		return env.Int64
	case a == env.Float32 && small(b), small(a) && b == env.Float32:
		return env.Float32
	}
	return env.Float64
}

// names lists what a row holds.
func (p *packing) names() []string {
	var names []string
	for _, f := range p.fields {
		for _, c := range f.Columns() {
			names = append(names, c.Name)
		}
	}
	return names
}

// append appends rows of the fields' values.
func (p *packing) append(dst []byte, values [][]byte, rows int) []byte {
	if len(p.fields) == 1 {
		return append(dst, values[0][:rows*p.fields[0].Leaf.RowBytes()]...)
	}
	for row := range rows {
		for i, f := range p.fields {
			n := f.Leaf.Elements()
			for at := row * n; at < (row+1)*n; at++ {
				dst = p.appendElement(dst, f.Leaf.DType, values[i], at)
			}
		}
	}
	return dst
}

func (p *packing) appendElement(dst []byte, from env.DType, data []byte, at int) []byte {
	size := from.Size()
	if from == p.dtype {
		return append(dst, data[at*size:(at+1)*size]...)
	}
	integer, number := element(from, data, at)
	switch p.dtype {
	case env.Float32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(number)))
	case env.Float64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(number))
	}
	return binary.LittleEndian.AppendUint64(dst, uint64(integer))
}

// element reads one element of little-endian values, as both kinds of number.
func element(d env.DType, data []byte, at int) (integer int64, number float64) {
	switch d {
	case env.Int8:
		integer = int64(int8(data[at]))
	case env.Bool, env.Uint8:
		integer = int64(data[at])
	case env.Int32:
		integer = int64(int32(binary.LittleEndian.Uint32(data[4*at:])))
	case env.Int64:
		integer = int64(binary.LittleEndian.Uint64(data[8*at:]))
	case env.Float32:
		return 0, float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*at:])))
	case env.Float64:
		return 0, math.Float64frombits(binary.LittleEndian.Uint64(data[8*at:]))
	}
	return integer, float64(integer)
}

// appendText writes one element in decimals that read back as the same.
func appendText(dst []byte, d env.DType, data []byte, at int) []byte {
	integer, number := element(d, data, at)
	switch d {
	case env.Float32:
		return strconv.AppendFloat(dst, number, 'g', -1, 32)
	case env.Float64:
		return strconv.AppendFloat(dst, number, 'g', -1, 64)
	}
	return strconv.AppendInt(dst, integer, 10)
}
