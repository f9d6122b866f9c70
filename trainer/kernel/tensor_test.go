package kernel

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/tensor"
)

// TestTensors: tensors multiply here once they are told to, and not before.
func TestTensors(t *testing.T) {
	before := tensor.WhichBLAS()
	defer tensor.Use(before)
	c, err := NewCompute(Options{Backend: "go"})
	if err != nil {
		t.Fatal(err)
	}
	if tensor.WhichBLAS() != (gonum.Implementation{}) {
		t.Error("a Compute changed what tensors use")
	}
	tensor.Use(c.BLAS())
	x := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{1, 2, 3, 4}))
	y := tensor.New(tensor.WithShape(2, 1), tensor.WithBacking([]float32{5, -1}))
	z, err := tensor.MatMul(x, y)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{3, 11}; !slices.Equal(z.Data().([]float32), want) {
		t.Errorf("%v, want %v", z.Data(), want)
	}
}
