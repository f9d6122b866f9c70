package gcc

import (
	"math"
	"testing"
)

func TestExp(t *testing.T) {
	for x := -40.0; x <= 5; x += 0.01 {
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 1e-12*want {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if exp(-1e9) != 0 {
		t.Error("exp of a large negative number is not 0")
	}
	if exp(0) != 1 {
		t.Error("exp(0) is not 1")
	}
	if got := exp(logGrowth); math.Abs(got-1.08) > 1e-14 {
		t.Errorf("a second's growth is %v", got)
	}
	if got := exp(logNoisePast); math.Abs(got-0.99) > 1e-14 {
		t.Errorf("1-chi is %v", got)
	}
}
