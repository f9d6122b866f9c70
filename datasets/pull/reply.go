package pull

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"trailblazer/datasets/sample"
	"trailblazer/internal/wire"
)

// The numbers of PullResponse's and Column's fields.
const (
	pullColumns    protowire.Number = 1
	pullRowOffsets protowire.Number = 2
	pullEpisodes   protowire.Number = 3
	pullStarts     protowire.Number = 4
	pullPolicies   protowire.Number = 5
	pullCursor     protowire.Number = 6
	pullEpoch      protowire.Number = 7

	columnName   protowire.Number = 1
	columnTensor protowire.Number = 2
)

// receiver reads PullResponses straight into a batch, in one copy.
type receiver struct {
	batch  *sample.Batch
	cursor []byte

	tensor  wire.TensorReader
	numbers []int64
	columns int
}

// reply is a PullResponse that is read into a receiver.
type reply struct{ receiver *receiver }

// read reads an encoded PullResponse.
func (r *receiver) read(data []byte) error {
	b := r.batch
	b.Reset()
	b.RowOffsets, b.Epoch = b.RowOffsets[:0], 0
	r.cursor = r.cursor[:0]
	policies := 0
	// How many rows the columns have, the offsets say, which may come later.
	f := wire.FieldsOf(data)
	for f.Next() {
		switch f.Number {
		case pullRowOffsets:
			b.RowOffsets = f.AppendInts(b.RowOffsets)
		case pullEpisodes:
			b.Episodes = f.AppendInts(b.Episodes)
		case pullStarts:
			r.numbers = f.AppendInts(r.numbers[:0])
			for _, start := range r.numbers {
				b.Starts = append(b.Starts, int32(start))
			}
		case pullPolicies:
			if f.Kind == protowire.BytesType {
				r.policy(policies, f.Bytes)
				policies++
			}
		case pullCursor:
			if f.Kind == protowire.BytesType {
				r.cursor = append(r.cursor[:0], f.Bytes...)
			}
		case pullEpoch:
			if f.Kind == protowire.VarintType {
				b.Epoch = f.Varint
			}
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	b.Policies = b.Policies[:policies]
	if len(b.RowOffsets) != len(b.Episodes)+1 || len(b.Starts) != len(b.Episodes) || !slices.IsSorted(b.RowOffsets) || b.RowOffsets[0] != 0 {
		return fmt.Errorf("its %d windows have %d offsets and %d starts", len(b.Episodes), len(b.RowOffsets), len(b.Starts))
	}
	b.Frame.Rows = int(b.RowOffsets[len(b.Episodes)])
	return r.readColumns(data)
}

// policy sets a name, which is the same as in the last batch as a rule.
func (r *receiver) policy(at int, name []byte) {
	b := r.batch
	if at == len(b.Policies) {
		b.Policies = append(b.Policies, string(name))
	} else if b.Policies[at] != string(name) {
		b.Policies[at] = string(name)
	}
}

func (r *receiver) readColumns(data []byte) error {
	r.columns = 0
	f := wire.FieldsOf(data)
	for f.Next() {
		if f.Number != pullColumns || f.Kind != protowire.BytesType {
			continue
		}
		if err := r.column(f.Bytes); err != nil {
			return err
		}
	}
	if want := len(r.batch.Frame.Fields); r.columns != want {
		return fmt.Errorf("it has %d columns of %d", r.columns, want)
	}
	return f.Err()
}

func (r *receiver) column(data []byte) error {
	frame := r.batch.Frame
	if r.columns == len(frame.Fields) {
		return fmt.Errorf("it has more than %d columns", r.columns)
	}
	field, v := frame.Fields[r.columns], &frame.Values[r.columns]
	r.columns++
	var name, tensor []byte
	f := wire.FieldsOf(data)
	for f.Next() {
		switch {
		case f.Kind != protowire.BytesType:
		case f.Number == columnName:
			name = f.Bytes
		case f.Number == columnTensor:
			tensor = f.Bytes
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	if string(name) != field.Name {
		return fmt.Errorf("column %d is %q, not %q", r.columns-1, name, field.Name)
	}
	values, offsets, err := r.tensor.Read(tensor, &field.Leaf, frame.Rows)
	if err != nil {
		return fmt.Errorf("column %q: %w", name, err)
	}
	v.Data = append(v.Data[:0], values...)
	if field.Leaf.Ragged {
		v.Offsets = append(v.Offsets[:0], offsets...)
	}
	return nil
}

// codec is Connect's own codec for protobuf, except that it reads batches
// straight into their receiver.
type codec struct{}

// Name implements connect.Codec.
func (codec) Name() string { return "proto" }

// Marshal implements connect.Codec.
func (codec) Marshal(message any) ([]byte, error) {
	m, ok := message.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is no protobuf message", message)
	}
	return proto.Marshal(m)
}

// Unmarshal implements connect.Codec.
func (codec) Unmarshal(data []byte, message any) error {
	switch m := message.(type) {
	case *reply:
		if err := m.receiver.read(data); err != nil {
			return fmt.Errorf("the server sent no batch of this data set: %w", err)
		}
		return nil
	case proto.Message:
		return proto.Unmarshal(data, m)
	}
	return fmt.Errorf("%T is no protobuf message", message)
}
