package numpyrand

import (
	"math/big"
	"sync"
)

// layers are the 256 layers of equal area under exp(-x): layer i reaches to an
// abscissa, the last one to where the tail begins, and layer 0 is the tail with
// the rectangle below it.
type layers struct {
	// width scales a draw of 53 bits to the layer, inside is the draw below
	// which it lies under the curve for sure, height is the curve at its end.
	width, height [256]float64
	inside        [256]uint64
	tail          float64
}

// tail is where 256 layers leave the tail to begin: the solution of the
// recursion below that makes the first layer end at height 1.
const tail = "7.69711747013104971404462804801521549911396864005534161740922"

// precision of the computation, in bits: every rounded result is exact.
const precision = 160

// newLayers computes the layers: abscissa i follows from the next one, as the
// area between them is the tail's.
var newLayers = sync.OnceValue(func() *layers {
	l := new(layers)
	x := number().SetInt64(0)
	x.SetString(tail)
	l.tail, _ = x.Float64()
	scale := number().SetMantExp(number().SetInt64(1), 53)
	curve := exp(number().Neg(x))
	// The area: the tail's exp(-r), and the rectangle r exp(-r) below it.
	area := number().Mul(curve, number().Add(x, number().SetInt64(1)))
	base := number().Quo(area, curve)
	l.width[0], _ = number().Quo(base, scale).Float64()
	l.inside[0], _ = number().Mul(number().Quo(x, base), scale).Uint64()
	l.height[0] = 1
	for i := 255; i >= 1; i-- {
		l.width[i], _ = number().Quo(x, scale).Float64()
		l.height[i], _ = curve.Float64()
		if i == 1 {
			break // Layer 1 has no part that is inside for sure.
		}
		curve = number().Add(curve, number().Quo(area, x))
		before := number().Neg(log(curve))
		l.inside[i], _ = number().Mul(number().Quo(before, x), scale).Uint64()
		x = before
	}
	return l
})

func number() *big.Float { return new(big.Float).SetPrec(precision) }

// exp is the exponential function: its series for x/2¹⁶, squared 16 times.
func exp(x *big.Float) *big.Float {
	const halvings = 16
	small := number().SetMantExp(x, -halvings)
	sum, term := number().SetInt64(1), number().SetInt64(1)
	for i := int64(1); i < 20; i++ {
		term.Quo(term.Mul(term, small), number().SetInt64(i))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// log is the natural logarithm of a number from 1/4096 to 1, by Halley's
// iteration y + 2 (x-e^y)/(x+e^y), which triples the digits.
func log(x *big.Float) *big.Float {
	y := number().SetInt64(0)
	for range 16 {
		e := exp(y)
		step := number().Quo(number().Sub(x, e), number().Add(x, e))
		y.Add(y, step.Add(step, step))
	}
	return y
}
