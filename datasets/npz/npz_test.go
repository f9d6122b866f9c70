package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"trailblazer/api/env"
)

func TestWriter(t *testing.T) {
	for _, deflate := range []bool{false, true} {
		var file bytes.Buffer
		w := NewWriter(&file, deflate)
		to, err := w.Create("a/b", env.Int32, 2, 3)
		if err != nil {
			t.Fatal(err)
		}
		elements := []byte("abcdefghijklmnopqrstuvwx")
		for _, part := range [][]byte{elements[:5], elements[5:]} {
			if _, err := to.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Create("none", env.Float64, 0); err != nil {
			t.Fatal(err)
		}
		if err := w.Strings("names", []string{"é", "bba", ""}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []struct{ name, dictionary, data string }{
			{"a/b.npy", "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }", string(elements)},
			{"none.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }", ""},
			{"names.npy", "{'descr': '<U3', 'fortran_order': False, 'shape': (3,), }", "\xe9\x00\x00\x00" + strings.Repeat("\x00", 8) + "b\x00\x00\x00b\x00\x00\x00a\x00\x00\x00" + strings.Repeat("\x00", 12)},
		} {
			f, err := archive.File[i].Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			n := int(binary.LittleEndian.Uint16(text[8:]))
			if head := string(text[:8]); head != "\x93NUMPY\x01\x00" || (10+n)%64 != 0 || text[9+n] != '\n' {
				t.Errorf("%s begins with %q", want.name, text[:10+n])
			}
			if got := strings.TrimRight(string(text[10:10+n]), " \n"); archive.File[i].Name != want.name || got != want.dictionary || string(text[10+n:]) != want.data {
				t.Errorf("%s: %s with %q", archive.File[i].Name, got, text[10+n:])
			}
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	w := NewWriter(io.Discard, false)
	to, err := w.Create("a", env.Int8, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Write(make([]byte, 4)); err == nil || !strings.Contains(err.Error(), "1 bytes too many") {
		t.Errorf("error %v", err)
	}
	if _, err := w.Create("b", env.Int8, 3); err == nil || !strings.Contains(err.Error(), "3 bytes are missing") {
		t.Errorf("error %v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("no error for an array that is cut off")
	}
	if _, err := NewWriter(io.Discard, false).Create("a", 0, 1); err == nil {
		t.Error("no error without a type")
	}
	w = NewWriter(io.Discard, false)
	for range 2 {
		_, err = w.Create("a", env.Int8, 0)
	}
	if err == nil || !strings.Contains(err.Error(), "two arrays are called a") {
		t.Errorf("error %v", err)
	}
}
