package model

import (
	"math"
	"math/rand/v2"
)

// Pick chooses one of the logits of a session, by its place in the batch. For
// stages a negative place stands for none.
type Pick func(session int, logits []float32) int

// Chooser says how decisions are taken from logits. The zero value takes the
// highest.
type Chooser struct {
	// Choice picks a choice or a stage, Executors a number of executors, whose
	// logits begin with those of one executor. Nil stands for Argmax.
	Choice, Executors Pick
}

// Argmax picks the highest logit, the first of several.
func Argmax(_ int, logits []float32) int {
	best := 0
	for i, x := range logits {
		if x > logits[best] {
			best = i
		}
	}
	return best
}

// Mean picks the mean place under the softmax, rounded: for logits whose places
// are a number, such as of executors.
func Mean(_ int, logits []float32) int {
	sum, moment := 0.0, 0.0
	highest := float64(logits[Argmax(0, logits)])
	for i, x := range logits {
		p := math.Exp(float64(x) - highest)
		sum += p
		moment += float64(i) * p
	}
	return min(int(moment/sum+0.5), len(logits)-1)
}

// Sample picks by the softmax of logits over a temperature, with each session's
// own random numbers: one for each pick.
func Sample(temperature float64, randoms []*rand.Rand) Pick {
	return func(session int, logits []float32) int {
		highest, sum := float64(logits[Argmax(0, logits)]), 0.0
		weight := func(x float32) float64 { return math.Exp((float64(x) - highest) / temperature) }
		for _, x := range logits {
			sum += weight(x)
		}
		at := randoms[session].Float64() * sum
		for i, x := range logits {
			if at -= weight(x); at < 0 {
				return i
			}
		}
		return Argmax(session, logits)
	}
}

func (p Pick) pick(session int, logits []float32) int {
	if p == nil {
		return Argmax(session, logits)
	}
	return p(session, logits)
}
