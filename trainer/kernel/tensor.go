package kernel

import "trailblazer/trainer/kernel/gemm"

// BLAS is the backend as gorgonia's tensors use one. After tensor.Use(c.BLAS())
// the tensors of the whole program multiply here, so NewCompute leaves that call
// to who wants it.
func (c *Compute) BLAS() gemm.BLAS { return gemm.BLAS{Backend: c.backend} }
