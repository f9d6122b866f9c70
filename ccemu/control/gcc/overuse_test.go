package gcc

import (
	"slices"
	"testing"
)

// TestOveruse feeds trends to a detector whose gain is such that a trend of 1
// is a millisecond, with a threshold that keeps still.
func TestOveruse(t *testing.T) {
	const o, u, n = over, under, normal
	tests := []struct {
		name    string
		lasting bool
		stepMs  float64
		trends  []float64
		want    []usage
	}{
		{"needs more than one sample", true, 100, []float64{20, 21}, []usage{n, o}},
		{"needs more than 10 ms: 2 + 4 + 4 are not", true, 4, []float64{20, 21, 22, 23}, []usage{n, n, n, o}},
		{"the first sample counts half", true, 5, []float64{20, 20, 20}, []usage{n, n, o}},
		{"does not begin while it falls", true, 20, []float64{20, 19, 18, 18}, []usage{n, n, n, o}},
		{"needs more than the threshold", true, 20, []float64{12.5, 12.5, 12.5}, []usage{n, n, n}},
		{"lasts until it is below the threshold", true, 20, []float64{20, 21, 15, 13, 12}, []usage{n, o, o, o, n}},
		{"of the draft lasts while it rises", false, 20, []float64{20, 21, 15, 16, 12}, []usage{n, o, n, o, n}},
		{"a normal sample begins anew", true, 20, []float64{20, 5, 20, 21}, []usage{n, n, n, o}},
		{"under-use is at once", true, 20, []float64{20, 21, -13, 0}, []usage{n, o, u, n}},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			d := detector{gain: 1.0 / fullGain, lasting: x.lasting, threshold: threshold{value: startThreshold}, samples: fullGain}
			var got []usage
			for _, trend := range x.trends {
				d.update(trend, packet(x.stepMs, 0).At, 0)
				got = append(got, d.usage)
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("got %v, want %v", got, x.want)
			}
		})
	}
}

// The gain grows with the samples, up to 60, and the first is none.
func TestDetectorGain(t *testing.T) {
	d := detector{gain: trendGain, lasting: true, threshold: threshold{value: startThreshold}}
	const trend = 12.5 / (trendGain * 30) // reaches the threshold with 30
	for i := 1; i <= 100; i++ {
		d.update(trend*1.0001, 20*ms, 0)
		if want := i >= 31; (d.usage == over) != want { // the 30th exceeds it, the 31st makes two
			t.Fatalf("sample %d: usage %v", i, d.usage)
		}
	}
}
