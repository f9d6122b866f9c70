package gemm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BLAS makes a backend a BLAS as gorgonia's tensors use one (tensor.Use): its
// matrix products of float32 are the backend's, all else is gonum's.
type BLAS struct {
	gonum.Implementation
	Backend Backend
}

// Sgemm computes C = alpha·op(A)·op(B) + beta·C, row-major, as [blas.Float32Level3]
// has it.
func (b BLAS) Sgemm(transA, transB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, y []float32, ldb int, beta float32, c []float32, ldc int) {
	b.Backend.Multiply(transA != blas.NoTrans, transB != blas.NoTrans, m, n, k, alpha, a, lda, y, ldb, beta, c, ldc)
}
