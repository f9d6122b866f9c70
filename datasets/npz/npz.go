// Package npz writes NumPy's archives of arrays: [Writer]. numpy.load reads them
// without pickle.
//
// The format is that of NumPy's documentation (numpy.lib.format, version 1.0):
// a zip archive with one file NAME.npy for each array, which is a header that
// says type and shape, and the elements, little-endian in row-major order.
package npz

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"
	"strings"

	"trailblazer/api/env"
)

// Writer writes one archive, array by array.
type Writer struct {
	zip    *zip.Writer
	method uint16
	open   *array
	names  map[string]bool
}

// NewWriter begins an archive, deflated or not.
func NewWriter(w io.Writer, deflate bool) *Writer {
	method := zip.Store
	if deflate {
		method = zip.Deflate
	}
	return &Writer{zip: zip.NewWriter(w), method: method, names: map[string]bool{}}
}

// array counts what is still to be written of one.
type array struct {
	to   io.Writer
	name string
	left int64
}

// Write writes elements, of which there must not be too many.
func (a *array) Write(p []byte) (int, error) {
	if int64(len(p)) > a.left {
		return 0, fmt.Errorf("npz: array %s: %d bytes too many", a.name, int64(len(p))-a.left)
	}
	n, err := a.to.Write(p)
	a.left -= int64(n)
	return n, err
}

// Create begins an array, whose elements are then written to what it returns:
// all of them, before the next is begun. A slash in the name makes folders that
// numpy shows as a part of the name.
func (w *Writer) Create(name string, dtype env.DType, shape ...int) (io.Writer, error) {
	descr, err := descrOf(dtype)
	if err != nil {
		return nil, fmt.Errorf("npz: array %s: %w", name, err)
	}
	return w.create(name, descr, dtype.Size(), shape)
}

func (w *Writer) create(name, descr string, size int, shape []int) (io.Writer, error) {
	if err := w.finish(); err != nil {
		return nil, err
	}
	if w.names[name] {
		return nil, fmt.Errorf("npz: two arrays are called %s", name)
	}
	w.names[name] = true
	// The time stays unset: equal arrays make equal archives.
	to, err := w.zip.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: w.method})
	if err != nil {
		return nil, err
	}
	if _, err := to.Write(header(descr, shape)); err != nil {
		return nil, err
	}
	w.open = &array{to: to, name: name, left: int64(size)}
	for _, n := range shape {
		w.open.left *= int64(n)
	}
	return w.open, nil
}

// Strings writes an array of texts.
func (w *Writer) Strings(name string, texts []string) error {
	longest := 1
	runes := make([][]rune, len(texts))
	for i, text := range texts {
		runes[i] = []rune(text)
		longest = max(longest, len(runes[i]))
	}
	to, err := w.create(name, "<U"+strconv.Itoa(longest), 4*longest, []int{len(texts)})
	if err != nil {
		return err
	}
	// UTF-32, filled up with zeros.
	element := make([]byte, 4*longest)
	for _, r := range runes {
		clear(element)
		for i, c := range r {
			element[4*i], element[4*i+1], element[4*i+2] = byte(c), byte(c>>8), byte(c>>16)
		}
		if _, err := to.Write(element); err != nil {
			return err
		}
	}
	return nil
}

// finish checks that the array that was begun last is whole.
func (w *Writer) finish() error {
	if w.open != nil && w.open.left > 0 {
		return fmt.Errorf("npz: array %s: %d bytes are missing", w.open.name, w.open.left)
	}
	w.open = nil
	return nil
}

// Close ends the archive. It does not close the writer below.
func (w *Writer) Close() error {
	if err := w.finish(); err != nil {
		return err
	}
	return w.zip.Close()
}

// descrOf is NumPy's code of a type.
func descrOf(dtype env.DType) (string, error) {
	switch dtype {
	case env.Bool:
		return "|b1", nil
	case env.Int8:
		return "|i1", nil
	case env.Uint8:
		return "|u1", nil
	case env.Int32:
		return "<i4", nil
	case env.Int64:
		return "<i8", nil
	case env.Float32:
		return "<f4", nil
	case env.Float64:
		return "<f8", nil
	}
	return "", fmt.Errorf("%v is no type of elements", dtype)
}

// header is what precedes the elements: a magic number, the version, and a
// Python dictionary that spaces fill up to a multiple of 64 bytes.
func header(descr string, shape []int) []byte {
	dims := make([]string, len(shape))
	for i, n := range shape {
		dims[i] = strconv.Itoa(n)
	}
	tuple := strings.Join(dims, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	dictionary := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	const before = 10
	padding := 64 - (before+len(dictionary)+1)%64
	dictionary += strings.Repeat(" ", padding%64) + "\n"
	h := append([]byte("\x93NUMPY\x01\x00"), byte(len(dictionary)), byte(len(dictionary)>>8))
	return append(h, dictionary...)
}
