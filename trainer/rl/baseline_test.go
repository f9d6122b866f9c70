package rl

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/api/env"
)

// TestGroupBaselineNaive compares with a search through each copy for each step.
func TestGroupBaselineNaive(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for _, clocked := range []bool{false, true} {
		e := randomExperience(r, 12)
		for s := range e.Number {
			e.Number[s] = uint64(s/3) * 7
		}
		times := make([]float64, e.Len())
		for s := range e.Sequences() {
			time := 0.0
			for i := e.Offsets[s]; i < e.Offsets[s+1]; i++ {
				times[i] = time
				// Some steps are at the same time.
				time += float64(r.IntN(3))
				if !clocked {
					times[i] = float64(i - e.Offsets[s])
				}
			}
		}
		if clocked {
			e.Clock = times
		}
		const gamma = 0.9
		got, err := GroupBaseline(e, gamma)
		if err != nil {
			t.Fatal(err)
		}
		returns := returnsToGo(e, gamma)
		// at is a copy's return from a time on.
		at := func(s int, time float64, own int32) float64 {
			low, high := e.Offsets[s], e.Offsets[s+1]
			if own >= low && own < high {
				return returns[own]
			}
			for i := low; i < high; i++ {
				switch {
				case times[i] == time, times[i] > time && i == low:
					return returns[i]
				case times[i] > time:
					share := (time - times[i-1]) / (times[i] - times[i-1])
					return (1-share)*returns[i-1] + share*returns[i]
				}
			}
			return 0
		}
		for s := range e.Sequences() {
			for i := e.Offsets[s]; i < e.Offsets[s+1]; i++ {
				mean := 0.0
				for copy := s / 3 * 3; copy < s/3*3+3; copy++ {
					mean += at(copy, times[i], i) / 3
				}
				if want := returns[i] - mean; math.Abs(float64(got[i])-want) > 1e-5 {
					t.Fatalf("seed %d, clock %v: sequence %d, step %d: %v, want %v", seed, clocked, s, i-e.Offsets[s], got[i], want)
				}
			}
		}
	}
}

func TestGroupBaselineOfPieces(t *testing.T) {
	e := randomExperience(rand.New(rand.NewPCG(1, 1)), 3)
	e.Ended[1] = false
	var field *env.FieldError
	if _, err := GroupBaseline(e, 1); !errors.As(err, &field) || field.Field != "baseline" {
		t.Errorf("pieces of episodes: %v", err)
	}
}
