package wire

import "google.golang.org/protobuf/encoding/protowire"

// Fields walks the fields of an encoded message: after each Next that returns
// true it holds a field's number, how the field is encoded, and its value if
// that is a varint or bytes.
type Fields struct {
	Number protowire.Number
	Kind   protowire.Type
	Varint uint64
	Bytes  []byte // shares the message's memory

	rest []byte
	err  error
}

// FieldsOf begins a walk.
func FieldsOf(message []byte) Fields { return Fields{rest: message} }

// Next goes on to the next field; false means that there is none, or that the
// message is malformed.
func (f *Fields) Next() bool {
	if len(f.rest) == 0 {
		return false
	}
	number, kind, head := protowire.ConsumeTag(f.rest)
	if head < 0 {
		return f.fail(head)
	}
	var size int
	switch kind {
	case protowire.VarintType:
		f.Varint, size = protowire.ConsumeVarint(f.rest[head:])
	case protowire.BytesType:
		f.Bytes, size = protowire.ConsumeBytes(f.rest[head:])
	default:
		size = protowire.ConsumeFieldValue(number, kind, f.rest[head:])
	}
	if size < 0 {
		return f.fail(size)
	}
	f.Number, f.Kind, f.rest = number, kind, f.rest[head+size:]
	return true
}

// Err says what is wrong with a message that ended early.
func (f *Fields) Err() error { return f.err }

// AppendInts appends the field's number or packed list of numbers; a field of
// another kind has none. A malformed list ends the walk.
func (f *Fields) AppendInts(dst []int64) []int64 {
	switch f.Kind {
	case protowire.VarintType:
		return append(dst, int64(f.Varint))
	case protowire.BytesType:
		for packed := f.Bytes; len(packed) > 0; {
			v, size := protowire.ConsumeVarint(packed)
			if size < 0 {
				f.fail(size)
				return dst
			}
			dst, packed = append(dst, int64(v)), packed[size:]
		}
	}
	return dst
}

func (f *Fields) fail(code int) bool {
	f.rest, f.err = nil, protowire.ParseError(code)
	return false
}
