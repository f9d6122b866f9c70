package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/testdata"
)

// file makes a file of a header and values.
func file(header, values string) []byte {
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(data, header...), values...)
}

func TestParse(t *testing.T) {
	// "b" lies first though it is named last; "none" has no elements.
	f, err := Parse(file(`{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[2,10]},
		"none":{"dtype":"I64","shape":[0,1000],"data_offsets":[2,2]},
		"__metadata__":{"made by":"hand","":"\u00e9"},
		"b":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}}   `, "\x80\x3f\x00\x00\x00\x40\x00\x00\x80\xbf"))
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"made by": "hand", "": "é"}; !reflect.DeepEqual(f.Metadata, want) {
		t.Errorf("metadata %q, want %q", f.Metadata, want)
	}
	var names []string
	for _, tensor := range f.Tensors {
		names = append(names, tensor.Name)
	}
	if want := []string{"b", "none", "a"}; !slices.Equal(names, want) {
		t.Errorf("tensors %q, want %q", names, want)
	}
	for name, want := range map[string][]float32{"a": {2, -1}, "b": {1}} {
		if got, err := f.Tensor(name).Float32s(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	if _, err := f.Tensor("none").Float32s(); err == nil || !strings.Contains(err.Error(), "I64") {
		t.Errorf("integers read as floats: %v", err)
	}
	if f.Tensor("c") != nil {
		t.Error("found a tensor that is not there")
	}
}

func TestParseRefuses(t *testing.T) {
	const plain = `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	with := func(old, new string) []byte { return file(strings.Replace(plain, old, new, 1), "1234") }
	huge := file(plain, "1234")
	binary.LittleEndian.PutUint64(huge, math.MaxUint64)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "too few"},
		{"short length", []byte("1234567"), "too few"},
		{"huge header", huge, "header of 18446744073709551615"},
		{"header cut off", file(plain, "")[:20], "cut off"},
		{"no header", file("", "1234"), "no JSON object"},
		{"other file", file("PK  ", "1234"), "no JSON object"},
		{"not UTF-8", with("a", "\xff"), "UTF-8"},
		{"broken JSON", with("]}}", "]}"), "its header"},
		{"more than an object", with("]}}", "]}} {}"), "goes on"},
		{"leading space", file(" "+plain, "1234"), "no JSON object"},
		{"tensor no object", with(`{"dtype"`, `7, "b":{"dtype"`), "no JSON object"},
		{"null", file(`{"a":null}`, ""), "no JSON object"},
		{"double name", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "12"), `"a" twice`},
		{"double field", with(`"shape"`, `"dtype":"F32","shape"`), `"dtype" twice`},
		{"field missing", with(`"shape":[1],`, ``), "2 fields"},
		{"strange field", with(`shape`, `Shape`), "no field"},
		{"one field more", with(`"shape"`, `"strides":[1],"shape"`), "4 fields"},
		{"dtype null", with(`"F32"`, `null`), "no text"},
		{"dtype unknown", with(`F32`, `f32`), `"f32"`},
		{"shape null", with(`[1]`, `null`), "no list"},
		{"shape of null", with(`[1]`, `[null]`), "no whole number"},
		{"shape negative", with(`[1]`, `[-1]`), "no whole number"},
		{"shape fraction", with(`[1]`, `[1.0]`), "no whole number"},
		{"shape text", with(`[1]`, `["1"]`), "no whole number"},
		{"shape beyond 64 bits", with(`[1]`, `[18446744073709551616]`), "no whole number"},
		{"shape overflows", with(`[1]`, `[2000000000,2000000000,2000000000]`), "no memory"},
		{"shape overflows to the right size", with(`[1]`, `[2147418113,5,429509837]`), "no memory"},
		{"size wrong", with(`[1]`, `[2]`), "needs 8"},
		{"one offset", with(`[0,4]`, `[0]`), "not 2"},
		{"offsets swapped", with(`[0,4]`, `[4,0]`), "lies at 4 to 0"},
		{"offset beyond", with(`[0,4]`, `[4,8]`), "cut off"},
		{"values cut off", file(plain, "123"), "cut off"},
		{"bytes left", file(plain, "12345"), "end at 4"},
		{"gap", with(`}}`, `},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}`), "follow each other"},
		{"gap at the start", file(strings.Replace(plain, "[0,4]", "[1,5]", 1), "12345"), "begins at byte 1"},
		{"overlap", file(`{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}`, "1234"), "ends at 3"},
		{"same bytes twice", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, "12"), "ends at 2"},
		{"metadata no object", file(`{"__metadata__":[]}`, ""), "__metadata__"},
		{"metadata no text", file(`{"__metadata__":{"n":1}}`, ""), `"n"`},
		{"deep", file(`{"a":`+strings.Repeat("[", 20000), ""), "its header"},
	} {
		f, err := Parse(c.data)
		if err == nil {
			t.Errorf("%s: read as %+v", c.name, f)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %q, want one with %q", c.name, err, c.want)
		}
	}
}

func TestWriteRoundTrip(t *testing.T) {
	want := &File{
		Metadata: map[string]string{"b": "2", "a": "<1>"},
		Tensors: []Tensor{
			{Name: "bytes", DType: "U8", Shape: []int{3}, Data: []byte("abc")},
			Float32("w/é\"", []int{2, 2}, []float32{1, -2, float32(math.Inf(1)), 0x1p-149}),
			Float32("none", []int{0, 7}, nil),
			{Name: "long", DType: "I64", Data: []byte("12345678")},
		},
	}
	var first, second bytes.Buffer
	if err := Write(&first, want); err != nil {
		t.Fatal(err)
	}
	got, err := Parse(first.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(&second, got); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("written again it differs (%v):\n%q\n%q", err, first.Bytes(), second.Bytes())
	}
	if !reflect.DeepEqual(got.Metadata, want.Metadata) {
		t.Errorf("metadata %q, want %q", got.Metadata, want.Metadata)
	}
	if len(got.Tensors) != len(want.Tensors) {
		t.Fatalf("%d tensors, want %d", len(got.Tensors), len(want.Tensors))
	}
	begin := binary.LittleEndian.Uint64(first.Bytes()) + lengthBytes
	at := int(begin)
	for i := range got.Tensors {
		g := &got.Tensors[i]
		w := want.Tensor(g.Name)
		if w == nil || g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) || !bytes.Equal(g.Data, w.Data) {
			t.Errorf("tensor %+v, want %+v", g, w)
		}
		if at%g.DType.size() != 0 {
			t.Errorf("tensor %q begins at byte %d, unaligned", g.Name, at)
		}
		at += len(g.Data)
	}
}

// official is what the Python package safetensors 0.8.0 writes for an integer,
// two small arrays and an empty one.
const official = "\xf8\x00\x00\x00\x00\x00\x00\x00" +
	`{"__metadata__":{"k":"v"},` +
	`"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},` +
	`"e":{"dtype":"F32","shape":[0,2],"data_offsets":[8,8]},` +
	`"f":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},` +
	`"b":{"dtype":"F16","shape":[1,2],"data_offsets":[16,20]}}  ` +
	"\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80?\x00\x00\x00\xc0\x00<\x00\xc1"

func TestOfficialBytes(t *testing.T) {
	f, err := Parse([]byte(official))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float32{"f": {1, -2}, "b": {1, -2.5}, "e": {}} {
		if got, err := f.Tensor(name).Float32s(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	var out bytes.Buffer
	if err := Write(&out, f); err != nil || out.String() != official {
		t.Errorf("written again (%v): %q", err, out.Bytes())
	}
}

func TestWriteRefuses(t *testing.T) {
	one := Float32("a", []int{1}, []float32{1})
	for _, c := range []struct {
		file File
		want string
	}{
		{File{Tensors: []Tensor{one, one}}, `"a"`},
		{File{Tensors: []Tensor{Float32(metadataKey, []int{1}, []float32{1})}}, "reserved"},
		{File{Tensors: []Tensor{Float32("b", []int{2}, []float32{1})}}, "needs 8"},
		{File{Tensors: []Tensor{Float32("b", []int{-1, -1}, []float32{1})}}, "negative"},
		{File{Tensors: []Tensor{{Name: "b", DType: "F5"}}}, `"F5"`},
		{File{Tensors: []Tensor{Float32("\xff", []int{1}, []float32{1})}}, "UTF-8"},
		{File{Metadata: map[string]string{"a": "\xff"}}, "UTF-8"},
	} {
		var out bytes.Buffer
		if err := Write(&out, &c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.file, err, c.want)
		} else if out.Len() > 0 {
			t.Errorf("%+v: refused after %d bytes", c.file, out.Len())
		}
	}
}

// TestHalf goes through all binary16 numbers by their definition.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		exponent, fraction := h>>10&31, float64(h&1023)
		want := math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction, -24)
		case exponent == 31 && fraction == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if h>>15 == 1 {
			want = -want
		}
		tensor := Tensor{DType: F16, Shape: []int{1}, Data: []byte{byte(h), byte(h >> 8)}}
		values, err := tensor.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		got := float64(values[0])
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != (h>>15 == 1) {
			t.Fatalf("%#04x is %v, want %v", h, got, want)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("bad file: %v", err)
	}
}

// TestRealFile reads a file that another program wrote.
func TestRealFile(t *testing.T) {
	f, err := Read(filepath.Join(testdata.Dir(t), "cjs", "models", "decima.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	parameters := 0
	for i := range f.Tensors {
		values, err := f.Tensors[i].Float32s()
		if err != nil {
			t.Fatal(err)
		}
		parameters += len(values)
	}
	if len(f.Tensors) != 42 || parameters != 20802 {
		t.Errorf("%d tensors of %d numbers, want 42 of 20802", len(f.Tensors), parameters)
	}
}

// FuzzParse: nothing makes the reader panic, and what it takes survives being
// written and read again.
func FuzzParse(f *testing.F) {
	for _, header := range []string{
		`{}`,
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
		`{"__metadata__":{"a":"b"},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}  `,
		`{"a":{"dtype":"U8","shape":[2,1],"data_offsets":[0,2]},"b":{"dtype":"I16","shape":[],"data_offsets":[2,4]},"c":{"dtype":"F64","shape":[0],"data_offsets":[4,4]}}`,
	} {
		f.Add(file(header, "1234"))
		f.Add(file(header, ""))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := Parse(data)
		if err != nil {
			return
		}
		size := 0
		for i := range first.Tensors {
			size += len(first.Tensors[i].Data)
		}
		if length := binary.LittleEndian.Uint64(data); size != len(data)-lengthBytes-int(length) {
			t.Fatalf("tensors have %d bytes of a file of %d with a header of %d", size, len(data), length)
		}
		var text bytes.Buffer
		if err := Write(&text, first); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		second, err := Parse(text.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		for i := range first.Tensors {
			a := &first.Tensors[i]
			b := second.Tensor(a.Name)
			if b == nil || a.DType != b.DType || fmt.Sprint(a.Shape) != fmt.Sprint(b.Shape) || !bytes.Equal(a.Data, b.Data) {
				t.Fatalf("%+v became %+v", a, b)
			}
		}
	})
}
