package dash

import (
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"trailblazer/datasets/trace"
)

// Index is a Segment Index Box: the subsegments of a file, one after another.
type Index struct {
	// Timescale is the number of ticks in a second.
	Timescale uint32
	// Bytes and Ticks are the subsegments' sizes and durations.
	Bytes, Ticks []uint32
}

// maxIndex bounds an index: each entry has 12 bytes, and there are at most
// 65,535 of them.
const maxIndex = 1 << 20

// ParseIndex reads the box that begins where r does, which must be a sidx.
func ParseIndex(name string, r io.Reader) (*Index, error) {
	refuse := func(problem, remedy string) error {
		return &trace.FormatError{File: name, Field: "sidx", Problem: problem, Remedy: remedy}
	}
	const again = "write the file anew with a segment index (MP4Box -dash, or ffmpeg -movflags global_sidx)"
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, cut(name, err)
	}
	size := binary.BigEndian.Uint32(head[:4])
	if string(head[4:]) != "sidx" {
		return nil, refuse("is a box of type "+strconv.Quote(string(head[4:])), "let indexRange begin at the sidx box")
	}
	if size < 32 || size > maxIndex {
		return nil, refuse("has a size of "+strconv.FormatUint(uint64(size), 10)+" bytes", again)
	}
	body := make([]byte, size-8)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, cut(name, err)
	}
	// version and flags, reference_ID, timescale, then two numbers of 32 or 64
	// bits, a reserved one of 16, and the count.
	at := 4 + 4 + 4 + 8
	if body[0] > 0 {
		at += 8
	}
	if len(body) < at+4 {
		return nil, refuse("is too short for its version", again)
	}
	index := &Index{Timescale: binary.BigEndian.Uint32(body[8:])}
	count := int(binary.BigEndian.Uint16(body[at+2:]))
	entries := body[at+4:]
	switch {
	case index.Timescale == 0:
		return nil, refuse("has a timescale of 0", again)
	case count == 0:
		return nil, refuse("lists no subsegments", again)
	case len(entries) < 12*count:
		return nil, refuse("is too short for its "+strconv.Itoa(count)+" subsegments", again)
	}
	for i := range count {
		entry := entries[12*i:]
		reference := binary.BigEndian.Uint32(entry)
		if reference>>31 != 0 {
			return nil, refuse("refers to other indexes", "write the file anew with one flat index")
		}
		index.Bytes = append(index.Bytes, reference)
		index.Ticks = append(index.Ticks, binary.BigEndian.Uint32(entry[4:]))
	}
	return index, nil
}

// FindIndex skips the boxes of a file up to its first sidx and reads it.
func FindIndex(name string, r io.ReadSeeker) (*Index, error) {
	const most = 1000
	for range most {
		start, err := r.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		var head [16]byte
		if _, err := io.ReadFull(r, head[:8]); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, cut(name, err)
		}
		size := uint64(binary.BigEndian.Uint32(head[:4]))
		if string(head[4:8]) == "sidx" {
			if _, err := r.Seek(start, io.SeekStart); err != nil {
				return nil, err
			}
			return ParseIndex(name, r)
		}
		if size == 1 {
			if _, err := io.ReadFull(r, head[8:]); err != nil {
				return nil, cut(name, err)
			}
			size = binary.BigEndian.Uint64(head[8:])
		}
		if size < 8 || size > 1<<62-uint64(start) {
			break // The last box reaches to the end, or it is no box.
		}
		if _, err := r.Seek(start+int64(size), io.SeekStart); err != nil {
			return nil, err
		}
	}
	return nil, &trace.FormatError{File: name, Field: "sidx", Problem: "is missing", Remedy: "write the file anew with a segment index (MP4Box -dash, or ffmpeg -movflags global_sidx)"}
}

// cut names a file that ends within a box.
func cut(name string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &trace.FormatError{File: name, Field: "sidx", Problem: "is cut off: the file ends within a box", Remedy: "download it again"}
	}
	return err
}
