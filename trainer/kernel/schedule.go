package kernel

import (
	"math"
	"strconv"

	"trailblazer/api/env"
)

// Schedule is the learning rate of each step: it rises in a straight line from
// 0 over Warmup steps to Rate, and then stays, or falls along half a cosine to
// Floor at step Steps (Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent
// with Warm Restarts", 2017, without restarts).
type Schedule struct {
	// Kind is "constant", which is what empty stands for, or "cosine".
	Kind string `json:"kind,omitempty"`
	// Rate is the highest rate.
	Rate float32 `json:"rate"`
	// Warmup is how many steps it takes to rise; step Warmup is the first with
	// the full rate.
	Warmup int `json:"warmup,omitempty"`
	// Steps and Floor are the cosine's: where it ends, and the rate from there
	// on.
	Steps int     `json:"steps,omitempty"`
	Floor float32 `json:"floor,omitempty"`
}

// Validate reports what At can't work with. The error is a *env.FieldError whose
// field lies below path.
func (s Schedule) Validate(path string) error {
	number := func(x float32) string { return strconv.FormatFloat(float64(x), 'g', -1, 32) }
	finite := func(x float32) bool { return x >= 0 && !math.IsInf(float64(x), 0) }
	switch {
	case s.Kind != "" && s.Kind != "constant" && s.Kind != "cosine":
		return &env.FieldError{Field: path + ".kind", Value: strconv.Quote(s.Kind), Remedy: `give "constant" or "cosine"`}
	case !finite(s.Rate) || s.Rate == 0:
		return &env.FieldError{Field: path + ".rate", Value: number(s.Rate), Remedy: "give a learning rate above 0"}
	case s.Warmup < 0:
		return &env.FieldError{Field: path + ".warmup", Value: strconv.Itoa(s.Warmup), Remedy: "give a number of steps, or 0 for none"}
	case s.Kind == "cosine" && s.Steps <= s.Warmup:
		return &env.FieldError{Field: path + ".steps", Value: strconv.Itoa(s.Steps), Remedy: "give more steps than the warm-up has"}
	case !finite(s.Floor) || s.Floor > s.Rate:
		return &env.FieldError{Field: path + ".floor", Value: number(s.Floor), Remedy: "give a rate from 0 up to the highest"}
	}
	return nil
}

// At is the rate of a step, counted from 1.
func (s Schedule) At(step int) float32 {
	switch {
	case step < s.Warmup:
		return s.Rate * float32(step) / float32(s.Warmup)
	case s.Kind != "cosine":
		return s.Rate
	case step >= s.Steps:
		return s.Floor
	}
	done := float64(step-s.Warmup) / float64(s.Steps-s.Warmup)
	return s.Floor + (s.Rate-s.Floor)*float32((1+math.Cos(math.Pi*done))/2)
}
