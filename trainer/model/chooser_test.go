package model

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPicks(t *testing.T) {
	logits := []float32{1, 3, 3, 0}
	if got := Argmax(0, logits); got != 1 {
		t.Errorf("Argmax picks %d, want the first of the highest", got)
	}
	// The mean of 0, 1, 2 and 3 with these weights is 1.5-ish.
	sum, moment := 0.0, 0.0
	for i, x := range logits {
		sum += math.Exp(float64(x))
		moment += float64(i) * math.Exp(float64(x))
	}
	if got := Mean(0, logits); got != int(math.Round(moment/sum)) {
		t.Errorf("Mean picks %d of mean place %v", got, moment/sum)
	}
	counts := make([]float64, len(logits))
	pick := Sample(2, []*rand.Rand{nil, rand.New(rand.NewPCG(1, 2))})
	const draws = 20000
	for range draws {
		counts[pick(1, logits)]++
	}
	sum = 0
	for _, x := range logits {
		sum += math.Exp(float64(x) / 2)
	}
	for i, x := range logits {
		want := math.Exp(float64(x)/2) / sum
		if math.Abs(counts[i]/draws-want) > 4*math.Sqrt(want/draws) {
			t.Errorf("sampling picks %d at a share of %v, want about %v", i, counts[i]/draws, want)
		}
	}
	if got := (Chooser{}).Choice.pick(0, logits); got != 1 {
		t.Errorf("the zero Chooser picks %d", got)
	}
}
