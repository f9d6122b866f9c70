package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unicode/utf8"
)

const (
	lengthBytes = 8
	// maxHeader is the longest header that the format allows.
	maxHeader   = 100_000_000
	metadataKey = "__metadata__"
)

// Read reads a file. Errors name it.
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Parse reads the bytes of a file. The tensors' data are parts of them, not
// copies. It allocates no more than a small multiple of the header, whatever
// sizes the header tells of.
func Parse(data []byte) (*File, error) {
	if len(data) < lengthBytes {
		return nil, fmt.Errorf("it has %d bytes, too few for the length of a header; it is cut off or no safetensors file", len(data))
	}
	length := binary.LittleEndian.Uint64(data)
	if length > maxHeader || length > uint64(len(data)-lengthBytes) {
		return nil, fmt.Errorf("it has %d bytes and tells of a header of %d; it is cut off or no safetensors file", len(data), length)
	}
	header, values := data[lengthBytes:][:length], data[lengthBytes+length:]
	if length == 0 || header[0] != '{' || !utf8.Valid(header) {
		return nil, errors.New("its header is no JSON object in UTF-8; it is no safetensors file")
	}
	f, spans, err := parseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("its header %w", err)
	}
	if err := f.assign(spans, values); err != nil {
		return nil, err
	}
	return f, nil
}

// span says where a tensor's data begin and end.
type span struct{ begin, end int }

// parseHeader returns the tensors without their data, and where these are.
func parseHeader(header []byte) (*File, []span, error) {
	list, err := members(header)
	if err != nil {
		return nil, nil, err
	}
	f := &File{}
	var spans []span
	for _, m := range list {
		if m.name == metadataKey {
			if f.Metadata, err = parseMetadata(m); err != nil {
				return nil, nil, err
			}
			continue
		}
		t, at, err := parseTensor(m)
		if err != nil {
			return nil, nil, fmt.Errorf("describes tensor %q: %w", m.name, err)
		}
		f.Tensors, spans = append(f.Tensors, t), append(spans, at)
	}
	return f, spans, nil
}

func parseMetadata(m member) (map[string]string, error) {
	list, err := members(m.value)
	if err != nil {
		return nil, fmt.Errorf("has %s: %w", metadataKey, err)
	}
	metadata := make(map[string]string, len(list))
	for _, entry := range list {
		if metadata[entry.name], err = text(entry.value); err != nil {
			return nil, fmt.Errorf("has %s %q: %w", metadataKey, entry.name, err)
		}
	}
	return metadata, nil
}

func parseTensor(m member) (t Tensor, at span, err error) {
	t.Name = m.name
	list, err := members(m.value)
	if err != nil {
		return t, at, err
	}
	if len(list) != 3 {
		return t, at, fmt.Errorf("it has %d fields, not dtype, shape and data_offsets", len(list))
	}
	for _, field := range list {
		switch field.name {
		case "dtype":
			var s string
			s, err = text(field.value)
			t.DType = DType(s)
		case "shape":
			t.Shape, err = counts(field.value)
		case "data_offsets":
			var offsets []int
			offsets, err = counts(field.value)
			if err == nil && len(offsets) != 2 {
				err = fmt.Errorf("it has %d numbers, not 2", len(offsets))
			}
			if err == nil {
				at = span{offsets[0], offsets[1]}
			}
		default:
			err = errors.New("it is no field of the format")
		}
		if err != nil {
			return t, at, fmt.Errorf("%s: %w", field.name, err)
		}
	}
	return t, at, nil
}
