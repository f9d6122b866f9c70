package abrenv

import (
	"testing"

	"trailblazer/datasets/trace"
)

func TestKarmaKeeps(t *testing.T) {
	for _, test := range []struct {
		mbps []float64
		want bool
	}{
		{[]float64{0.21, 5}, true},
		{[]float64{0.2, 5}, false},
		{[]float64{5, 0, 5}, false},
		{[]float64{5.5, 6.4}, true},
		{[]float64{5.5, 6.5}, false},
	} {
		tr := trace.Trace{BandwidthMbps: test.mbps}
		for i := range test.mbps {
			tr.TimesS = append(tr.TimesS, float64(i))
		}
		if karmaKeeps(&tr) != test.want {
			t.Errorf("%v: kept %v", test.mbps, !test.want)
		}
	}
}
