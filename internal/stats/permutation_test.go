package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/internal/stats"
)

// alike are the totals of episodes that weigh the same and differ by so much.
func alike(differences []float64) (totals, others []stats.Total) {
	for _, d := range differences {
		totals, others = append(totals, stats.Total{Sum: d, Weight: 1}), append(others, stats.Total{Sum: 0, Weight: 1})
	}
	return totals, others
}

func TestPairedPermutationByHand(t *testing.T) {
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
		if got := stats.PairedPermutation(alike(test.differences)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestPermutationsDrawn: where swaps are drawn, the p-value is near that of the
// binomial distribution (differences of one size) and of the normal one.
func TestPermutationsDrawn(t *testing.T) {
	// 60 of 100 coins: P(|X-50| >= 10) = 0.0569.
	coins := slices.Concat(slices.Repeat([]float64{1}, 60), slices.Repeat([]float64{-1}, 40))
	if got := stats.PairedPermutation(alike(coins)); math.Abs(got-0.0569) > 0.006 {
		t.Errorf("60 of 100: %v, want 0.0569", got)
	}
	if got := stats.PairedPermutation(alike(slices.Repeat([]float64{0.5}, 100))); got != 1./20001 {
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
	if got := stats.PairedPermutation(alike(differences)); math.Abs(got-want) > 0.01 || got != stats.PairedPermutation(alike(differences)) {
		t.Errorf("normal differences: %v, want about %v", got, want)
	}
}

// TestPermutationIsOfTheDifference: the test counts, among all ways of swapping
// pairs, those in which the means are as far apart as [stats.PairedTotals]
// says, whatever episodes weigh.
func TestPermutationIsOfTheDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for trial := range 60 {
		n := 1 + trial%16
		ours, theirs := make([]stats.Total, n), make([]stats.Total, n)
		for i := range n {
			for _, side := range [][]stats.Total{ours, theirs} {
				weight := float64(1 + random.IntN(50))
				side[i] = stats.Total{Sum: weight * (float64(trial%5)*0.3*float64(random.IntN(2)) + random.NormFloat64()), Weight: weight}
			}
			if i%4 == 3 {
				theirs[i] = ours[i]
			}
		}
		difference := func(a, b []stats.Total) float64 {
			var x, y stats.Total
			for i := range a {
				x.Sum, x.Weight, y.Sum, y.Weight = x.Sum+a[i].Sum, x.Weight+a[i].Weight, y.Sum+b[i].Sum, y.Weight+b[i].Weight
			}
			return x.Sum/x.Weight - y.Sum/y.Weight
		}
		observed, _ := stats.PairedTotals(ours, theirs)
		count := 0
		a, b := slices.Clone(ours), slices.Clone(theirs)
		for way := range 1 << n {
			for i := range n {
				a[i], b[i] = ours[i], theirs[i]
				if way>>i&1 != 0 {
					a[i], b[i] = b[i], a[i]
				}
			}
			if math.Abs(difference(a, b)) >= math.Abs(observed.Value)-1e-9 {
				count++
			}
		}
		want := float64(count) / float64(int(1)<<n)
		if got := stats.PairedPermutation(ours, theirs); math.Abs(got-want) > 1e-12 || got != stats.PairedPermutation(theirs, ours) {
			t.Errorf("trial %d, %d pairs: %v, turned round %v, want %v", trial, n, got, stats.PairedPermutation(theirs, ours), want)
		}
	}
}

// TestHeavyEpisodesDecide: one long episode is what the pooled difference is
// of; many short ones that say otherwise don't make it certain.
func TestHeavyEpisodesDecide(t *testing.T) {
	ours, theirs := alike(slices.Repeat([]float64{-0.1}, 30))
	ours, theirs = append(ours, stats.Total{Sum: 1000, Weight: 1000}), append(theirs, stats.Total{Weight: 1000})
	difference, _ := stats.PairedTotals(ours, theirs)
	if p := stats.PairedPermutation(ours, theirs); difference.Value < 0.9 || p < 0.9 {
		t.Errorf("a difference of %v, which one episode makes, has p %v, want about 1", difference.Value, p)
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
