package nettrace

import (
	"math"
	"testing"
)

// TestCellular: generated traces vary as the recordings do that they stand in
// for. Of mahimahi's LTE drives, by bins of 100 ms: deviation over mean 0.6 to
// 1.2, correlation 0.6 to 0.9 after 100 ms and 0.2 to 0.8 after a second, 0.5
// to 15 % zeros; UMTS 0.5 to 0.8, 0.8 to 0.9, 0.65 to 0.8, 9 to 12 %.
func TestCellular(t *testing.T) {
	type span [2]float64
	for _, c := range []struct {
		config                              CellularConfig
		deviation, step, second, zero, mean span
	}{
		{LTELike(), span{0.6, 1.3}, span{0.75, 0.92}, span{0.2, 0.7}, span{0.005, 0.08}, span{800, 16_000}},
		{UMTSLike(), span{0.4, 0.9}, span{0.88, 0.97}, span{0.35, 0.85}, span{0.03, 0.14}, span{700, 2500}},
	} {
		for i, tr := range Cellular(1, 20, c.config) {
			bins := tr.Forward.Bins(cellularStepMs)
			mean, zeros := tr.Forward.MeanKbps(), 0
			covariance := func(lag int) float64 {
				sum := 0.0
				for i := lag; i < len(bins); i++ {
					sum += (bins[i] - mean) * (bins[i-lag] - mean)
				}
				return sum / float64(len(bins))
			}
			for _, kbps := range bins {
				if kbps == 0 {
					zeros++
				}
			}
			for what, x := range map[string]struct {
				got  float64
				want span
			}{
				"mean":              {mean, c.mean},
				"deviation":         {math.Sqrt(covariance(0)) / mean, c.deviation},
				"next step":         {covariance(1) / covariance(0), c.step},
				"after a second":    {covariance(10) / covariance(0), c.second},
				"share of no bytes": {float64(zeros) / float64(len(bins)), c.zero},
			} {
				if !(x.got >= x.want[0]*0.99 && x.got <= x.want[1]*1.01) {
					t.Errorf("%s %d: %s %v, want %v", c.config.Name, i, what, x.got, x.want)
				}
			}
			checkPlayable(t, &tr.Forward)
		}
	}
}

// TestDigests: scenarios pin them, and generated data never changes.
func TestDigests(t *testing.T) {
	m, p := MahimahiTrace([]int64{0, 5}), Playback{Rows: []Row{{Forward: Conditions{1, 2, 3}, Reverse: Conditions{4, 5, 6}}}}
	reordered := p
	reordered.Reordering = true
	seen := map[Digest]string{}
	for name, set := range map[string][]Trace{
		"none": nil, "m": {m}, "p": {p.Trace()}, "m p": {m, p.Trace()}, "p m": {p.Trace(), m}, "reordered": {reordered.Trace()},
	} {
		d := HashTraces(set)
		if seen[d] != "" {
			t.Errorf("%s and %s have the same digest", name, seen[d])
		}
		seen[d] = name
	}
	renamed := m
	renamed.Name, renamed.Format = "other", FormatMbps
	if HashTraces([]Trace{renamed}) != HashTraces([]Trace{m}) {
		t.Error("the digest depends on more than what is played")
	}
	for _, c := range []struct {
		name string
		set  []Trace
		want string
	}{
		{"m and p", []Trace{m, p.Trace()}, "c0348d519118fe722a0ae0190263ee4ff25c56f57703bece806195a395706836"},
		{"LTE", Cellular(1, 3, LTELike()), "d69c129cb6ccd2b487f4bd25c999336a9e1152c2f0ca9bc64e4667efa3f72b08"},
		{"UMTS", Cellular(1, 3, UMTSLike()), "a11655a3a0af07746f734ad30b793c6087109b21fc703ef9c0d6719b1639a668"},
	} {
		if got := HashTraces(c.set).String(); got != c.want {
			t.Errorf("%s: digest %s, want %s", c.name, got, c.want)
		}
	}
	if first, more := Cellular(1, 1, LTELike()), Cellular(1, 2, LTELike()); HashTraces(first) != HashTraces(more[:1]) {
		t.Error("a trace depends on how many there are")
	}
}
