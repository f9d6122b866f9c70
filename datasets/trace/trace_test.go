package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for name, text := range map[string]string{
		"tabs":              "0.0\t1.5\n5\t0\n10\t2.25\n",
		"spaces":            "0 1.5\n  5   0  \n10 2.25",
		"CRLF, blank lines": "0 1.5\r\n\r\n5 0\r\n10 2.25\r\n\n",
		"comments, mark":    "\ufeff# made by: a tool\r\n\n0 1.5\n  # half time\n5 0\n10 2.25\n",
		"mark alone":        "\ufeff0 1.5\n5 0\n10 2.25\n",
		"exponents, minus":  "-0 15e-1\n5e0 -0.0\n1e1 2.25",
	} {
		got, err := Parse("link", strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := Trace{Name: "link", TimesS: []float64{0, 5, 10}, BandwidthMbps: []float64{1.5, 0, 2.25}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		if math.Signbit(got.TimesS[0]) || math.Signbit(got.BandwidthMbps[1]) {
			t.Errorf("%s: negative zero", name)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "\n\n", "link: times_s: has no samples; give at least 2 samples, one per line: seconds<tab>Mbit/s"},
		{"one sample", "0 1", "link: times_s: has only one sample; give at least 2 samples, one per line: seconds<tab>Mbit/s"},
		{"gzip", "\x1f\x8b\x08\x00" + strings.Repeat("x", 1<<17), "link: is compressed with gzip; unpack it first, with gunzip"},
		{"commented", "# one\n0 1\n# two\n1 x", `link: line 4: bandwidth_mbps: "x" is not a number; write seconds<tab>Mbit/s in plain decimals`},
		{"three fields", "0 1\n1 2 3", `link: line 2: "1 2 3" has 3 fields; write 2, seconds<tab>Mbit/s`},
		{"one field", "0", `link: line 1: "0" has 1 fields; write 2, seconds<tab>Mbit/s`},
		{"bad time", "zero 1", `link: line 1: times_s: "zero" is not a number; write seconds<tab>Mbit/s in plain decimals`},
		{"bad bandwidth", "0 1\n1 fast", `link: line 2: bandwidth_mbps: "fast" is not a number; write seconds<tab>Mbit/s in plain decimals`},
		{"unsorted", "0 1\n2 1\n1 1", `link: line 3: times_s: "1" is not later than the stamp before it, 2; sort the samples by time and keep one per stamp`},
		{"repeated stamp", "0 1\n0.0 1", `link: line 2: times_s: "0.0" is not later than the stamp before it, 0; sort the samples by time and keep one per stamp`},
		{"negative time", "-1 1\n1 1", `link: line 1: times_s: "-1" is negative; shift the trace so that it starts at 0 or later`},
		{"negative bandwidth", "0 1\n1 -2", `link: line 2: bandwidth_mbps: "-2" is negative; give 0 Mbit/s for an outage`},
		{"NaN", "0 NaN", `link: line 1: bandwidth_mbps: "NaN" is not finite; give Mbit/s as a plain number, 0 for an outage`},
		{"infinite", "+Inf 1", `link: line 1: times_s: "+Inf" is not finite; give seconds as a plain number`},
		{"overflow", "0 1e999", `link: line 1: bandwidth_mbps: "1e999" is out of range; give a number that fits a float64`},
		{"bit/s", "0 1\n1 5000000", `link: line 2: bandwidth_mbps: "5000000" is more than 1e+06 Mbit/s; give Mbit/s, not bit/s`},
		{"unix time", "1700000000 1", `link: line 1: times_s: "1700000000" is later than 1e+09 s; count seconds from the start of the trace`},
		{"dead", "0 0\n1 0", "link: bandwidth_mbps: is 0 in every sample after the first; leave dead traces out of the set: nothing could ever be downloaded"},
		{"dead after the first", "0 3\n1 0", "link: bandwidth_mbps: is 0 in every sample after the first; leave dead traces out of the set: nothing could ever be downloaded"},
		{"binary", strings.Repeat("x", 1<<17), "link: line 1: is longer than 65536 bytes; give a text file with one sample per line"},
	} {
		got, err := Parse("link", strings.NewReader(test.text))
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: error\n got %v\nwant %s", test.name, err, test.want)
		}
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s: error is no *FormatError", test.name)
		}
		if !reflect.DeepEqual(got, Trace{}) {
			t.Errorf("%s: got %v besides the error", test.name, got)
		}
	}
}

func TestParseClipsWhatItQuotes(t *testing.T) {
	_, err := Parse("link", strings.NewReader(strings.Repeat("9", 10_000)+" 1"))
	if err == nil || len(err.Error()) > 250 {
		t.Errorf("error of %d bytes: %.80v", len(err.Error()), err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestParseReaderError(t *testing.T) {
	if _, err := Parse("link", brokenReader{}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestTraceValidate(t *testing.T) {
	inline := func(text string) Trace {
		var tr Trace
		if err := json.Unmarshal([]byte(text), &tr); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	good := inline(`{"name":"a","times_s":[0.5,1],"bandwidth_mbps":[0,1]}`)
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for _, test := range []struct{ text, want string }{
		{`{"name":"a","times_s":[0,1],"bandwidth_mbps":[1]}`, `a: bandwidth_mbps: "1 samples" for 2 stamps in times_s; give one sample per stamp`},
		{`{"name":"a"}`, "a: times_s: has no samples; give at least 2 samples, one per line: seconds<tab>Mbit/s"},
		{`{"times_s":[0,1,1],"bandwidth_mbps":[1,1,1]}`, `times_s[2]: "1" is not later than the stamp before it, 1; sort the samples by time and keep one per stamp`},
		{`{"times_s":[0,1],"bandwidth_mbps":[1,-1]}`, `bandwidth_mbps[1]: "-1" is negative; give 0 Mbit/s for an outage`},
	} {
		bad := inline(test.text)
		if err := bad.Validate(); err == nil || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.text, err, test.want)
		}
	}
	nan := Trace{TimesS: []float64{0, math.NaN()}, BandwidthMbps: []float64{1, 1}}
	if err := nan.Validate(); err == nil || !strings.Contains(err.Error(), "times_s[1]") {
		t.Errorf("NaN: %v", err)
	}
}

func TestLoadDir(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b": "0 2\n1 2", "a10": "0 1\n1 1", "a2": "0 3\n1 3", "Z": "0 4\n1 4",
		".hidden": "not a trace", ".git/x": "not a trace", "mahimahi_ptrs.pkl": "\x80", "sub/c": "0 5\n1 5",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	traces, err := LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tr := range traces {
		names = append(names, tr.Name)
	}
	if want := []string{"Z", "a10", "a2", "b", "sub/c"}; !reflect.DeepEqual(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
	one, err := Load(filepath.Join(dir, "a2"))
	if err != nil || !reflect.DeepEqual(one, traces[2]) {
		t.Errorf("Load: %v, %v; want %v", one, err, traces[2])
	}

	if err := os.WriteFile(filepath.Join(dir, "b"), []byte("0 2\n1 x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadDir(dir); err == nil || !strings.Contains(err.Error(), filepath.ToSlash(dir)+"/b: line 2: bandwidth_mbps") {
		t.Errorf("error %v does not name file and line", err)
	}
	if _, err := LoadDir(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no traces") {
		t.Errorf("empty directory: %v", err)
	}
	if _, err := LoadDir(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
}

func TestPointers(t *testing.T) {
	got, err := ParsePointers("list", strings.NewReader("1\n\n 3 \r\n"))
	if err != nil || !reflect.DeepEqual(got, []int{1, 3}) {
		t.Fatalf("%v, %v", got, err)
	}
	for _, test := range []struct{ text, want string }{
		{"", "list: pointer: is missing: the list is empty; write one sample number per line"},
		{"1\nx", `list: line 2: pointer: "x" is not an integer; write one sample number per line`},
		{"1\n0", `list: line 2: pointer: "0" is not a sample number; write 1 for the start of the trace, at most its number of samples less one`},
		{"99999999999999999999", `list: line 1: pointer: "99999999999999999999" is not an integer; write one sample number per line`},
	} {
		if _, err := ParsePointers("list", strings.NewReader(test.text)); err == nil || err.Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s", test.text, err, test.want)
		}
	}
	traces := []Trace{{Name: "a", TimesS: make([]float64, 4)}, {Name: "b", TimesS: make([]float64, 3)}}
	if err := ValidatePointers([]int{3, 1}, traces); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		pointers []int
		want     string
	}{
		{[]int{3}, `pointers: "1" start pointers for 2 traces; give one per trace, in the order of the set`},
		{[]int{3, 3}, `b: pointers[1]: "3" is outside the trace; give 1 to 2`},
		{[]int{0, 1}, `a: pointers[0]: "0" is outside the trace; give 1 to 3`},
	} {
		if err := ValidatePointers(test.pointers, traces); err == nil || err.Error() != test.want {
			t.Errorf("%v:\n got %v\nwant %s", test.pointers, err, test.want)
		}
	}
}

func TestWriteRoundTrip(t *testing.T) {
	want := FCCLike(1, 1)[0]
	var text bytes.Buffer
	if err := Write(&text, want); err != nil {
		t.Fatal(err)
	}
	got, err := Parse(want.Name, &text)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a trace came back different: %v", err)
	}
	text.Reset()
	if err := WriteIntegers(&text, []int{7, 12}); err != nil || text.String() != "7\n12\n" {
		t.Errorf("%q, %v", text.String(), err)
	}
}
