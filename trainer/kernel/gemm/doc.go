// Package gemm multiplies matrices of float32: with vector kernels of our own,
// or through OpenBLAS, which is loaded while running.
//
// Its nouns:
//
//   - Backend: what multiplies. Open finds one by name, Survey lists those of a
//     machine.
//   - Found: a backend that a machine has.
//   - BLAS: a Backend as gorgonia's tensors use one.
//
// # The same bits
//
// Each element of the backend "go" is summed in one order, which depends on the
// number of steps alone, with fused multiply-adds. So its results are the same
// whether vectors are AVX-512, AVX2 or none, on every processor, and whether a
// product is computed at once or in pieces of rows and columns. OpenBLAS
// promises none of that; for one library, kernel and way of cutting its results
// do repeat. DESIGN.md says more, and how fast both are.
package gemm
