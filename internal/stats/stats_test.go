package stats

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestSumIsAlmostExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for trial := range 200 {
		xs := make([]float64, random.IntN(3000))
		exact, size := new(big.Float).SetPrec(3000), 0.0
		for i := range xs {
			xs[i] = random.NormFloat64() * math.Pow(2, float64(random.IntN(40)-20))
			exact.Add(exact, new(big.Float).SetFloat64(xs[i]))
			size += math.Abs(xs[i])
		}
		want, _ := exact.Float64()
		// Higham's bound for pairwise sums, over blocks of 128/8 and a tree.
		if got := Sum(xs); math.Abs(got-want) > 30*0x1p-53*size {
			t.Fatalf("trial %d: sum of %d numbers %v, want %v", trial, len(xs), got, want)
		}
	}
}

// The wanted bits are NumPy 2.4's for numpy.sum of the same array.
func TestSumIsNumPys(t *testing.T) {
	for n, want := range map[int]float64{
		7: 0x1.e8286dcb4364cp+1, 8: 0x1.f08816c1fdc89p+1, 100: 0x1.853d60438f22ep+5,
		129: 0x1.ff30f38614650p+5, 4700: 0x1.27ea1db0817f4p+11,
	} {
		xs := make([]float64, n)
		state := uint64(1)
		for i := range xs {
			state = state*6364136223846793005 + 1442695040888963407
			xs[i] = float64(state>>11) / (1 << 53)
		}
		if got := Sum(xs); got != want {
			t.Errorf("sum of %d numbers is %x, want %x", n, got, want)
		}
	}
}

func TestPooledMean(t *testing.T) {
	if got := PooledMean(nil); got != (Mean{}) {
		t.Errorf("mean of nothing: %+v", got)
	}
	if got := PooledMean([]Part{{}}); got != (Mean{}) {
		t.Errorf("mean of an empty part: %+v", got)
	}
	if got := PooledMean([]Part{{1, 2}}); got != (Mean{1.5, 1.5, 1.5}) {
		t.Errorf("mean of one part: %+v", got)
	}

	// The interval of a mean of normals: ±1.96 standard errors.
	random := rand.New(rand.NewPCG(3, 4))
	parts := make([]Part, 400)
	for i := range parts {
		parts[i].Add(10 + random.NormFloat64())
	}
	got := PooledMean(parts)
	if math.Abs(got.Value-10) > 0.2 || math.Abs((got.High-got.Low)/2-1.96/20) > 0.015 {
		t.Errorf("mean %+v of 400 normals around 10", got)
	}
	if again := PooledMean(parts); again != got {
		t.Errorf("second time %+v, first %+v", again, got)
	}
}
