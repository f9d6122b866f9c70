package gcc

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// slope of the line of least squares, by the textbook's formula
// (nΣxy - ΣxΣy) / (nΣx² - (Σx)²).
func slope(x, y []float64) float64 {
	n := float64(len(x))
	sx, sy, sxx, sxy := 0.0, 0.0, 0.0, 0.0
	for i := range x {
		sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

func TestTrendlineIsLeastSquares(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var line trendline
	var x, y []float64
	now, accumulated, smoothed := time.Duration(0), 0.0, 0.0
	for i := range 200 {
		sent := time.Duration(10+random.IntN(30)) * ms
		arrived := sent + time.Duration(random.IntN(21)-8)*ms
		now += max(arrived, 0)
		accumulated += milliseconds(arrived - sent)
		smoothed = 0.9*smoothed + 0.1*accumulated
		x, y = append(x, milliseconds(now)), append(y, smoothed)
		got := line.add(sent, arrived, now)
		want := 0.0
		if i >= 19 {
			want = slope(x[i-19:], y[i-19:])
		}
		if math.Abs(got-want) > 1e-9*math.Abs(want)+1e-12 {
			t.Fatalf("group %d: slope %v, want %v", i, got, want)
		}
	}
}

// When the delay grows by a tenth of the time, so does the line, once the
// smoothing has caught up.
func TestTrendlineOfSteadyGrowth(t *testing.T) {
	var line trendline
	got, now := 0.0, time.Duration(0)
	for range 200 {
		now += 22 * ms
		got = line.add(20*ms, 22*ms, now)
	}
	if want := 2.0 / 22; math.Abs(got-want) > 1e-6 {
		t.Errorf("slope %v, want %v", got, want)
	}
}

// Groups that all arrive at once show no slope.
func TestTrendlineOfOneMoment(t *testing.T) {
	var line trendline
	for range 40 {
		if got := line.add(10*ms, 0, ms); got != 0 {
			t.Fatalf("slope %v", got)
		}
	}
}
