//go:build !(arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package gemm

import "math"

// fused is x·y + z, rounded once. In float64 the product is exact; the sum is
// rounded, which shows in the float32 result only where that sum seems to lie
// just between two of them, or is below their normal range.
func fused(x, y, z float32) float32 {
	product := float64(x) * float64(y)
	sum := product + float64(z)
	const (
		cut      = 1<<29 - 1 // bits that a float32 doesn't have
		smallest = (1023 - 126) << 52
	)
	if bits := math.Float64bits(sum); bits&cut == 1<<28 || bits<<1 < smallest<<1 {
		return roundOnce(product, float64(z), sum)
	}
	return float32(sum)
}

// roundOnce rounds x + y to float32, where sum is that rounded to float64. It
// makes the last bit of an inexact sum odd, whereafter rounding again can't go
// wrong (Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008).
func roundOnce(x, y, sum float64) float32 {
	// What rounding lost (Knuth's TwoSum).
	part := sum - x
	lost := (x - (sum - part)) + (y - part)
	if bits := math.Float64bits(sum); bits&1 == 0 && (lost > 0 || lost < 0) {
		if (lost > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
		sum = math.Float64frombits(bits)
	}
	return float32(sum)
}
