//go:build !amd64

package gemm

func available() []*kernels { return []*kernels{portable()} }
