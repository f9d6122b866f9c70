package metric

import (
	"math"
	"testing"
	"time"
)

func TestStallRateByHand(t *testing.T) {
	got := StallRate(Playback{Played: 10 * time.Second, Stalled: time.Second}, Playback{Played: 30 * time.Second, Stalled: 3 * time.Second}, Playback{Played: 40 * time.Second})
	if got != 0.05 { // not 0.0667, the mean of the flows' rates
		t.Errorf("stall rate %v, want 0.05", got)
	}
	if got := StallRate(); got != 0 {
		t.Errorf("stall rate of no flows %v", got)
	}
	if got := StallRate(Playback{}); got != 0 {
		t.Errorf("stall rate of no playback %v", got)
	}
}

func TestReductionByHand(t *testing.T) {
	for _, c := range []struct {
		baseline, rate, want float64
		defined              bool
	}{{0.04, 0.03, 0.25, true}, {0.04, 0.05, -0.25, true}, {0.04, 0, 1, true}, {0.04, 0.04, 0, true}, {0, 0, 0, false}, {0, 0.1, 0, false}, {math.NaN(), 0.1, 0, false}} {
		got, defined := Reduction(c.baseline, c.rate)
		if math.Abs(got-c.want) > 1e-15 || defined != c.defined {
			t.Errorf("Reduction(%v, %v) = %v, %v, want %v, %v", c.baseline, c.rate, got, defined, c.want, c.defined)
		}
	}
}

func TestGoodByHand(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		why                      string
		rtt, loss, rate, request float64
		want                     bool
	}{
		{"good", 49.999, 0.0499, 951_000, 1e6, true},
		{"as good as can be", 0, 0, 1e6, 1e6, true},
		{"more than requested", 10, 0, 2e6, 1e6, true},
		{"round-trip time at the threshold", 50, 0, 1e6, 1e6, false},
		{"round-trip time just below it", math.Nextafter(50, 0), 0, 1e6, 1e6, true},
		{"loss at the threshold", 10, 0.05, 1e6, 1e6, false},
		{"loss of 1 in 20", 10, 1.0 / 20, 1e6, 1e6, false},
		{"loss of 3 in 60", 10, 3.0 / 60, 1e6, 1e6, false},
		{"loss just below it", 10, math.Nextafter(0.05, 0), 1e6, 1e6, true},
		{"rate at the threshold", 10, 0, 950_000, 1e6, false},
		{"rate just above it", 10, 0, 950_001, 1e6, true},
		{"rate far below it", 10, 0, 100_000, 1e6, false},
		{"no round-trip time", nan, 0, 1e6, 1e6, false},
		{"no loss", 10, nan, 1e6, 1e6, false},
		{"no rate", 10, 0, nan, 1e6, false},
		{"no request", 10, 0, 1e6, nan, false},
		{"request of nothing", 10, 0, 1e6, 0, false},
		{"negative round-trip time", -1, 0, 1e6, 1e6, false},
		{"negative loss", 10, -1, 1e6, 1e6, false},
	} {
		if got := Good(c.rtt, c.loss, c.rate, c.request); got != c.want {
			t.Errorf("%s: Good(%v, %v, %v, %v) = %v", c.why, c.rtt, c.loss, c.rate, c.request, got)
		}
	}
	// Equality holds for every request, however 0.95 of it rounds.
	for request := 20.0; request <= 20_000; request += 20 {
		if rate := request / 20 * 19; Good(10, 0, rate, request) || !Good(10, 0, rate+1, request) {
			t.Fatalf("request %v: the threshold is not at %v", request, rate)
		}
	}
}

func TestAvailableByHand(t *testing.T) {
	for _, c := range []struct {
		why                                string
		capacity, unresponsive, responsive float64
		sharers                            int
		want                               float64
	}{
		{"alone", 1e6, 0, 0, 0, 1e6},
		{"beside traffic that does not listen", 1e6, 0.25e6, 0, 0, 0.75e6},
		{"beside more than fits", 1e6, 1.5e6, 0, 0, 0},
		{"beside a modest flow", 1e6, 0, 0.25e6, 1, 0.75e6},
		{"beside a greedy flow", 1e6, 0, 0.75e6, 1, 0.5e6},
		{"beside three greedy flows", 1e6, 0, 1e6, 3, 0.25e6},
		{"beside both", 1e6, 0.25e6, 0.5e6, 1, 0.375e6},
		{"beside both, where the flow is modest", 1e6, 0.25e6, 0.125e6, 1, 0.625e6},
		{"outage", 0, 0, 0, 1, 0},
		{"beside more than fits, and flows", 1e6, 2e6, 0.5e6, 1, 0},
	} {
		if got := Available(c.capacity, c.unresponsive, c.responsive, c.sharers); got != c.want {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
}
