package tune

import (
	"fmt"
	"math"
)

// Parameter is a number that is looked for.
type Parameter struct {
	Name string
	// Mean and SD are those of the distribution that the search begins with.
	Mean, SD float64
	// Low and High bound it; both 0 stand for no bounds.
	Low, High float64
}

// Problem is what is searched.
type Problem struct {
	Parameters []Parameter
	// NewPlayer makes a player for one goroutine.
	NewPlayer func() (Player, error)
}

// Player tells what numbers cost.
type Player interface {
	// Cost plays the episode of a seed with these numbers, one for each
	// parameter. It depends on its arguments only; less is better.
	Cost(numbers []float64, seed uint64) (float64, error)
}

func (p *Problem) validate() error {
	if len(p.Parameters) == 0 {
		return fmt.Errorf("tune: nothing to tune: the problem has no parameters")
	}
	for _, q := range p.Parameters {
		if !(q.SD > 0) || math.IsInf(q.SD, 0) || !(math.Abs(q.Mean) < math.Inf(1)) {
			return fmt.Errorf("tune: parameter %s begins at %v with deviation %v; give finite numbers and a deviation above 0", q.Name, q.Mean, q.SD)
		}
		if q.bounded() && !(q.Low <= q.Mean && q.Mean <= q.High) {
			return fmt.Errorf("tune: parameter %s begins at %v, which is not from %v to %v", q.Name, q.Mean, q.Low, q.High)
		}
	}
	return nil
}

func (p *Problem) names() []string {
	names := make([]string, len(p.Parameters))
	for i, q := range p.Parameters {
		names[i] = q.Name
	}
	return names
}

func (q *Parameter) bounded() bool { return q.Low != 0 || q.High != 0 }

func (q *Parameter) clamp(x float64) float64 {
	if !q.bounded() {
		return x
	}
	return min(max(x, q.Low), q.High)
}
