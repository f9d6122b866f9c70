package trace

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"trailblazer/internal/draw"
)

// TestGeneratedBytes pins what the generators make: scenarios refer to it by
// these digests, on every platform.
func TestGeneratedBytes(t *testing.T) {
	synth, err := Synth(1, 3, SynthConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		got  Digest
		want string
	}{
		"FCCLike":     {HashTraces(FCCLike(1, 3)), "6aa41dc3deae04a8bd21d650570ab50eff8a9d52d308417570297ea57cf28ceb"},
		"Synth":       {HashTraces(synth), "48ef6691f862fdc876b5e48780dd720f7b2077124965b3ed1261d44f150d8645"},
		"Stationary":  {HashTraces(Stationary(1)), "80c9276ef1dd124aaa653e65a0fda226a6886d32f04782352f441d8cb6e6001f"},
		"EnvivioLike": {HashVideo(EnvivioLike(1)), "bba2d07079b29b42af6ff397323b078bfb2ee141b8604ce5efdb6d250163b23c"},
		"SynthVideo":  {HashVideo(SynthVideo(1)), "42d28a91816a123dace14ccd559d1829e5da82bb55ce7f784567b4bd95891252"},
	} {
		if test.got.String() != test.want {
			t.Errorf("%s: %s, want %s", name, test.got, test.want)
		}
	}
}

func TestGeneratedTracesArePlayable(t *testing.T) {
	for _, tr := range Stationary(1) {
		if err := tr.Validate(); err != nil {
			t.Error(err)
		}
	}
	for seed := range uint64(20) {
		synth, err := Synth(seed, 10, SynthConfig{})
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range append(FCCLike(seed, 10), synth...) {
			if err := tr.Validate(); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
		for _, v := range []Video{EnvivioLike(seed), SynthVideo(seed)} {
			if err := v.Validate(); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			for chunk := range v.Chunks() {
				for level := 1; level < v.Levels(); level++ {
					if v.SizesBytes[level][chunk] <= v.SizesBytes[level-1][chunk] {
						t.Errorf("seed %d: %s: chunk %d is no larger at level %d", seed, v.Name, chunk, level)
					}
				}
			}
		}
	}
}

// TestGeneratedItemsStandAlone: a longer set starts with the shorter one.
func TestGeneratedItemsStandAlone(t *testing.T) {
	if !reflect.DeepEqual(FCCLike(5, 4), FCCLike(5, 9)[:4]) {
		t.Error("FCCLike: trace i depends on the count")
	}
	if reflect.DeepEqual(FCCLike(5, 1)[0].BandwidthMbps, FCCLike(6, 1)[0].BandwidthMbps) {
		t.Error("FCCLike: seeds 5 and 6 give the same trace")
	}
}

// TestGeneratedStatistics holds the generators to their documentation.
func TestGeneratedStatistics(t *testing.T) {
	synth, err := Synth(3, 300, SynthConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name            string
		traces          []Trace
		mean, std, most float64
	}{
		{"FCCLike", FCCLike(3, 300), 1.3, 0.2, 6.6},
		{"Synth", synth, 3, 1.4, 8},
	} {
		mean, std, outages := 0.0, 0.0, 0
		for _, tr := range test.traces {
			m, s, low := moments(tr.BandwidthMbps)
			mean += m / float64(len(test.traces))
			std += s / float64(len(test.traces))
			if low < 0.05 {
				outages++
			}
			for _, x := range tr.BandwidthMbps {
				if x > test.most {
					t.Fatalf("%s: %s: %v Mbit/s", test.name, tr.Name, x)
				}
			}
		}
		if math.Abs(mean/test.mean-1) > 0.1 || math.Abs(std/test.std-1) > 0.1 {
			t.Errorf("%s: mean %.3f, std within a trace %.3f; want about %v and %v", test.name, mean, std, test.mean, test.std)
		}
		if test.name == "FCCLike" && (outages < 15 || outages > 90) {
			t.Errorf("FCCLike: %d of 300 traces have dead spots", outages)
		}
	}
	plain, longer := EnvivioLike(3), SynthVideo(3)
	for level, kbps := range plain.BitratesKbps {
		nominal := float64(kbps * PensieveChunkMs / 8)
		a, spread, _ := moments(floats(plain.SizesBytes[level]))
		b, _, _ := moments(floats(longer.SizesBytes[level]))
		if math.Abs(a/nominal-1) > 0.06 || math.Abs(b/a-1.2) > 0.01 || spread/a < 0.04 || spread/a > 0.16 {
			t.Errorf("level %d: mean size %.3f and %.3f of nominal, spread %.3f", level, a/nominal, b/nominal, spread/a)
		}
	}
}

// TestStationary holds the traces to the settings in their names.
func TestStationary(t *testing.T) {
	traces := Stationary(3)
	if len(traces) != 1736 {
		t.Fatalf("%d traces, want 1736", len(traces))
	}
	names := map[string]bool{}
	for i := range traces {
		mean, variance := 0.5+float64(i/31)/10, float64(i%31)/10
		names[traces[i].Name] = true
		if name := fmt.Sprintf("stationary_mean-%.1f_variance-%.1f", mean, variance); traces[i].Name != name {
			t.Fatalf("%s is called %s", name, traces[i].Name)
		}
		m, std, low := moments(traces[i].BandwidthMbps)
		if low < StationaryFloorMbps {
			t.Errorf("%s: falls to %v", traces[i].Name, low)
		}
		if mean < 3*math.Sqrt(variance) {
			continue // What the floor cuts off would have to be counted.
		}
		n := float64(traces[i].Len())
		if deviation := math.Sqrt(variance); math.Abs(m-mean) > 5*deviation/math.Sqrt(n)+0.005 || math.Abs(std-deviation) > 5*deviation/math.Sqrt(2*n)+0.005 {
			t.Errorf("%s: mean %.3f, deviation %.3f", traces[i].Name, m, std)
		}
	}
	if len(names) != 1736 {
		t.Errorf("%d settings", len(names))
	}
	mean := 0.0
	for seed := range uint64(40) { // The documented effect of the floor.
		m, _, _ := moments(stationary(draw.New(seed, 0), 0.5, 3).BandwidthMbps)
		mean += m / 40
	}
	if math.Abs(mean-0.97) > 0.03 {
		t.Errorf("a mean of 0.5 with a variance of 3 brings %.3f, want 0.97", mean)
	}
}

func TestSynthConfig(t *testing.T) {
	traces, err := Synth(1, 50, SynthConfig{LowMbps: [2]float64{1, 1}, HighMbps: [2]float64{2, 2}, HoldS: [2]int{3, 3}, Samples: 30})
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range traces {
		if tr.Len() != 30 {
			t.Fatalf("%d samples", tr.Len())
		}
		for i, x := range tr.BandwidthMbps {
			if x < 1 || x > 2 || x != tr.BandwidthMbps[i/3*3] {
				t.Fatalf("%s: sample %d: %v", tr.Name, i, x)
			}
		}
	}
	for _, bad := range []SynthConfig{
		{LowMbps: [2]float64{-1, 1}}, {LowMbps: [2]float64{2, 1}}, {LowMbps: [2]float64{4, 5}}, {HighMbps: [2]float64{8, 3}},
		{HighMbps: [2]float64{3, math.Inf(1)}}, {LowMbps: [2]float64{math.NaN(), 1}}, {HoldS: [2]int{0, 3}}, {HoldS: [2]int{3, 2}}, {Samples: 1},
	} {
		if _, err := Synth(1, 1, bad); err == nil {
			t.Errorf("%+v: accepted", bad)
		}
	}
}

func moments(x []float64) (mean, std, least float64) {
	least = math.Inf(1)
	for _, v := range x {
		mean += v / float64(len(x))
		least = min(least, v)
	}
	for _, v := range x {
		std += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(std), least
}

func floats(x []int) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
