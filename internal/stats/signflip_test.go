package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/internal/stats"
)

func TestSignFlipByHand(t *testing.T) {
	for _, test := range []struct {
		name        string
		differences []float64
		want        float64
	}{
		{"nothing", nil, 1},
		{"no difference", []float64{0, 0, 0}, 1},
		{"one pair tells nothing", []float64{5}, 1},
		// Of 8 ways only +++ and --- are as far from 0.
		{"three alike", []float64{1, 2, 3}, 2. / 8},
		// |sum| is 4: +++, +-+ (2 of them as far), and their mirror images.
		{"one against two", []float64{-1, 2, 3}, 4. / 8},
		{"zeros change nothing", []float64{0, -1, 0, 2, 3}, 4. / 8},
		// 0.1+0.2+0.3 differs from 0.3+0.2+0.1 in the last bit.
		{"rounding", []float64{0.1, 0.2, 0.3}, 2. / 8},
		{"fourteen alike", slices.Repeat([]float64{1}, 14), 2. / 16384},
	} {
		if got := stats.SignFlip(test.differences); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestSignFlipsDrawn: where signs are drawn, the p-value is near that of the
// binomial distribution (differences of one size) and of the normal one.
func TestSignFlipsDrawn(t *testing.T) {
	// 60 of 100 coins: P(|X-50| >= 10) = 0.0569.
	coins := slices.Concat(slices.Repeat([]float64{1}, 60), slices.Repeat([]float64{-1}, 40))
	if got := stats.SignFlip(coins); math.Abs(got-0.0569) > 0.006 {
		t.Errorf("60 of 100: %v, want 0.0569", got)
	}
	if got := stats.SignFlip(slices.Repeat([]float64{0.5}, 100)); got != 1./20001 {
		t.Errorf("100 alike: %v", got)
	}
	random := rand.New(rand.NewPCG(1, 2))
	differences, squares, sum := make([]float64, 300), 0.0, 0.0
	for i := range differences {
		differences[i] = random.NormFloat64() + 0.1
		squares += differences[i] * differences[i]
		sum += differences[i]
	}
	want := math.Erfc(math.Abs(sum) / math.Sqrt(2*squares))
	if got := stats.SignFlip(differences); math.Abs(got-want) > 0.01 || got != stats.SignFlip(differences) {
		t.Errorf("normal differences: %v, want about %v", got, want)
	}
}

// TestHolmByHand has the example of the method: four tests at the level 0.05.
func TestHolmByHand(t *testing.T) {
	for _, test := range []struct{ ps, want []float64 }{
		{nil, []float64{}},
		{[]float64{0.02}, []float64{0.02}},
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{[]float64{0.5, 0.6}, []float64{1, 1}},
		{[]float64{0.2, 0.001, 0.2}, []float64{0.4, 0.003, 0.4}},
	} {
		got := stats.Holm(test.ps)
		for i := range got {
			if math.Abs(got[i]-test.want[i]) > 1e-15 {
				t.Errorf("%v: %v, want %v", test.ps, got, test.want)
				break
			}
		}
		if len(got) != len(test.want) {
			t.Errorf("%v: %v", test.ps, got)
		}
	}
}

func TestQuantile(t *testing.T) {
	for _, test := range []struct {
		q    float64
		want float64
	}{{0, 1}, {0.05, 1}, {0.25, 1}, {0.26, 2}, {0.5, 2}, {0.75, 3}, {0.95, 4}, {1, 4}} {
		if got := stats.Quantile([]float64{1, 2, 3, 4}, test.q); got != test.want {
			t.Errorf("the %v-quantile is %v, want %v", test.q, got, test.want)
		}
	}
	if got := stats.Quantile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("the median of nothing is %v", got)
	}
}

// TestPairedTotalsOfRatios: those of ratios pool numerators and denominators.
func TestPairedTotalsOfRatios(t *testing.T) {
	var a, b []stats.Total
	for i := range 20 {
		var p, q stats.Part
		p.AddRatio(float64(i), 10)
		p.AddRatio(0, 10)
		q.AddRatio(1, 40)
		a, b = append(a, p.RatioTotal()), append(b, q.RatioTotal())
	}
	difference, percent := stats.PairedTotals(a, b)
	// 190/400 against 20/800.
	if math.Abs(difference.Value-0.45) > 1e-15 || math.Abs(percent.Value-1800) > 1e-9 || !(difference.Low < 0.45 && difference.High > 0.45) {
		t.Errorf("%+v, %+v", difference, percent)
	}
}
