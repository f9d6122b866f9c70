package public

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// bundle is a TensorFlow checkpoint of version 2: its index is a table of
// LevelDB with a BundleEntryProto for each tensor (tensorflow/core/util/
// tensor_bundle and protobuf/tensor_bundle.proto), its elements lie one after
// another in one file.
type bundle struct {
	entries map[string]bundleEntry
	data    []byte
}

type bundleEntry struct {
	dtype, shard uint64
	shape        []int
	offset, size uint64
}

// Numbers of the formats.
const (
	tableFooter = 48                 // two handles, filled up, and the magic number
	tableMagic  = 0xdb4775248b80fb57 // LevelDB's table/format.h
	blockTail   = 5                  // kind of compression, and a checksum
	bundleFloat = 1                  // DT_FLOAT
)

// parseBundle reads an index and its data.
func parseBundle(index, data []byte) (*bundle, error) {
	b := &bundle{entries: map[string]bundleEntry{}, data: data}
	if len(index) < tableFooter || binary.LittleEndian.Uint64(index[len(index)-8:]) != tableMagic {
		return nil, fmt.Errorf("it is no index of a TensorFlow checkpoint")
	}
	footer := index[len(index)-tableFooter:]
	_, _, n := handle(footer) // of the meta index, which is empty
	if n == 0 {
		return nil, fmt.Errorf("its footer is damaged")
	}
	root, err := block(index, footer[n:])
	if err != nil {
		return nil, err
	}
	err = eachEntry(root, func(_ string, at []byte) error {
		part, err := block(index, at)
		if err != nil {
			return err
		}
		return eachEntry(part, func(name string, value []byte) error {
			if name == "" {
				return nil // The header: one shard, little-endian.
			}
			entry, err := parseBundleEntry(value)
			b.entries[name] = entry
			return err
		})
	})
	return b, err
}

// handle reads where a block lies; n is the length of the handle, 0 if it is
// damaged.
func handle(text []byte) (offset, size uint64, n int) {
	offset, a := binary.Uvarint(text)
	if a <= 0 {
		return 0, 0, 0
	}
	size, c := binary.Uvarint(text[a:])
	if c <= 0 {
		return 0, 0, 0
	}
	return offset, size, a + c
}

// block returns the block that a handle refers to.
func block(table, at []byte) ([]byte, error) {
	offset, size, n := handle(at)
	length := uint64(len(table))
	if n == 0 || offset > length || size > length || offset+size+blockTail > length || size < 4 {
		return nil, fmt.Errorf("a block lies outside the index")
	}
	if kind := table[offset+size]; kind != 0 {
		return nil, fmt.Errorf("a block of the index is compressed")
	}
	return table[offset : offset+size], nil
}

// eachEntry calls do with the keys and values of a block. A key shares its
// beginning with the one before; restart points follow the entries.
func eachEntry(block []byte, do func(key string, value []byte) error) error {
	restarts := uint64(binary.LittleEndian.Uint32(block[len(block)-4:]))
	if 4*restarts+4 > uint64(len(block)) {
		return fmt.Errorf("a block of the index is damaged")
	}
	rest := block[:uint64(len(block))-4*restarts-4]
	var key []byte
	for len(rest) > 0 {
		var lengths [3]uint64 // shared, not shared, value
		for i := range lengths {
			x, n := binary.Uvarint(rest)
			if n <= 0 {
				return fmt.Errorf("an entry of the index is cut off")
			}
			lengths[i], rest = x, rest[n:]
		}
		if lengths[0] > uint64(len(key)) || lengths[1] > uint64(len(rest)) || lengths[2] > uint64(len(rest))-lengths[1] {
			return fmt.Errorf("an entry of the index is cut off")
		}
		key = append(key[:lengths[0]], rest[:lengths[1]]...)
		rest = rest[lengths[1]:]
		if err := do(string(key), rest[:lengths[2]]); err != nil {
			return err
		}
		rest = rest[lengths[2]:]
	}
	return nil
}

// parseBundleEntry reads dtype (1), shape (2), shard (3), offset (4) and size
// (5).
func parseBundleEntry(text []byte) (bundleEntry, error) {
	var e bundleEntry
	err := eachField(text, func(number protowire.Number, x uint64, inner []byte) error {
		switch number {
		case 1:
			e.dtype = x
		case 2:
			return eachField(inner, func(number protowire.Number, _ uint64, dim []byte) error {
				size := uint64(0)
				err := eachField(dim, func(number protowire.Number, x uint64, _ []byte) error {
					if number == 1 {
						size = x
					}
					return nil
				})
				if number == 2 {
					e.shape = append(e.shape, int(min(size, math.MaxInt32)))
				}
				return err
			})
		case 3:
			e.shard = x
		case 4:
			e.offset = x
		case 5:
			e.size = x
		}
		return nil
	})
	return e, err
}

// eachField calls do with the fields of a message: a number, or the bytes of an
// inner message.
func eachField(text []byte, do func(number protowire.Number, x uint64, inner []byte) error) error {
	for len(text) > 0 {
		number, kind, n := protowire.ConsumeTag(text)
		if n < 0 {
			return protowire.ParseError(n)
		}
		text = text[n:]
		var x uint64
		var inner []byte
		switch kind {
		case protowire.VarintType:
			x, n = protowire.ConsumeVarint(text)
		case protowire.BytesType:
			inner, n = protowire.ConsumeBytes(text)
		default:
			n = protowire.ConsumeFieldValue(number, kind, text)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		text = text[n:]
		if err := do(number, x, inner); err != nil {
			return err
		}
	}
	return nil
}

// floats returns the elements of a tensor, which must have the given shape.
func (b *bundle) floats(name string, shape ...int) ([]float32, error) {
	e, ok := b.entries[name]
	if !ok {
		return nil, fmt.Errorf("the checkpoint has no tensor %s", name)
	}
	n := 1
	for _, size := range shape {
		n *= size
	}
	if e.dtype != bundleFloat || e.shard != 0 || fmt.Sprint(e.shape) != fmt.Sprint(shape) || e.size != uint64(4*n) {
		return nil, fmt.Errorf("tensor %s has the shape %v and %d bytes, not %v of float32", name, e.shape, e.size, shape)
	}
	if e.offset > uint64(len(b.data)) || e.size > uint64(len(b.data))-e.offset {
		return nil, fmt.Errorf("tensor %s lies outside the data", name)
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b.data[e.offset+4*uint64(i):]))
	}
	return values, nil
}
