package trace

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// TestVaried: traces keep to the parameters that they come with, these to their
// ranges, and a trace depends on no other.
func TestVaried(t *testing.T) {
	c := VariedConfig{MinMbps: [2]float64{0.5, 3}, MaxMbps: [2]float64{1, 20}, IntervalS: [2]float64{2, 30}, DurationS: 3000}
	traces, parameters, err := Varied(7, 40, c)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range parameters {
		tr := &traces[i]
		if err := tr.Validate(); err != nil {
			t.Error(err)
		}
		low, high := slices.Min(tr.BandwidthMbps), slices.Max(tr.BandwidthMbps)
		if p.MinMbps > p.MaxMbps || p.MinMbps < 0.5 || p.MinMbps > 3 || p.MaxMbps < 1 || p.MaxMbps > 20 || p.IntervalS < 2 || p.IntervalS > 30 ||
			low < p.MinMbps-0.005 || high > p.MaxMbps+0.005 || tr.Len() != 3000 {
			t.Errorf("%d samples from %v to %v with %+v", tr.Len(), low, high, p)
		}
		if p.MaxMbps-p.MinMbps < 1 {
			continue // Neighbouring values may round to the same.
		}
		changes := 0
		for k := range tr.BandwidthMbps[1:] {
			if tr.BandwidthMbps[k] != tr.BandwidthMbps[k+1] {
				changes++
			}
		}
		if every := 3000 / float64(changes); math.Abs(every/p.IntervalS-1) > 0.2 {
			t.Errorf("the bandwidth changes every %v s, not %v", every, p.IntervalS)
		}
	}
	few, _, _ := Varied(7, 3, c)
	if HashTraces(few) != HashTraces(traces[:3]) {
		t.Error("a trace depends on how many there are")
	}
	var wrong *FormatError
	if _, _, err := Varied(7, 1, VariedConfig{IntervalS: [2]float64{3, 2}}); !errors.As(err, &wrong) || wrong.Field != "interval_s" {
		t.Errorf("a range that falls: %v", err)
	}
}

// TestVariedVideo: chunk sizes lie around the bitrates times a factor from its
// range, and are hard on all levels together.
func TestVariedVideo(t *testing.T) {
	like := EnvivioLike(1)
	c := VariedVideoConfig{Sizes: [2]float64{1.2, 1.3}, Spread: [2]float64{0.1, 0.1}}
	for i := range uint64(10) {
		v, err := VariedVideo(3, i, like, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Validate(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(v.BitratesKbps, like.BitratesKbps) || v.Chunks() != like.Chunks() {
			t.Errorf("video %d: ladder %v, %d chunks", i, v.BitratesKbps, v.Chunks())
		}
		logs := func(level int) (x []float64) {
			for _, size := range v.SizesBytes[level] {
				x = append(x, math.Log(float64(size)/float64(v.BitratesKbps[level]*v.ChunkMs/8)))
			}
			return x
		}
		low, high := logs(0), logs(5)
		meanLow, meanHigh := mean(low), mean(high)
		covariance, variance := 0.0, 0.0
		for k := range low {
			covariance += (low[k] - meanLow) * (high[k] - meanHigh)
			variance += (low[k] - meanLow) * (low[k] - meanLow)
		}
		deviation := math.Sqrt(variance / float64(len(low)))
		if meanLow < math.Log(1.15) || meanLow > math.Log(1.36) || deviation < 0.07 || deviation > 0.15 || !(covariance/variance > 0.5) {
			t.Errorf("video %d: a mean factor of %v, deviation %v, %v of it shared", i, math.Exp(meanLow), deviation, covariance/variance)
		}
	}
	var wrong *FormatError
	if _, err := VariedVideo(3, 0, like, VariedVideoConfig{Ladder: [2]float64{0, 1}}); !errors.As(err, &wrong) || wrong.Field != "ladder" {
		t.Errorf("a ladder of 0 kbps: %v", err)
	}
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
