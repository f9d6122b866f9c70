package draw

import (
	"math"
	"testing"
)

// TestFunctions compares with the standard library's, which are as good but
// differ in the last bit between platforms.
func TestFunctions(t *testing.T) {
	d := New(4, 5)
	for range 200_000 {
		if x := d.Between(-40, 40); math.Abs(Exp(x)/math.Exp(x)-1) > 1e-15 {
			t.Fatalf("exp(%v) is %v, want %v", x, Exp(x), math.Exp(x))
		}
		x := math.Exp(d.Between(-40, 40))
		if want := math.Log(x); math.Abs(Log(x)-want) > 1e-15*max(1, math.Abs(want)) {
			t.Fatalf("log(%v) is %v, want %v", x, Log(x), want)
		}
		turns := d.Between(-3, 3)
		if want := math.Sin(2 * math.Pi * (turns - math.Round(turns))); math.Abs(Sine(turns)-want) > 1e-15 {
			t.Fatalf("sine of %v turns is %v, want %v", turns, Sine(turns), want)
		}
	}
	for x, want := range map[float64]float64{0: 1, 1000: math.Inf(1), -1000: 0} {
		if got := Exp(x); got != want {
			t.Errorf("exp(%v) is %v, want %v", x, got, want)
		}
	}
	for turns, want := range map[float64]float64{0: 0, 0.25: 1, -0.25: -1, 0.5: 0, 1: 0, 0.75: -1} {
		if got := Sine(turns); math.Abs(got-want) > 1e-15 {
			t.Errorf("sine of %v turns is %v, want %v", turns, got, want)
		}
	}
	if got := Log(1); got != 0 {
		t.Errorf("log(1) is %v", got)
	}
}

// TestFunctionBits: generated data depends on every bit.
func TestFunctionBits(t *testing.T) {
	for name, got := range map[string][2]float64{
		"exp(1)":    {Exp(1), 0x1.5bf0a8b14576ap+01},
		"exp(-7.3)": {Exp(-7.3), 0x1.622d4792b6a8dp-11},
		"log(10)":   {Log(10), 0x1.26bb1bbb55516p+01},
		"log(0.15)": {Log(0.15), -0x1.e5a9a7c3ac418p+00},
		"sine(0.1)": {Sine(0.1), 0x1.2cf2304755a5ep-01},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %x, want %x", name, got[0], got[1])
		}
	}
}
