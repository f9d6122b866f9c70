package rl

import (
	"slices"

	"trailblazer/internal/jsonconfig"
)

// GroupBaseline is the advantage of each step over the copies that play the same
// episode: what the rest of the episode brings, less the mean of what it brings
// all copies from the same time on. Where inputs that no action changes (jobs
// that arrive, a network's bandwidth) move returns far more than actions do, all
// copies share them, and their noise goes (Mao et al., "Variance Reduction for
// Reinforcement Learning in Input-Driven Environments", 2019; Decima learns by
// it). A step's own copy is part of the mean, as in their code; that shrinks all
// advantages of a group by the same share.
//
// Copies are sequences of equal Number. Time is Clock, between whose values a
// copy's returns are joined by straight lines, or, without one, the number of
// the step. Before a copy's first step its return is that of the first; behind
// its last it is 0, for nothing follows. So whole episodes are needed: pieces
// are refused.
func GroupBaseline(e *Experience, gamma float64) (advantages []float32, err error) {
	for s := range e.Sequences() {
		if !e.Ended[s] || len(e.Times) > 0 && e.Times[e.Offsets[s]] != 0 {
			return nil, jsonconfig.Refuse("baseline", `"group", of pieces of episodes`, `collect whole episodes (steps 0), or use the baseline "critic"`)
		}
	}
	returns := returnsToGo(e, gamma)
	clock := func(t int32) float64 { return e.Clock[t] }
	if len(e.Clock) == 0 {
		first := make([]int32, e.Len())
		for s := range e.Sequences() {
			for t := e.Offsets[s]; t < e.Offsets[s+1]; t++ {
				first[t] = e.Offsets[s]
			}
		}
		clock = func(t int32) float64 { return float64(t - first[t]) }
	}
	groups, order := map[uint64][]int{}, []uint64(nil)
	for s, number := range e.Number {
		if groups[number] == nil {
			order = append(order, number)
		}
		groups[number] = append(groups[number], s)
	}
	advantages = make([]float32, e.Len())
	for _, number := range order {
		groupAdvantages(e, groups[number], clock, returns, advantages)
	}
	return advantages, nil
}

// groupAdvantages writes those of one group of sequences.
func groupAdvantages(e *Experience, group []int, clock func(int32) float64, returns []float64, advantages []float32) {
	var steps []int32
	for _, s := range group {
		for t := e.Offsets[s]; t < e.Offsets[s+1]; t++ {
			steps = append(steps, t)
		}
	}
	// By time, so that one walk through each copy answers for all steps.
	slices.SortStableFunc(steps, func(a, b int32) int {
		switch x, y := clock(a), clock(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	sums := make([]float64, len(steps))
	for _, s := range group {
		low, high := e.Offsets[s], e.Offsets[s+1]
		at := low // the first step that is not before the time asked for
		for i, t := range steps {
			time := clock(t)
			for at < high && clock(at) < time {
				at++
			}
			switch {
			case at == high:
			case at == low || clock(at) == time:
				sums[i] += returns[at]
			default:
				share := (time - clock(at-1)) / (clock(at) - clock(at-1))
				sums[i] += returns[at-1] + float64(share*(returns[at]-returns[at-1]))
			}
			// Of several steps at one time a copy's own counts for itself.
			if at < high && clock(at) == time && t >= low && t < high {
				sums[i] += returns[t] - returns[at]
			}
		}
	}
	for i, t := range steps {
		advantages[t] = float32(returns[t] - sums[i]/float64(len(group)))
	}
}
