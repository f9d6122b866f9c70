package metric

import (
	"math"
	"testing"
)

func TestAPEByHand(t *testing.T) {
	for _, c := range []struct {
		why                       string
		predicted, truth, request float64
		want                      float64
		counted                   bool
	}{
		{"right", 1e6, 1e6, 4e6, 0, true},
		{"too high by half", 1.5e6, 1e6, 4e6, 0.5, true},
		{"too low by half", 0.5e6, 1e6, 4e6, 0.5, true},
		{"both above the request", 9e6, 5e6, 4e6, 0, true},
		{"too high, up to the request", 9e6, 1e6, 4e6, 3, true},
		{"too low, from the request down", 1e6, 8e6, 4e6, 0.75, true},
		{"request below the truth", 1e6, 2e6, 0.5e6, 0, true},
		{"no bandwidth predicted", 0, 1e6, 4e6, 1, true},
		{"negative", -5e6, 1e6, 4e6, 1, true},
		{"no number", math.NaN(), 1e6, 4e6, 1, true},
		{"infinite", math.Inf(1), 1e6, 4e6, 3, true},
		{"at the floor", 100_000, 50_000, 4e6, 1, true},
		{"below the floor", 100_000, 49_999, 4e6, 0, false},
		{"outage", 100_000, 0, 4e6, 0, false},
		{"small request of a wide path", 60_000, 1e6, 40_000, 0, true},
		{"nothing requested", 1e6, 1e6, 0, 0, false},
		{"truth unknown", 1e6, math.NaN(), 4e6, 0, false},
		{"request unknown", 1e6, 1e6, math.NaN(), 0, false},
	} {
		got, counted := APE(c.predicted, c.truth, c.request)
		if got != c.want || counted != c.counted {
			t.Errorf("%s: APE(%v, %v, %v) = %v, %v, want %v, %v", c.why, c.predicted, c.truth, c.request, got, counted, c.want, c.counted)
		}
	}
}

func TestSummarizeByHand(t *testing.T) {
	// Errors of +1, −0.5, 0 and +0.5 in the first session, −0.25 in the second,
	// and none that counts in the third.
	sessions := make([]Errors, 3)
	for _, predicted := range []float64{2e6, 0.5e6, 1e6, 1.5e6} {
		sessions[0].Add(predicted, 1e6, 4e6)
	}
	sessions[0].Add(1e6, 10_000, 4e6)
	sessions[1].Add(0.75e6, 1e6, 4e6)
	sessions[2].Add(1e6, 0, 4e6)
	want := Summary{
		Sessions: 2, Counted: 5, Skipped: 2,
		MAPE: 2.25 / 5, Macro: (0.5 + 0.25) / 2, Median: 0.5, P95: 1,
		Over: 1.5 / 5, Under: 0.75 / 5, OverShare: 2.0 / 5, UnderShare: 2.0 / 5,
	}
	if got := Summarize(sessions); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if got := sessions[0].APEs(); len(got) != 4 || got[1] != 0.5 {
		t.Errorf("absolute errors %v", got)
	}
	sessions[0].Reset()
	if sessions[0].Counted() != 0 || sessions[0].Skipped != 0 {
		t.Error("something is left after Reset")
	}
	if got := Summarize(nil); got != (Summary{}) {
		t.Errorf("of nothing: %+v", got)
	}
	if got := Summarize(sessions[2:]); got != (Summary{Skipped: 1}) {
		t.Errorf("of nothing that counts: %+v", got)
	}
}

func TestQuantileByHand(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i + 1)
	}
	for _, c := range []struct {
		n, percent int
		want       float64
	}{{100, 50, 50}, {100, 95, 95}, {100, 99, 99}, {1, 50, 1}, {1, 95, 1}, {2, 50, 1}, {2, 95, 2}, {3, 50, 2}, {20, 95, 19}, {21, 95, 20}} {
		if got := quantile(hundred[:c.n], c.percent); got != c.want {
			t.Errorf("%d %% of %d: %v, want %v", c.percent, c.n, got, c.want)
		}
	}
}

func TestOracleHasNoError(t *testing.T) {
	// L2: an oracle's MAPE is 0, whatever the request.
	var e Errors
	for truth := 0.0; truth < 10e6; truth += 12_345 {
		e.Add(truth, truth, 2e6)
	}
	if s := Summarize([]Errors{e}); s.MAPE != 0 || s.P95 != 0 || s.Counted == 0 {
		t.Errorf("%+v", s)
	}
}
