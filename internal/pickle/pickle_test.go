package pickle

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The files are what Python's pickle.dumps makes of one list, by protocol.
func TestDecode(t *testing.T) {
	long := strings.Repeat("x", 300)
	want := []any{nil, true, false, int64(0), int64(255), int64(65535), int64(-1), int64(1 << 40), int64(-1 << 40), 1.5, "é", long}
	files, err := filepath.Glob("testdata/*.pkl")
	if err != nil || len(files) != 4 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		value, err := Decode(text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		items := value.(*List).Items
		if len(items) != 21 || !reflect.DeepEqual(items[:len(want)], want) {
			t.Errorf("%s: %v", file, items)
			continue
		}
		if tuple := items[17]; !reflect.DeepEqual(tuple, Tuple{int64(1), int64(2), int64(3), int64(4)}) {
			t.Errorf("%s: %v", file, tuple)
		}
		if inner := items[18].(*List).Items[1].(*List).Items; !reflect.DeepEqual(inner, []any{int64(2)}) {
			t.Errorf("%s: %v", file, inner)
		}
		if x := items[19].(*Dict).Get("a").(*Dict).Get(int64(1)); x != 2.0 {
			t.Errorf("%s: %v", file, x)
		}
		if call := items[20].(*Call); call.Func != (Global{"collections", "OrderedDict"}) {
			t.Errorf("%s: %+v", file, call)
		}
		for n := range text {
			if _, err := Decode(text[:n]); err == nil {
				t.Fatalf("%s: no error after %d of %d bytes", file, n, len(text))
			}
		}
	}
}

// TestNothingIsRun: a call is noted down.
func TestNothingIsRun(t *testing.T) {
	value, err := Decode([]byte("\x80\x02cos\nsystem\nX\x08\x00\x00\x00rm -rf /\x85R."))
	want := &Call{Func: Global{"os", "system"}, Args: Tuple{"rm -rf /"}}
	if err != nil || !reflect.DeepEqual(value, want) {
		t.Errorf("%+v, %v", value, err)
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.pkl")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := Decode(text); err != nil && !strings.HasPrefix(err.Error(), "pickle: byte ") {
			t.Fatal(err)
		}
	})
}
