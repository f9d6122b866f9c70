package traj

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// checkFooter checks that a file ends in a footer whose lists are no longer
// than its bytes. The library makes room for as many entries as a list says
// that it has: a flipped bit would have it ask for all memory.
func checkFooter(file io.ReaderAt, size int64) error {
	const frame = 8 // length and "PAR1"
	var tail [frame]byte
	if size < 4+frame {
		return fmt.Errorf("it has %d bytes, too few for a Parquet file", size)
	}
	if _, err := file.ReadAt(tail[:], size-frame); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return fmt.Errorf("it ends in %q, not in \"PAR1\": it is cut short, or no Parquet file", tail[4:])
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	if length > size-4-frame {
		return fmt.Errorf("its footer is said to have %d bytes, and the file has %d", length, size)
	}
	text := make([]byte, length)
	if _, err := file.ReadAt(text, size-frame-length); err != nil {
		return err
	}
	w := thriftWalker{rest: text}
	w.structure(0)
	if w.failed {
		return errors.New("its footer is no Thrift structure")
	}
	return nil
}

// Types of the compact protocol, as Thrift's
// doc/specs/thrift-compact-protocol.md numbers them.
const (
	thriftTrue = iota + 1
	thriftFalse
	thriftByte
	thriftInt16
	thriftInt32
	thriftInt64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	_ // a map
	thriftStruct
)

// thriftWalker passes over a text in Thrift's compact protocol.
type thriftWalker struct {
	rest   []byte
	failed bool
}

// maxThriftDepth is more than footers nest.
const maxThriftDepth = 32

func (w *thriftWalker) skip(n uint64) {
	if n > uint64(len(w.rest)) {
		w.failed = true
		return
	}
	w.rest = w.rest[n:]
}

func (w *thriftWalker) byte() byte {
	if len(w.rest) == 0 {
		w.failed = true
		return 0
	}
	b := w.rest[0]
	w.rest = w.rest[1:]
	return b
}

func (w *thriftWalker) varint() uint64 {
	v, n := binary.Uvarint(w.rest)
	if n <= 0 {
		w.failed = true
		return 0
	}
	w.rest = w.rest[n:]
	return v
}

// structure passes over fields up to the one that ends a structure.
func (w *thriftWalker) structure(depth int) {
	if depth > maxThriftDepth {
		w.failed = true
	}
	for !w.failed {
		b := w.byte()
		if b == 0 {
			return
		}
		if b>>4 == 0 { // the field's number follows
			w.varint()
		}
		if kind := b & 15; kind > thriftFalse { // a boolean field has no more bytes
			w.value(kind, depth)
		}
	}
}

func (w *thriftWalker) value(kind byte, depth int) {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte: // in a list, each boolean is a byte
		w.skip(1)
	case thriftInt16, thriftInt32, thriftInt64:
		w.varint()
	case thriftDouble:
		w.skip(8)
	case thriftBinary:
		w.skip(w.varint())
	case thriftList, thriftSet:
		w.list(depth)
	case thriftStruct:
		w.structure(depth + 1)
	default: // among them maps, which footers do not have
		w.failed = true
	}
}

func (w *thriftWalker) list(depth int) {
	b := w.byte()
	n := uint64(b >> 4)
	if n == 15 {
		n = w.varint()
	}
	if n > uint64(len(w.rest)) {
		w.failed = true
	}
	for ; n > 0 && !w.failed; n-- {
		w.value(b&15, depth+1)
	}
}
