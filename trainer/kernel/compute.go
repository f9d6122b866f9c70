package kernel

import (
	"runtime"

	"trailblazer/trainer/kernel/gemm"
)

// Options says where arithmetic is done. The zero value takes the fastest
// backend that this machine has, and all its cores.
type Options struct {
	// Backend is "auto", "openblas" or "go"; empty stands for "auto".
	Backend string
	// Library is the path of an OpenBLAS library; empty looks in the usual
	// places.
	Library string
	// Workers is how many cores to use; 0 stands for all.
	Workers int
}

// Compute is where arithmetic is done. It is safe for concurrent use.
type Compute struct {
	backend gemm.Backend
	workers int
}

// NewCompute finds the backend. The error is a *env.FieldError where one was
// asked for that is not there.
func NewCompute(o Options) (*Compute, error) {
	backend, err := gemm.Open(o.Backend, o.Library)
	if err != nil {
		return nil, err
	}
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &Compute{backend: backend, workers: workers}, nil
}

// Backend describes what multiplies matrices: "OpenBLAS 0.3.29 SkylakeX" or
// "Go AVX-512".
func (c *Compute) Backend() string { return c.backend.Description() }

// Workers is how many cores are used.
func (c *Compute) Workers() int { return c.workers }

// Single is the same backend on one core: for those who spread independent passes
// over cores themselves, such as decisions for many environments.
func (c *Compute) Single() *Compute { return &Compute{backend: c.backend, workers: 1} }
