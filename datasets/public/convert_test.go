package public

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/internal/filehash"
	"trailblazer/internal/testdata"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The files of testdata were written by NumPy, PyTorch and TensorFlow.

func TestWriteTPCH(t *testing.T) {
	var out bytes.Buffer
	matrix := read(t, "matrix.npy")
	if err := writeTPCH(&out, [][]byte{matrix, read(t, "durations.npy"), matrix, read(t, "durations.npy")}); err != nil {
		t.Fatal(err)
	}
	const query = `{"adj":[[0,1],[0,0]],"stages":[` +
		`{"first_wave":[[2,[1,12]],[5,[7]]],"fresh_durations":[[2,[8589934592]],[5,[]]],"rest_wave":[[2,[]],[5,[300,70000]]]},` +
		`{"first_wave":[[2,[11,12]],[5,[7]]],"fresh_durations":[[2,[8589934592]],[5,[]]],"rest_wave":[[2,[]],[5,[300,70000]]]}]}`
	if want := `{"1":` + query + `,"2":` + query + `}`; out.String() != want || !json.Valid(out.Bytes()) {
		t.Errorf("%s, want %s", out.String(), want)
	}
	// NumPy's own numbers are numbers too; the matrix wants two stages.
	err := writeTPCH(&out, [][]byte{matrix, read(t, "scalars.npy")})
	if err == nil || !strings.Contains(err.Error(), "stage 1 is missing") {
		t.Errorf("error %v", err)
	}
}

func TestStateDict(t *testing.T) {
	tensors, err := stateDict(read(t, "model.pt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(tensors) != 2 || tensors[0].Name != "a.weight" || !reflect.DeepEqual(tensors[0].Shape, []int{2, 3}) {
		t.Fatalf("%+v", tensors)
	}
	weight, _ := tensors[0].Float32s()
	bias, _ := tensors[1].Float32s()
	if !reflect.DeepEqual(weight, []float32{1, 2, 3, 4, 5, 6}) || !reflect.DeepEqual(bias, []float32{8}) {
		t.Errorf("%v and %v", weight, bias)
	}
	if _, err := stateDict(read(t, "transposed.pt")); err == nil || !strings.Contains(err.Error(), "are not those of an array in C") {
		t.Errorf("error %v", err)
	}
	if _, err := stateDict([]byte("no archive")); err == nil || !strings.Contains(err.Error(), "is no zip archive") {
		t.Errorf("error %v", err)
	}
}

func TestBundle(t *testing.T) {
	index, data := read(t, "tiny.ckpt.index"), read(t, "tiny.ckpt.data-00000-of-00001")
	b, err := parseBundle(index, data)
	if err != nil {
		t.Fatal(err)
	}
	weight, err := b.floats("net/layer/W", 2, 3)
	if err != nil || !reflect.DeepEqual(transposed(weight, 2, 3), []float32{1, 4, 2, 5, 3, 6}) {
		t.Errorf("%v, %v", weight, err)
	}
	for name, want := range map[string]string{"step": "not [2] of float32", "net/layer/b2": "has no tensor"} {
		if _, err := b.floats(name, 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
	if b.data = data[:8]; true {
		if _, err := b.floats("net/layer/W", 2, 3); err == nil {
			t.Error("no error for data that are cut off")
		}
	}
	if _, err := parseBundle(index[1:], data); err == nil {
		t.Error("no error for a damaged index")
	}
}

func TestWritePointers(t *testing.T) {
	var out bytes.Buffer
	// pickle.dumps([28, 300], protocol=4)
	if err := writePointers(&out, []byte("\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94(K\x1cM,\x01e.")); err != nil || out.String() != "28\n300\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := writePointers(&out, []byte("\x80\x04N.")); err == nil {
		t.Error("no error for what is no list")
	}
}

// TestManifestsAreTheRealFiles: what is pinned is what scenarios were pinned to.
func TestManifestsAreTheRealFiles(t *testing.T) {
	dir := testdata.Dir(t)
	for _, s := range Sets() {
		for _, f := range s.Files {
			file := filepath.Join(dir, filepath.FromSlash(f.Path))
			info, err := os.Stat(file)
			if err != nil {
				t.Error(err)
				continue
			}
			if sum, err := filehash.SHA256(file); err != nil || sum != f.SHA256 || info.Size() != f.Size {
				t.Errorf("%s: %s of %d bytes, pinned %s of %d (%v)", f.Path, sum, info.Size(), f.SHA256, f.Size, err)
			}
		}
		for _, m := range s.Made {
			if len(m.Inputs) > 0 {
				continue
			}
			// What is made of kept files only is made anew here.
			var out bytes.Buffer
			if err := m.make(&out, nil, dir); err != nil {
				t.Errorf("%s: %v", m.Path, err)
			}
			if want, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(m.Path))); err != nil || !bytes.Equal(out.Bytes(), want) {
				t.Errorf("%s is made otherwise (%v)", m.Path, err)
			}
		}
	}
}

func TestSets(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Sets() {
		if s.Summary == "" || s.License == "" || len(s.Files)+len(s.Made) == 0 {
			t.Errorf("%+v says too little", s)
		}
		for _, f := range s.Files {
			if seen[f.Path] || !strings.HasPrefix(f.Remote, s.Source+"/") || !filepath.IsLocal(f.Path) {
				t.Errorf("%s: %+v", s.Name, f)
			}
			seen[f.Path] = true
		}
		for _, m := range s.Made {
			if seen[m.Path] || len(m.SHA256) != 64 {
				t.Errorf("%s: %s", s.Name, m.Path)
			}
			seen[m.Path] = true
		}
	}
	if _, err := Find([]string{"videos", "tape"}); err == nil || !strings.Contains(err.Error(), `no public data set "tape": give some of fcc, videos`) {
		t.Errorf("error %v", err)
	}
	for _, text := range []string{"x", "from a\nto b\n0 1 2", "from a\n" + strings.Repeat("0", 64) + " 1 n", "from a\nto b\n" + strings.Repeat("0", 64) + " x n"} {
		if _, err := parseManifest(text); err == nil {
			t.Errorf("%q is taken for a manifest", text)
		}
	}
}

func FuzzBundle(f *testing.F) {
	f.Add(read(f, "tiny.ckpt.index"))
	f.Fuzz(func(t *testing.T, index []byte) {
		b, err := parseBundle(index, make([]byte, 64))
		if err != nil {
			return
		}
		for name := range b.entries {
			if values, err := b.floats(name, 2, 3); err == nil && len(values) != 6 {
				t.Fatal(values)
			}
		}
	})
}

func FuzzStages(f *testing.F) {
	f.Add(read(f, "durations.npy"))
	f.Add(read(f, "scalars.npy"))
	matrix := read(f, "matrix.npy")
	f.Fuzz(func(t *testing.T, text []byte) {
		var out bytes.Buffer
		if err := writeTPCH(&out, [][]byte{matrix, text}); err == nil && !json.Valid(out.Bytes()) {
			t.Fatal(out.String())
		}
	})
}
