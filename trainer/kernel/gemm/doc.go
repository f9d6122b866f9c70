// Package gemm multiplies matrices of float32: through OpenBLAS where a machine
// has it, and else with kernels of our own.
package gemm
