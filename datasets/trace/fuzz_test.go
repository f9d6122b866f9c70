package trace

import (
	"bytes"
	"math"
	"reflect"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0.0\t1.5\n5\t0\n10\t2\n", "0 1\r\n1 1\r\n", "", "0 0\n1 0", "1e308 1\n", "0 nan\n", "0x1p3 1\n9 1", "-0 -0\n1 1", "0 1\n0 1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tr, err := Parse("fuzz", bytes.NewReader(text))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if err := tr.Validate(); err != nil {
			t.Fatalf("parsed what is not valid: %v", err)
		}
		for i := range tr.TimesS {
			if math.Signbit(tr.TimesS[i]) || math.Signbit(tr.BandwidthMbps[i]) {
				t.Fatalf("sample %d has a sign", i)
			}
		}
		var out bytes.Buffer
		if err := Write(&out, tr); err != nil {
			t.Fatal(err)
		}
		again, err := Parse("fuzz", &out)
		if err != nil || !reflect.DeepEqual(again, tr) {
			t.Fatalf("written and read again: %v, %v; want %v", again, err, tr)
		}
	})
}

func FuzzParseSizes(f *testing.F) {
	for _, seed := range []string{"1\n2\n", "", "-1", "1e3", "99999999999999999999", "4294967297", "+5\r\n\n7"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		sizes, err := ParseSizes("fuzz", bytes.NewReader(text))
		if err != nil {
			return
		}
		v := Video{BitratesKbps: []int{300}, ChunkMs: 4000, SizesBytes: [][]int{sizes}}
		if err := v.Validate(); err != nil && len(sizes) <= MaxChunks {
			t.Fatalf("parsed what is not valid: %v", err)
		}
		var out bytes.Buffer
		if err := WriteIntegers(&out, sizes); err != nil {
			t.Fatal(err)
		}
		if again, err := ParseSizes("fuzz", &out); err != nil || !reflect.DeepEqual(again, sizes) {
			t.Fatalf("written and read again: %v, %v; want %v", again, err, sizes)
		}
	})
}

func FuzzParsePointers(f *testing.F) {
	for _, seed := range []string{"1\n303\n", "", "0", "-7", "x", "16777216"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		pointers, err := ParsePointers("fuzz", bytes.NewReader(text))
		if err != nil {
			return
		}
		for i, p := range pointers {
			if p < 1 || p >= MaxSamples {
				t.Fatalf("pointer %d is %d", i, p)
			}
		}
	})
}

func FuzzParseOverlap(f *testing.F) {
	f.Add([]byte("trace,identical_to_a_train_file,shares_a_capture_with_train\na,1,0\n"))
	f.Add([]byte("trace,identical_to_a_train_file,shares_a_capture_with_train\n\"a\nb\",1,x\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := ParseOverlap("fuzz", bytes.NewReader(text)); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
