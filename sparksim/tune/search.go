package tune

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// Result is what a search found.
type Result struct {
	Names   []string
	Numbers []float64
	// Cost is that of Numbers on the episodes of the validation, FirstCost
	// that of the numbers that the search began with.
	Cost, FirstCost float64
	// Generations is how many were played.
	Generations int
}

// Search looks for the numbers that cost least. Results depend on the problem
// and the options alone. When ctx ends, Search returns the mean of the last
// complete generation, not validated (its costs are NaN), and ctx's error.
func Search(ctx context.Context, problem Problem, options Options) (*Result, error) {
	if err := problem.validate(); err != nil {
		return nil, err
	}
	o := options.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	state := begin(&problem, o)
	if o.Resume != nil {
		var err error
		if state, err = resume(o.Resume, &problem, o); err != nil {
			return nil, err
		}
	}
	team, err := newTeam(problem.NewPlayer, o.Workers)
	if err != nil {
		return nil, err
	}
	for state.Generations() < o.Generations {
		report, err := state.advance(ctx, team, &problem)
		if err != nil {
			return state.unfinished(ctx, err)
		}
		if o.Progress != nil {
			o.Progress(report)
		}
		if o.Save != nil {
			if err := o.Save(state); err != nil {
				return nil, err
			}
		}
	}
	result, err := state.validate(ctx, team)
	if err != nil {
		return state.unfinished(ctx, err)
	}
	return result, nil
}

// unfinished is the result of a search that err has ended.
func (s *State) unfinished(ctx context.Context, err error) (*Result, error) {
	if ctx.Err() == nil {
		return nil, err
	}
	return &Result{
		Names: s.Names, Numbers: s.Means[len(s.Means)-1], Cost: math.NaN(), FirstCost: math.NaN(), Generations: s.Generations(),
	}, err
}

// advance plays one generation.
func (s *State) advance(ctx context.Context, team team, problem *Problem) (Generation, error) {
	o, at := &s.Options, s.Generations()
	mean, sd := s.Means[at], s.SDs[at]
	draw := rand.New(rand.NewPCG(o.Seed, uint64(at)))
	candidates := make([][]float64, o.Candidates)
	for i := range candidates {
		candidates[i] = make([]float64, len(mean))
		for k := range mean {
			candidates[i][k] = problem.Parameters[k].clamp(mean[k] + float64(sd[k]*draw.NormFloat64()))
		}
	}
	costs, err := team.costs(ctx, candidates, o.episode(at, 0), o.Episodes)
	if err != nil {
		return Generation{}, err
	}
	// The order of equals is that of their drawing.
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if costs[a] < costs[b] {
			return -1
		} else if costs[a] > costs[b] {
			return 1
		}
		return 0
	})
	report := Generation{Number: at + 1, Total: o.Generations, Best: costs[order[0]], Mean: average(costs)}
	elites := order[:o.Elites]
	for _, i := range elites {
		report.Elite += costs[i] / float64(len(elites))
	}
	nextMean, nextSD := make([]float64, len(mean)), make([]float64, len(mean))
	for k := range mean {
		values := make([]float64, len(elites))
		for i, e := range elites {
			values[i] = candidates[e][k]
		}
		m, d := average(values), deviation(values, mean[k])
		nextMean[k] = mean[k] + float64(o.Smoothing*(m-mean[k]))
		first := s.SDs[0][k]
		nextSD[k] = max(sd[k]+float64(o.Smoothing*(d-sd[k])), o.Floor*first)
		report.Spread += nextSD[k] / first / float64(len(mean))
	}
	s.Means, s.SDs = append(s.Means, nextMean), append(s.SDs, nextSD)
	return report, nil
}

// validate chooses among the last means.
func (s *State) validate(ctx context.Context, team team) (*Result, error) {
	o := &s.Options
	finalists := [][]float64{s.Means[0]}
	finalists = append(finalists, s.Means[max(1, len(s.Means)-o.Finalists):]...)
	costs, err := team.costs(ctx, finalists, o.episode(o.Generations, 0), o.Validation)
	if err != nil {
		return nil, err
	}
	best := 1
	for i := 2; i < len(costs); i++ {
		if costs[i] < costs[best] {
			best = i
		}
	}
	return &Result{Names: s.Names, Numbers: finalists[best], Cost: costs[best], FirstCost: costs[0], Generations: s.Generations()}, nil
}

func average(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// deviation is how far values are from where they were drawn around. Taken
// around their own mean it would shrink with every step that the search makes,
// and stop it half way. (Hansen, "The CMA evolution strategy: a tutorial",
// 2016, section 3.1.)
func deviation(x []float64, center float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64((v - center) * (v - center))
	}
	return math.Sqrt(sum / float64(len(x)))
}
