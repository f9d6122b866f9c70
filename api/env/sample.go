package env

import (
	"math"
	"math/rand/v2"
)

// Sample writes a random value of the leaves to environment i: uniform between
// two bounds, exponential beyond one, normal where there is none, as
// Gymnasium's sample does. A ragged leaf gets up to eight rows.
func Sample(values Arrays, i int, random *rand.Rand) {
	for k := range values {
		a := &values[k]
		elements := a.Leaf.Elements()
		if a.Leaf.Ragged {
			elements *= random.IntN(9)
		}
		switch a.Leaf.DType {
		case Int64:
			fillIntegers(sampleRow[int64](a, i, elements), a.Leaf, random)
		case Int32:
			fillIntegers(sampleRow[int32](a, i, elements), a.Leaf, random)
		case Int8:
			fillIntegers(sampleRow[int8](a, i, elements), a.Leaf, random)
		case Uint8, Bool:
			fillIntegers(sampleRow[uint8](a, i, elements), a.Leaf, random)
		case Float32:
			fillFloats(sampleRow[float32](a, i, elements), a.Leaf, random)
		case Float64:
			fillFloats(sampleRow[float64](a, i, elements), a.Leaf, random)
		}
	}
}

func sampleRow[T Element](a *Array, i, elements int) []T {
	if a.Leaf.Ragged {
		return ResizeRow[T](a, i, elements/a.Leaf.Elements())
	}
	return Row[T](a, i)
}

func fillIntegers[T int8 | uint8 | int32 | int64](row []T, leaf *Leaf, random *rand.Rand) {
	elements := leaf.Elements()
	for j := range row {
		low, high := boundAt(leaf.Low, j%elements), boundAt(leaf.High, j%elements)
		row[j] = T(int64(low) + random.Int64N(int64(high)-int64(low)+1))
	}
}

func fillFloats[T float32 | float64](row []T, leaf *Leaf, random *rand.Rand) {
	elements := leaf.Elements()
	for j := range row {
		low, high := boundAt(leaf.Low, j%elements), boundAt(leaf.High, j%elements)
		switch below, above := math.IsInf(low, -1), math.IsInf(high, 1); {
		case below && above:
			row[j] = T(random.NormFloat64())
		case below:
			row[j] = T(high - random.ExpFloat64())
		case above:
			row[j] = T(low + random.ExpFloat64())
		default:
			// Rounding to T may step over a bound.
			row[j] = min(max(T(low+random.Float64()*(high-low)), T(low)), T(high))
		}
	}
}
