package gcc

import (
	"math"
	"testing"
)

func TestThreshold(t *testing.T) {
	tests := []struct {
		name        string
		start       float64
		trend, step float64 // ms
		want        float64
	}{
		{"up", 10, 20, 10, 10 + 0.0087*10*10},
		{"down", 20, 10, 1, 20 - 0.039*10},
		{"the trend's sign does not matter", 10, -20, 10, 10 + 0.0087*10*10},
		{"equality goes nowhere", 10, 10, 50, 10},
		{"15 ms above it still follows", 10, 25, 1, 10 + 0.0087*15},
		{"beyond it is frozen", 10, 25.001, 50, 10},
		{"beyond it is frozen below zero", 10, -26, 50, 10},
		{"no step counts for more than 100 ms", 20, 30, 5000, 20 + 0.0087*10*100},
		{"at least 6 ms", 7, 0, 100, 6},
		{"at most 600 ms", 599.5, 613, 100, 600},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			h := threshold{up: trendlineUp, down: trendlineDown, value: x.start}
			h.update(x.start, 0) // sets the clock
			h.update(x.trend, packet(x.step, 0).At)
			if math.Abs(h.value-x.want) > 1e-9 {
				t.Errorf("got %v, want %v", h.value, x.want)
			}
		})
	}
}

func TestThresholdStaysInBounds(t *testing.T) {
	for _, h := range []threshold{
		{up: trendlineUp, down: trendlineDown, value: startThreshold},
		{up: draftUp, down: draftDown, value: startThreshold},
	} {
		for i := range 100_000 {
			trend := 700 * math.Sin(float64(i)/3000) * math.Sin(float64(i*i%1009))
			h.update(trend, packet(float64(33*i), 0).At)
			if !(h.value >= 6 && h.value <= 600) {
				t.Fatalf("sample %d: %v", i, h.value)
			}
		}
	}
}
