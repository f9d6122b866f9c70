package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPairedDifference(t *testing.T) {
	// Episodes differ by much, but the second is always 10 % below the first,
	// give or take one standard deviation of 1 %.
	random := rand.New(rand.NewPCG(5, 6))
	ours, theirs := make([]Part, 100), make([]Part, 100)
	for i := range ours {
		hard := math.Exp(3 + random.NormFloat64())
		theirs[i].Add(hard)
		ours[i].Add(hard * (0.9 + 0.01*random.NormFloat64()))
	}
	difference, percent := PairedDifference(ours, theirs)
	if math.Abs(percent.Value+10) > 0.5 || percent.High-percent.Low > 1 || percent.Low > percent.Value || percent.High < percent.Value {
		t.Errorf("percent %+v, want about -10", percent)
	}
	want := PooledMean(ours).Value - PooledMean(theirs).Value
	if math.Abs(difference.Value-want) > 1e-12*math.Abs(want) || difference.High >= 0 || difference.Low > difference.Value {
		t.Errorf("difference %+v, want %v", difference, want)
	}
	if d, p := PairedDifference(theirs, theirs); d != (Mean{}) || p != (Mean{}) {
		t.Errorf("with itself: %+v, %+v", d, p)
	}

	// Parts of differing length are pooled, and a negative mean is no negative
	// base.
	difference, percent = PairedDifference([]Part{{1, 2, 3}}, []Part{{-4}})
	if difference != (Mean{6, 6, 6}) || percent != (Mean{150, 150, 150}) {
		t.Errorf("one pair: %+v, %+v", difference, percent)
	}
	if _, percent = PairedDifference([]Part{{1}, {2}}, []Part{{1}, {-1}}); !math.IsInf(percent.Value, 0) {
		t.Errorf("percent of nothing: %+v", percent)
	}
	if difference, _ = PairedDifference(nil, nil); !math.IsNaN(difference.Value) {
		t.Errorf("no pairs: %+v", difference)
	}
}
