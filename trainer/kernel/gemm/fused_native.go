//go:build arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package gemm

// fused is x·y + z, rounded once: compilers for these machines make one
// instruction of it.
func fused(x, y, z float32) float32 { return x*y + z }
