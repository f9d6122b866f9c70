// Package testnetwork helps to test networks that are read from files: it saves
// files, checks what loading says of bad ones, and holds their tensors as a
// naive model computes with them.
package testnetwork

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"trailblazer/internal/safetensors"
)

// Save writes a file, but for its last bytes.
func Save(t *testing.T, path string, f *safetensors.File, without int) {
	t.Helper()
	var text bytes.Buffer
	if err := safetensors.Write(&text, f); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes()[:text.Len()-without], 0o666); err != nil {
		t.Fatal(err)
	}
}

// Refused checks that loading a file fails, with the path and all of want in
// the error.
func Refused[N any](t *testing.T, load func(path string) (N, error), path string, want ...string) {
	t.Helper()
	_, err := load(path)
	if err == nil {
		t.Errorf("%s: loaded", path)
		return
	}
	for _, part := range append(want, path) {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: error %q, want one with %q", path, err, part)
		}
	}
}

// Naive is a file's tensors by name, in float64.
type Naive map[string][]float64

// NewNaive reads all tensors.
func NewNaive(tb testing.TB, f *safetensors.File) Naive {
	tb.Helper()
	n := make(Naive)
	for i := range f.Tensors {
		values, err := f.Tensors[i].Float32s()
		if err != nil {
			tb.Fatal(err)
		}
		for _, x := range values {
			n[f.Tensors[i].Name] = append(n[f.Tensors[i].Name], float64(x))
		}
	}
	return n
}

// Layer is a dense layer, NAME.weight and NAME.bias; no activation is nil.
func (n Naive) Layer(name string, x []float64, activation func(float64) float64) []float64 {
	y, weight := append([]float64{}, n[name+".bias"]...), n[name+".weight"]
	for o := range y {
		for i, v := range x {
			y[o] += weight[o*len(x)+i] * v
		}
		if activation != nil {
			y[o] = activation(y[o])
		}
	}
	return y
}
