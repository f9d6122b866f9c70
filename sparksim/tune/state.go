package tune

import (
	"encoding/json"
	"fmt"
	"slices"
)

// State is a search after some of its generations.
type State struct {
	// Options are those that decide results.
	Options Options `json:"options"`
	// Names are the parameters, Means and SDs their distributions before the
	// first generation and after each.
	Names []string    `json:"names"`
	Means [][]float64 `json:"means"`
	SDs   [][]float64 `json:"sds"`
}

// Generations is how many are done.
func (s *State) Generations() int { return len(s.Means) - 1 }

// begin is the state of a search before its first generation.
func begin(p *Problem, o Options) *State {
	s := &State{Options: o, Names: p.names()}
	mean, sd := make([]float64, len(p.Parameters)), make([]float64, len(p.Parameters))
	for i, q := range p.Parameters {
		mean[i], sd[i] = q.Mean, q.SD*o.Spread
	}
	s.Means, s.SDs = append(s.Means, mean), append(s.SDs, sd)
	return s
}

// resume continues from a state if it is one of the same search. A search may
// be resumed for more generations, which changes the validation's episodes.
func resume(from *State, p *Problem, o Options) (*State, error) {
	if !slices.Equal(from.Names, p.names()) {
		return nil, fmt.Errorf("tune: the saved search is for the parameters %q, this one for %q: begin anew", from.Names, p.names())
	}
	same := func(o Options) string {
		o = o.withDefaults() // older files lack what came later
		o.Generations, o.Finalists, o.Validation = 0, 0, 0
		text, _ := json.Marshal(o)
		return string(text)
	}
	if was, is := same(from.Options), same(o); was != is {
		return nil, fmt.Errorf("tune: the saved search has the options %s, this one %s: give the same, or begin anew", was, is)
	}
	if len(from.Means) == 0 || len(from.Means) != len(from.SDs) {
		return nil, fmt.Errorf("tune: the saved search has %d means and %d deviations: begin anew", len(from.Means), len(from.SDs))
	}
	for k := range from.Means {
		if len(from.Means[k]) != len(p.Parameters) || len(from.SDs[k]) != len(p.Parameters) {
			return nil, fmt.Errorf("tune: the saved search has other than %d numbers in generation %d: begin anew", len(p.Parameters), k)
		}
	}
	return &State{Options: o, Names: from.Names, Means: slices.Clone(from.Means), SDs: slices.Clone(from.SDs)}, nil
}
