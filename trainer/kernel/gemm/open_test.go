package gemm

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"trailblazer/api/env"
)

// TestOpen: what is asked for comes, or an error that says what to do.
func TestOpen(t *testing.T) {
	t.Setenv(LibraryVariable, "")
	own := newNative(available()[0]).Description()
	for _, name := range []string{"go", "auto", ""} {
		b, err := Open(name, "")
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if available()[0].vectors() && b.Description() != own {
			t.Errorf("%q is %q, want %q", name, b.Description(), own)
		}
	}
	text := filepath.Join(t.TempDir(), "libopenblas.so")
	if err := os.WriteFile(text, []byte("not a library\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	absent := filepath.Join(t.TempDir(), "absent.so")
	for _, c := range []struct{ name, library, field string }{
		{"mkl", "", "backend"},
		{"openblas", text, "library"},
		{"auto", text, "library"},
		{"openblas", absent, "library"},
		{"", absent, "library"},
	} {
		_, err := Open(c.name, c.library)
		var field *env.FieldError
		if !errors.As(err, &field) || field.Field != c.field || c.library != "" && !strings.Contains(err.Error(), c.library) {
			t.Errorf("%q at %q: %v", c.name, c.library, err)
		}
	}
	t.Setenv(LibraryVariable, text)
	if _, err := Open("auto", ""); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%s at a text: %v", LibraryVariable, err)
	}
	if found, err := Survey(""); err == nil || len(found) != 1 || found[0].Name != "go" {
		t.Errorf("with %s at a text there are %v, %v", LibraryVariable, found, err)
	}
	if b, err := Open("go", ""); err != nil || b.Description() != own {
		t.Errorf("with %s at a text \"go\" is %v, %v", LibraryVariable, b, err)
	}
}

// TestSurvey: the first is what "auto" takes, and each can be opened.
func TestSurvey(t *testing.T) {
	found, err := Survey("")
	if err != nil {
		t.Fatal(err)
	}
	first, err := Open("auto", "")
	if err != nil || first.Description() != found[0].Description {
		t.Errorf("auto is %v, %v, and the first of %v", first, err, found)
	}
	for _, f := range found {
		if b, err := Open(f.Name, f.Library); err != nil || b.Description() != f.Description {
			t.Errorf("%v opens as %v, %v", f, b, err)
		}
	}
}

// counted counts products.
type counted struct {
	Backend
	n int
}

func (c *counted) Multiply(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, y []float32, ldc int) {
	c.n++
	c.Backend.Multiply(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, y, ldc)
}

// TestBLAS multiplies tensors with every backend.
func TestBLAS(t *testing.T) {
	before := tensor.WhichBLAS()
	defer tensor.Use(before)
	for _, b := range backends() {
		count := &counted{Backend: b}
		tensor.Use(BLAS{Backend: count})
		x := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{1, 2, 3, 4, 5, 6}))
		y := tensor.New(tensor.WithShape(3, 2), tensor.WithBacking([]float32{1, 0, 2, -1, 0, 3}))
		z, err := tensor.MatMul(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if want := []float32{5, 7, 14, 13}; !slices.Equal(z.Data().([]float32), want) || count.n != 1 {
			t.Errorf("%s: %v by %d products, want %v", b.Description(), z.Data(), count.n, want)
		}
		for _, matrix := range []*tensor.Dense{x, y} {
			if err := matrix.T(); err != nil {
				t.Fatal(err)
			}
		}
		if z, err = tensor.MatMul(x, y); err != nil {
			t.Fatal(err)
		}
		if want := []float32{1, -2, 12, 2, -1, 15, 3, 0, 18}; !slices.Equal(z.Data().([]float32), want) || count.n != 2 {
			t.Errorf("%s: transposed %v by %d products, want %v", b.Description(), z.Data(), count.n, want)
		}
	}
}
