package feature

import (
	"math"

	"trailblazer/api/env"
)

// scaler turns measured numbers into inputs, one after another.
type scaler struct {
	numbers []Number
	// perUnit is 1/Log, or 0 for a linear scale.
	perUnit, mean, factor []float64
	clip                  float64
}

func newScaler(numbers []Number, clip float64) scaler {
	s := scaler{numbers: numbers, clip: clip}
	if clip == 0 {
		s.clip = math.MaxFloat32
	}
	for _, n := range numbers {
		perUnit := 0.0
		if n.Log > 0 {
			perUnit = 1 / n.Log
		}
		s.perUnit, s.mean, s.factor = append(s.perUnit, perUnit), append(s.mean, n.Mean), append(s.factor, 1/orOne(n.Std))
	}
	return s
}

// scale is input i of a measured x; NaN stays NaN.
func (s *scaler) scale(i int, x float64) float32 {
	if u := s.perUnit[i]; u > 0 {
		x = math.Copysign(math.Log1p(math.Abs(x)*u), x)
	}
	x = float64(x-s.mean[i]) * s.factor[i]
	if x > s.clip {
		x = s.clip
	} else if x < -s.clip {
		x = -s.clip
	}
	return float32(x)
}

// check reports the first of some inputs that is NaN.
func (s *scaler) check(inputs []float32) error {
	sum := float32(0)
	for _, x := range inputs {
		sum += x * 0 // NaN stays.
	}
	if sum == 0 {
		return nil
	}
	for i, x := range inputs {
		if x != x {
			return &env.FieldError{Field: "observation." + s.numbers[i].Name, Value: "NaN", Remedy: "give a number: a model can't do without one"}
		}
	}
	return nil
}
