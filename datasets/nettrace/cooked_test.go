package nettrace

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/datasets/trace"
)

// drawn makes a trace of uneven steps and outages.
func drawn(r *rand.Rand) trace.Trace {
	n := 2 + r.IntN(40)
	t := trace.Trace{Name: "drawn"}
	at := r.Float64() * 10
	for range n {
		mbps := r.ExpFloat64() * 5
		if r.IntN(4) == 0 {
			mbps = 0
		}
		t.TimesS, t.BandwidthMbps = append(t.TimesS, at), append(t.BandwidthMbps, mbps)
		at += []float64{0.0001, 0.01, 1, 5}[r.IntN(4)] * (0.5 + r.Float64())
	}
	t.BandwidthMbps[n-1] = 1
	return t
}

// bytesUntil is what a trace carries in the first ms milliseconds.
func bytesUntil(t *trace.Trace, ms float64) float64 {
	sum := 0.0
	for i := 1; i < t.Len(); i++ {
		from, to := (t.TimesS[i-1]-t.TimesS[0])*1000, (t.TimesS[i]-t.TimesS[0])*1000
		sum += max(min(to, ms)-from, 0) * t.BandwidthMbps[i] * 1000 / 8
	}
	return sum
}

// TestOpportunitiesKeepBytes: whatever the trace, at every millisecond less
// than a packet is missing, none is early, and over all one may be more.
func TestOpportunitiesKeepBytes(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		tr := drawn(r)
		list, err := Opportunities(&tr)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		lengthMs := math.Ceil(tr.DurationS() * 1000)
		if last := list[len(list)-1]; float64(last) != lengthMs || !slices.IsSorted(list) {
			t.Fatalf("seed %d: ends at %d of %v ms", seed, last, lengthMs)
		}
		next := 0
		for ms := 0.0; ms < lengthMs; ms++ {
			for next < len(list) && float64(list[next]) <= ms {
				next++
			}
			missing := bytesUntil(&tr, ms) - float64(next*OpportunityBytes)
			if missing < -1e-6 || missing > OpportunityBytes+1e-6 {
				t.Fatalf("seed %d: %v bytes are missing after %v ms", seed, missing, ms)
			}
		}
		whole := bytesUntil(&tr, math.Inf(1))
		if d := float64(len(list)*OpportunityBytes) - whole; math.Abs(d) > OpportunityBytes+1e-6 {
			t.Fatalf("seed %d: %v bytes more in all", seed, d)
		}
		// And back: bins carry exactly what the opportunities do.
		link := MahimahiTrace(list).Forward
		for _, binMs := range []float64{1, 7, 100, 1000, 1e6} {
			cooked, err := link.Cooked(binMs)
			if err != nil {
				t.Fatalf("seed %d, bins of %v ms: %v", seed, binMs, err)
			}
			if got := bytesUntil(&cooked, math.Inf(1)); math.Abs(got-float64(len(list)*OpportunityBytes)) > 1e-3 {
				t.Fatalf("seed %d, bins of %v ms: %v bytes of %d packets", seed, binMs, got, len(list))
			}
			again, err := Opportunities(&cooked)
			if diff := len(again) - len(list); err != nil || diff < -1 || diff > 1 {
				t.Fatalf("seed %d, bins of %v ms: %d packets became %d (%v)", seed, binMs, len(list), len(again), err)
			}
		}
	}
}

func TestCooked(t *testing.T) {
	steps := Direction{LengthMs: 3000, Kbps: Series{AtMs: []float64{0, 1000}, Values: []float64{500, 2000}}}
	got, err := steps.Cooked(1)
	if err != nil || !slices.Equal(got.TimesS, []float64{0, 1, 3}) || !slices.Equal(got.BandwidthMbps, []float64{0.5, 0.5, 2}) {
		t.Errorf("%v, %v", got, err)
	}
	link := MahimahiTrace([]int64{0, 1, 1000, 1001, 1500}).Forward
	got, err = link.Cooked(1000)
	if err != nil || !slices.Equal(got.TimesS, []float64{0, 1, 1.5}) || !slices.Equal(got.BandwidthMbps, []float64{0.036, 0.036, 0.048}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := (&Direction{}).Cooked(1); err == nil {
		t.Error("no error without a bandwidth")
	}
	for _, binMs := range []float64{0, -1, math.NaN(), 1e-9} {
		if _, err := link.Cooked(binMs); err == nil {
			t.Errorf("no error for bins of %v ms", binMs)
		}
	}
}

func TestOpportunitiesRefuses(t *testing.T) {
	for _, tr := range []trace.Trace{
		{TimesS: []float64{0, 1e8}, BandwidthMbps: []float64{1, 1}},
		{TimesS: []float64{0, 1e6}, BandwidthMbps: []float64{1, 1e6}},
	} {
		if _, err := Opportunities(&tr); err == nil {
			t.Errorf("no error for %v", tr)
		}
	}
}
