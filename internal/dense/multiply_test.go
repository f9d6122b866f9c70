package dense

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestMultiply compares the platform's multiply with the plain one and with the
// definition, bit by bit.
func TestMultiply(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	numbers := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
		return x
	}
	for range 300 {
		rows, in, blocks := random.IntN(6), 1+random.IntN(70), 1+random.IntN(3)
		out := blocks * Lanes
		src, block, start := numbers(rows*in), numbers(in*Lanes), [Lanes]float32(numbers(Lanes))
		want := numbers(rows*out + 3) // what lies between blocks stays
		plain, platform := slices.Clone(want), slices.Clone(want)
		for r := range rows {
			for o := range Lanes {
				sum := start[o]
				for i := range in {
					sum += float32(src[r*in+i] * block[i*Lanes+o])
				}
				want[r*out+o] = sum
			}
		}
		multiplyBlock(plain, src, block, &start, rows, in, out)
		multiply(platform, src, block, &start, rows, in, out)
		if !slices.Equal(plain, want) || !slices.Equal(platform, want) {
			t.Fatalf("%d rows of %d inputs to %d outputs:\n%v by the platform,\n%v plainly, want\n%v", rows, in, out, platform, plain, want)
		}
	}
}
