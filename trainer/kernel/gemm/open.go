package gemm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"trailblazer/api/env"
)

// Open finds a backend by name. The error is a *env.FieldError.
func Open(name, library string) (Backend, error) {
	switch name {
	case "", "auto", "go":
		if sets := available(); len(sets) > 0 {
			return newNative(sets[0]), nil
		}
		return plain{}, nil
	}
	return nil, &env.FieldError{Field: "backend", Value: name, Remedy: `give "auto" or "go"`}
}

// plain multiplies as gonum does.
type plain struct{}

// Multiply implements Backend.
func (plain) Multiply(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	gonum.Implementation{}.Sgemm(transpose(transA), transpose(transB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Description implements Backend.
func (plain) Description() string { return "gonum" }

func transpose(yes bool) blas.Transpose {
	if yes {
		return blas.Trans
	}
	return blas.NoTrans
}
