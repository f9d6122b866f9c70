package main

import (
	"math"

	"trailblazer/trainer/kernel/vec/internal/coef"
)

// kernels are all, as the plain functions of vec have them, operation by
// operation.
func kernels() []*kernel {
	return []*kernel{
		each("fill", "(dst []float32, v float32)", "dst", parameter("v")),
		each("addTo", "(dst, x, y []float32)", "dst", add(from("x"), from("y"))),
		each("mul", "(dst, x, y []float32)", "dst", mul(from("x"), from("y"))),
		each("mulAdd", "(dst, x, y []float32)", "dst", add(from("dst"), mul(from("x"), from("y")))),
		each("scaleTo", "(dst, x []float32, alpha float32)", "dst", mul(from("x"), parameter("alpha"))),
		each("axpy", "(y, x []float32, alpha float32)", "y", add(from("y"), mul(from("x"), parameter("alpha")))),
		summing("sum", "(x []float32) float32", from("x")),
		summing("dot", "(x, y []float32) float32", mul(from("x"), from("y"))),
		sumSquares(),
		largest(),
		summing("sumExp", "(x []float32, most float32) float32", exp(sub(from("x"), parameter("most")))),
		softmax(),
		softmaxBackward(),
		each("relu", "(dst, x []float32)", "dst", apply(greater, number(0), from("x"))),
		leakyReLU(),
		leakyReLUBackward(),
		each("tanhOf", "(dst, x []float32)", "dst", tanh(from("x"))),
		tanhBackward(),
		silu(),
		siluBackward(),
		swiGLU(),
		swiGLUBackward(),
		gelu(),
		geluBackward(),
		geluTanh(),
		geluTanhBackward(),
		layerNorm(),
		layerNormBackward(),
		normGain(),
		rmsNorm(),
		rmsNormBackward(),
		adamW(),
		dropout(),
		dropoutBackward(),
		rotate(),
	}
}

// each computes every element of one slice.
func each(name, signature, slice string, value *expression) *kernel {
	k := newKernel(name, signature)
	k.loop().store(slice, value)
	return k
}

// summing returns the sum over all elements.
func summing(name, signature string, value *expression) *kernel {
	k := newKernel(name, signature)
	k.returns = []*expression{k.loop().sum(value)}
	return k
}

func sumSquares() *kernel {
	k := newKernel("sumSquares", "(x []float32) float64")
	k.returns = []*expression{k.loop().reduce(&accumulator{op: addition, squares: true}, from("x"))}
	return k
}

func largest() *kernel {
	k := newKernel("largest", "(x []float32) float32")
	k.returns = []*expression{k.loop().reduce(&accumulator{op: greater}, from("x"))}
	return k
}

func expParts(x *expression) (scale, rest *expression) {
	x = apply(lesser, number(coef.ExpMost), apply(greater, number(coef.ExpLeast), x))
	shifted := add(mul(x, number(math.Log2E)), number(coef.ExpRound))
	n := sub(shifted, number(coef.ExpRound))
	r := sub(sub(x, mul(n, number(coef.Ln2High))), mul(n, number(coef.Ln2Low)))
	p := mul(polynomial(r, coef.Exp6, coef.Exp5, coef.Exp4, coef.Exp3, coef.Exp2), mul(r, r))
	return shift(shiftLeft, shifted, 23), add(p, r)
}

func exp(x *expression) *expression {
	scale, rest := expParts(x)
	return mul(add(rest, number(1)), scale)
}

func negative(x *expression) *expression { return apply(bitXor, x, word(1<<31)) }

func abs(x *expression) *expression { return apply(bitAnd, x, word(1<<31-1)) }

func sigmoid(x *expression) (s, rest *expression) {
	e := exp(negative(x))
	s = div(number(1), add(e, number(1)))
	return s, mul(e, s)
}

func sigmoidSlope(x, s, rest *expression) *expression {
	return mul(s, add(mul(x, rest), number(1)))
}

func tanh(x *expression) *expression {
	a := abs(x)
	scale, rest := expParts(add(a, a))
	e := add(mul(rest, scale), sub(scale, number(1)))
	y := div(e, add(e, number(2)))
	return apply(bitOr, y, apply(bitAnd, x, word(1<<31)))
}

func softmax() *kernel {
	k := newKernel("softmax", "(dst, src []float32)")
	most := k.loop().reduce(&accumulator{op: greater}, from("src"))
	e := exp(sub(from("src"), most))
	l := k.loop()
	factor := div(number(1), l.sum(e))
	l.store("dst", e)
	k.loop().store("dst", mul(from("dst"), factor))
	return k
}

func softmaxBackward() *kernel {
	k := newKernel("softmaxBackward", "(dx, p, dp []float32)")
	mean := k.loop().sum(mul(from("p"), from("dp")))
	k.loop().store("dx", mul(from("p"), sub(from("dp"), mean)))
	return k
}

func leakyReLU() *kernel {
	x := from("x")
	return each("leakyReLU", "(dst, x []float32, slope float32)", "dst",
		apply(choice, x, x, mul(x, parameter("slope"))))
}

func leakyReLUBackward() *kernel {
	dy := from("dy")
	return each("leakyReLUBackward", "(dx, dy, x []float32, slope float32)", "dx",
		add(from("dx"), apply(choice, from("x"), dy, mul(dy, parameter("slope")))))
}

func tanhBackward() *kernel {
	y := tanh(from("x"))
	return each("tanhBackward", "(dx, dy, x []float32)", "dx",
		add(from("dx"), mul(from("dy"), sub(number(1), mul(y, y)))))
}

func silu() *kernel {
	x := from("x")
	s, _ := sigmoid(x)
	return each("silu", "(dst, x []float32)", "dst", mul(x, s))
}

func siluBackward() *kernel {
	x := from("x")
	s, rest := sigmoid(x)
	return each("siluBackward", "(dx, dy, x []float32)", "dx",
		add(from("dx"), mul(from("dy"), sigmoidSlope(x, s, rest))))
}

func swiGLU() *kernel {
	gate := from("gate")
	s, _ := sigmoid(gate)
	return each("swiGLU", "(dst, gate, up []float32)", "dst", mul(mul(gate, s), from("up")))
}

func swiGLUBackward() *kernel {
	k := newKernel("swiGLUBackward", "(dgate, dup, dy, gate, up []float32)")
	gate, dy := from("gate"), from("dy")
	s, rest := sigmoid(gate)
	l := k.loop()
	l.store("dgate", add(from("dgate"), mul(mul(dy, from("up")), sigmoidSlope(gate, s, rest))))
	l.store("dup", add(from("dup"), mul(dy, mul(gate, s))))
	return k
}

func normal(x *expression) (below, density *expression) {
	t := div(number(1), add(mul(abs(x), number(coef.ErfP)), number(1)))
	density = exp(mul(mul(x, number(-0.5)), x))
	p := polynomial(t, coef.Erf5, coef.Erf4, coef.Erf3, coef.Erf2, coef.Erf1)
	tail := mul(mul(p, t), density)
	return apply(choice, x, sub(number(1), tail), tail), density
}

func gelu() *kernel {
	x := from("x")
	below, _ := normal(x)
	return each("gelu", "(dst, x []float32)", "dst", mul(x, below))
}

func geluBackward() *kernel {
	x := from("x")
	below, density := normal(x)
	return each("geluBackward", "(dx, dy, x []float32)", "dx",
		add(from("dx"), mul(from("dy"), add(below, mul(mul(x, number(coef.NormalDensity)), density)))))
}

func geluSigmoid(x, square *expression) (s, rest *expression) {
	return sigmoid(mul(x, add(mul(square, number(coef.GELUCubic)), number(coef.GELULinear))))
}

func geluTanh() *kernel {
	x := from("x")
	s, _ := geluSigmoid(x, mul(x, x))
	return each("geluTanh", "(dst, x []float32)", "dst", mul(x, s))
}

func geluTanhBackward() *kernel {
	x := from("x")
	square := mul(x, x)
	s, rest := geluSigmoid(x, square)
	slope := mul(x, add(mul(square, number(3*coef.GELUCubic)), number(coef.GELULinear)))
	return each("geluTanhBackward", "(dx, dy, x []float32)", "dx",
		add(from("dx"), mul(from("dy"), sigmoidSlope(slope, s, rest))))
}

func layerNorm() *kernel {
	k := newKernel("layerNorm", "(dst, x, gain, bias []float32, eps, count float32) (mean, rstd float32)")
	mean := div(k.loop().sum(from("x")), parameter("count"))
	v := sub(from("x"), mean)
	variance := div(k.loop().sum(mul(v, v)), parameter("count"))
	rstd := div(number(1), apply(root, add(variance, parameter("eps"))))
	v = sub(from("x"), mean)
	k.loop().store("dst", add(mul(mul(v, rstd), from("gain")), from("bias")))
	k.returns = []*expression{mean, rstd}
	return k
}

func layerNormBackward() *kernel {
	k := newKernel("layerNormBackward", "(dx, dy, x, gain []float32, mean, rstd, count float32)")
	rstd := parameter("rstd")
	parts := func() (g, h *expression) {
		return mul(from("dy"), from("gain")), mul(sub(from("x"), parameter("mean")), rstd)
	}
	l := k.loop()
	g, h := parts()
	a := div(l.sum(g), parameter("count"))
	b := div(l.sum(mul(g, h)), parameter("count"))
	g, h = parts()
	k.loop().store("dx", add(from("dx"), mul(sub(sub(g, a), mul(h, b)), rstd)))
	return k
}

func normGain() *kernel {
	h := mul(sub(from("x"), parameter("mean")), parameter("rstd"))
	return each("normGain", "(dgain, dy, x []float32, mean, rstd float32)", "dgain",
		add(from("dgain"), mul(h, from("dy"))))
}

func rmsNorm() *kernel {
	k := newKernel("rmsNorm", "(dst, x, gain []float32, eps, count float32) (rstd float32)")
	x := from("x")
	square := div(k.loop().sum(mul(x, x)), parameter("count"))
	rstd := div(number(1), apply(root, add(square, parameter("eps"))))
	k.loop().store("dst", mul(mul(from("x"), rstd), from("gain")))
	k.returns = []*expression{rstd}
	return k
}

func rmsNormBackward() *kernel {
	k := newKernel("rmsNormBackward", "(dx, dy, x, gain []float32, rstd, count float32)")
	rstd := parameter("rstd")
	parts := func() (g, h *expression) {
		return mul(from("dy"), from("gain")), mul(from("x"), rstd)
	}
	g, h := parts()
	b := div(k.loop().sum(mul(g, h)), parameter("count"))
	g, h = parts()
	k.loop().store("dx", add(from("dx"), mul(sub(g, mul(h, b)), rstd)))
	return k
}

func adamW() *kernel {
	k := newKernel("adamW", "(param, grad, m, v []float32, keep, scale, beta1, rest1, beta2, rest2, root, eps, rate float32)")
	g := mul(from("grad"), parameter("scale"))
	m := add(mul(from("m"), parameter("beta1")), mul(g, parameter("rest1")))
	v := add(mul(from("v"), parameter("beta2")), mul(mul(g, parameter("rest2")), g))
	divisor := add(mul(apply(root, v), parameter("root")), parameter("eps"))
	l := k.loop()
	l.store("m", m)
	l.store("v", v)
	l.store("param", sub(mul(from("param"), parameter("keep")), div(mul(m, parameter("rate")), divisor)))
	return k
}

// philox gives the random words of the counters from a scalar on.
func philox(counter *expression) *expression {
	state := apply(integerAddition, counter, &expression{op: counters})
	key := parameter("key")
	for round := range coef.PhiloxRounds {
		if round > 0 {
			key = apply(integerAddition, key, pair(coef.PhiloxStep))
		}
		upper := apply(bitXor, shift(shiftRight64, state, 32), key)
		state = apply(bitXor, apply(swapHalves, apply(wideProduct, state, pair(coef.PhiloxMultiplier))), upper)
	}
	return state
}

const dropoutParameters = ", counter, key uint64, threshold uint32, scale float32)"

// kept is what dropout leaves of a slice.
func kept(l *loop, slice string) *expression {
	l.step = parameter("counter")
	bits := shift(shiftRight, philox(l.step), 1)
	return apply(keep, bits, parameter("threshold"), mul(from(slice), parameter("scale")))
}

func dropout() *kernel {
	k := newKernel("dropout", "(dst, src []float32"+dropoutParameters)
	l := k.loop()
	l.store("dst", kept(l, "src"))
	return k
}

func dropoutBackward() *kernel {
	k := newKernel("dropoutBackward", "(dx, dy []float32"+dropoutParameters)
	l := k.loop()
	l.store("dx", add(from("dx"), kept(l, "dy")))
	return k
}

func rotate() *kernel {
	k := newKernel("rotate", "(a, b, cos, sin []float32)")
	a, b, cos, sin := from("a"), from("b"), from("cos"), from("sin")
	l := k.loop()
	l.store("a", sub(mul(a, cos), mul(b, sin)))
	l.store("b", add(mul(b, cos), mul(a, sin)))
	return k
}
