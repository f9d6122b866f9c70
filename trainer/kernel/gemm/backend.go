package gemm

// Backend multiplies matrices. It is safe for concurrent use; each call runs on
// the goroutine that makes it.
type Backend interface {
	// Multiply computes C = alpha·op(A)·op(B) + beta·C, row-major: op(A) is m×k,
	// op(B) k×n, C m×n; op transposes where asked. lda, ldb and ldc are the
	// numbers of elements from one stored row to the next. Where beta is 0, C
	// is only written.
	Multiply(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)
	// Description says what it is: "OpenBLAS 0.3.29 SkylakeX", "Go AVX-512".
	Description() string
}
