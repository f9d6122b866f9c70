package stats

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestSumIsExactInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for trial := range 200 {
		n := 1 + random.IntN(300)
		xs := make([]float64, n)
		exact := new(big.Float).SetPrec(3000)
		for i := range xs {
			xs[i] = random.NormFloat64() * math.Pow(2, float64(random.IntN(120)-60))
			exact.Add(exact, new(big.Float).SetFloat64(xs[i]))
		}
		want, _ := exact.Float64()
		for range 3 {
			random.Shuffle(n, func(i, j int) { xs[i], xs[j] = xs[j], xs[i] })
			var whole, left, right Sum
			for i, x := range xs {
				whole.Add(x)
				if i%2 == 0 {
					left.Add(x)
				} else {
					right.Add(x)
				}
			}
			left.AddSum(&right)
			if got := whole.Value(); got != want {
				t.Fatalf("trial %d: sum %v, want %v", trial, got, want)
			}
			if got := left.Value(); got != want {
				t.Fatalf("trial %d: sum of halves %v, want %v", trial, got, want)
			}
		}
	}
}

func TestSumRoundsTiesOnce(t *testing.T) {
	var s Sum
	for _, x := range []float64{1, math.Ldexp(1, -53), math.Ldexp(1, -106)} {
		s.Add(x)
	}
	if got, want := s.Value(), 1+math.Ldexp(1, -52); got != want {
		t.Errorf("sum %v, want %v", got, want)
	}
}

func TestPooledMean(t *testing.T) {
	var empty Part
	if got := PooledMean(nil); got != (Mean{}) {
		t.Errorf("mean of nothing: %+v", got)
	}
	if got := PooledMean([]Part{empty}); got != (Mean{}) {
		t.Errorf("mean of an empty part: %+v", got)
	}
	one := Part{}
	one.Add(1)
	one.Add(2)
	if got := PooledMean([]Part{one}); got != (Mean{1.5, 1.5, 1.5}) {
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
