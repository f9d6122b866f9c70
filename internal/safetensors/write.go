package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Write writes a file. Tensors of larger elements come first, otherwise the
// order stays; so all data are aligned to the size of their elements. Equal
// contents give equal bytes.
func Write(w io.Writer, f *File) error {
	tensors := slices.Clone(f.Tensors)
	slices.SortStableFunc(tensors, func(a, b Tensor) int { return cmp.Compare(b.DType.size(), a.DType.size()) })
	header, err := f.header(tensors)
	if err != nil {
		return err
	}
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	for _, part := range [][]byte{length, header} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	for i := range tensors {
		if _, err := w.Write(tensors[i].Data); err != nil {
			return err
		}
	}
	return nil
}

// header is the JSON text, filled up with spaces to whole lengths of the
// largest element.
func (f *File) header(tensors []Tensor) ([]byte, error) {
	h := headerWriter{names: make(map[string]bool, len(tensors)+1)}
	h.text.WriteByte('{')
	if f.Metadata != nil {
		if err := h.member(metadataKey, f.Metadata); err != nil {
			return nil, err
		}
	}
	h.names[metadataKey] = true
	for name, text := range f.Metadata {
		if !utf8.ValidString(name + text) {
			return nil, fmt.Errorf("%s %q: %q is not UTF-8", metadataKey, name, text)
		}
	}
	at := 0
	for i := range tensors {
		t := &tensors[i]
		want, err := t.bytes()
		if err != nil {
			return nil, err
		}
		if len(t.Data) != want {
			return nil, fmt.Errorf("tensor %q has %d bytes, but %s of the shape %v needs %d", t.Name, len(t.Data), t.DType, t.Shape, want)
		}
		err = h.member(t.Name, struct {
			DType   DType  `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{t.DType, append([]int{}, t.Shape...), [2]int{at, at + want}})
		if err != nil {
			return nil, err
		}
		at += want
	}
	h.text.WriteByte('}')
	for h.text.Len()%lengthBytes != 0 {
		h.text.WriteByte(' ')
	}
	if h.text.Len() > maxHeader {
		return nil, fmt.Errorf("the header has %d bytes, the format allows %d; give fewer or shorter names", h.text.Len(), maxHeader)
	}
	return h.text.Bytes(), nil
}

// headerWriter writes a JSON object member by member.
type headerWriter struct {
	text  bytes.Buffer
	names map[string]bool
}

func (h *headerWriter) member(name string, value any) error {
	if !utf8.ValidString(name) {
		return fmt.Errorf("the name %q is not UTF-8", name)
	}
	if h.names[name] {
		return fmt.Errorf("two tensors have the name %q, or it is reserved; give every tensor a name of its own", name)
	}
	h.names[name] = true
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if h.text.Len() > 1 {
		h.text.WriteByte(',')
	}
	h.text.Write(key)
	h.text.WriteByte(':')
	h.text.Write(text)
	return nil
}
