package vec

import (
	"math"
	"testing"
)

// function is an elementwise function with its slope, in float64.
type function struct {
	name     string
	forward  func(dst, x []float32)
	backward func(dx, dy, x []float32)
	value    func(x float64) float64
	slope    func(x float64) float64
	// within is the error allowed: the relative one of values and slopes, or
	// the absolute one where they are below 1.
	within float64
}

func normalBelow(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

func above(x, yes, no float64) float64 {
	if x > 0 {
		return yes
	}
	return no
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func tanhU(x float64) float64 {
	return math.Tanh(math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x))
}

var functions = []function{
	{"ReLU", ReLU, ReLUBackward,
		func(x float64) float64 { return max(x, 0) },
		func(x float64) float64 { return above(x, 1, 0) }, 0},
	{"LeakyReLU", func(dst, x []float32) { LeakyReLU(dst, x, 0.25) }, func(dx, dy, x []float32) { LeakyReLUBackward(dx, dy, x, 0.25) },
		func(x float64) float64 { return max(x, x/4) },
		func(x float64) float64 { return above(x, 1, 0.25) }, 1e-45},
	{"Tanh", Tanh, TanhBackward, math.Tanh,
		func(x float64) float64 { return 1 - math.Tanh(x)*math.Tanh(x) }, 2.5e-7},
	{"SiLU", SiLU, SiLUBackward,
		func(x float64) float64 { return x * logistic(x) },
		func(x float64) float64 { return logistic(x) * (1 + x*(1-logistic(x))) }, 3e-7},
	{"GELU", GELU, GELUBackward,
		func(x float64) float64 { return x * normalBelow(x) },
		func(x float64) float64 {
			return normalBelow(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		}, 3.5e-7},
	{"GELUTanh", GELUTanh, GELUTanhBackward,
		func(x float64) float64 { return 0.5 * x * (1 + tanhU(x)) },
		func(x float64) float64 {
			u := math.Sqrt(2/math.Pi) * (1 + 3*0.044715*x*x)
			return 0.5*(1+tanhU(x)) + 0.5*x*(1-tanhU(x)*tanhU(x))*u
		}, 4e-7},
}

// sweep returns numbers of all sizes and signs up to a limit.
func sweep(limit float32) []float32 {
	var x []float32
	for bits := uint32(0); ; bits += 49999 {
		v := math.Float32frombits(bits)
		if v > limit {
			return x
		}
		x = append(x, v, -v)
	}
}

// TestFunctions compares activations and their slopes with float64.
func TestFunctions(t *testing.T) {
	x := sweep(1e4)
	for i := -12000; i <= 12000; i++ {
		x = append(x, float32(i)/1000)
	}
	for _, f := range functions {
		y, dx, dy := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
		Fill(dy, 1)
		f.forward(y, x)
		f.backward(dx, dy, x)
		var worst, worstSlope float64
		for i, v := range x {
			worst = max(worst, off(y[i], f.value(float64(v))))
			worstSlope = max(worstSlope, off(dx[i], f.slope(float64(v))))
		}
		t.Logf("%s: off by %.2g, its slope by %.2g", f.name, worst, worstSlope)
		if !(worst <= f.within && worstSlope <= f.within) {
			t.Errorf("%s is off by %v, its slope by %v, want at most %v", f.name, worst, worstSlope, f.within)
		}
	}
}

// off is the error relative to what is wanted, or to 1 where that is less.
func off(got float32, want float64) float64 {
	return math.Abs(float64(got)-want) / max(1, math.Abs(want))
}

// TestExp checks the relative error of e^x, and of what is made of it.
func TestExp(t *testing.T) {
	var worst, worstTanh, worstLog float64
	for _, x := range sweep(87) {
		if x > -87.3 {
			worst = max(worst, math.Abs(float64(exp(x))/math.Exp(float64(x))-1))
		}
		if x != 0 {
			worstTanh = max(worstTanh, math.Abs(float64(tanh(x))/math.Tanh(float64(x))-1))
		}
		if x > 1 {
			worstLog = max(worstLog, math.Abs(float64(log(x))/math.Log(float64(x))-1))
		}
	}
	t.Logf("relative errors: exp %.2g, tanh %.2g, log %.2g", worst, worstTanh, worstLog)
	if !(worst <= 1.2e-7 && worstTanh <= 2.5e-7 && worstLog <= 6e-8) {
		t.Errorf("relative errors of exp %v, tanh %v, log %v", worst, worstTanh, worstLog)
	}
	inf := float32(math.Inf(1))
	for _, c := range []struct{ x, want float32 }{{-inf, 0}, {-88, 0}, {0, 1}, {inf, exp(87)}, {1000, exp(87)}} {
		if got := exp(c.x); got != c.want {
			t.Errorf("exp(%v) = %v, want %v", c.x, got, c.want)
		}
	}
	if nan := float32(math.NaN()); exp(nan) == exp(nan) || tanh(nan) == tanh(nan) {
		t.Error("NaN is lost")
	}
}
