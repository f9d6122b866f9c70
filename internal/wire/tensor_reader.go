package wire

import (
	"google.golang.org/protobuf/encoding/protowire"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// The numbers of Tensor's fields.
const (
	tensorDType      protowire.Number = 1
	tensorShape      protowire.Number = 2
	tensorData       protowire.Number = 3
	tensorRowOffsets protowire.Number = 4
)

// TensorReader reads encoded Tensors in place, one after another, and allocates
// nothing once its lists have grown. The zero value is ready.
type TensorReader struct {
	view view

	shape, offsets []int64
}

// Read reads a tensor that holds a leaf for n rows. The data share the message's
// memory; the offsets, which only a ragged leaf has, are valid until the next
// Read. Errors are *env.FieldError, relative to the tensor, or say that the
// message is malformed.
func (r *TensorReader) Read(message []byte, leaf *env.Leaf, n int) (data []byte, offsets []int64, err error) {
	if err := r.parse(message); err != nil {
		return nil, nil, err
	}
	if err := r.view.check(leaf, n); err != nil {
		return nil, nil, err
	}
	return r.view.data, r.view.offsets, nil
}

func (r *TensorReader) parse(data []byte) error {
	r.view = view{}
	r.shape, r.offsets = r.shape[:0], r.offsets[:0]
	f := FieldsOf(data)
	for f.Next() {
		switch {
		case f.Number == tensorDType && f.Kind == protowire.VarintType:
			r.view.dtype = trailblazerv1.DataType(f.Varint)
		case f.Number == tensorShape:
			r.shape = f.AppendInts(r.shape)
		case f.Number == tensorData && f.Kind == protowire.BytesType:
			r.view.data = f.Bytes
		case f.Number == tensorRowOffsets:
			r.offsets = f.AppendInts(r.offsets)
		}
	}
	r.view.shape, r.view.offsets = r.shape, r.offsets
	return f.Err()
}
