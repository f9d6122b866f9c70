package tune

import (
	"fmt"
	"runtime"
)

// Options say how long and how carefully to search. Zeros stand for the
// defaults that are named.
type Options struct {
	// Candidates are drawn per generation (40), of which the Elites (a
	// quarter) shape the next.
	Candidates int `json:"candidates"`
	Elites     int `json:"elites"`
	// Generations is their number (65), Episodes how many each candidate
	// plays in one (8).
	Generations int `json:"generations"`
	Episodes    int `json:"episodes"`
	// Spread is how far the first generation is drawn, in the deviations that the
	// parameters begin with (1): less where the search begins with good numbers.
	Spread float64 `json:"spread,omitempty"`
	// Smoothing is the weight of the elites against what was before, above 0
	// and up to 1 (0.4). Floor is the least deviation, as a share of the
	// first (0.05).
	Smoothing float64 `json:"smoothing"`
	Floor     float64 `json:"floor"`
	// Finalists are the last means (8) that are compared on Validation
	// episodes (40).
	Finalists  int `json:"finalists"`
	Validation int `json:"validation"`
	// Seed is that of the draws. Episodes have the seeds from FirstEpisode
	// (10000) on: first those of the generations, then those of the
	// validation.
	Seed         uint64 `json:"seed"`
	FirstEpisode uint64 `json:"first_episode"`

	// Workers is how many episodes are played at once; 0 stands for one per
	// core. It changes no result.
	Workers int `json:"-"`
	// Progress, if there is one, is called after every generation.
	Progress func(Generation) `json:"-"`
	// Save, if there is one, is called after every generation with what
	// Resume takes. Its error ends the search.
	Save func(*State) error `json:"-"`
	// Resume is where to go on; nil begins anew.
	Resume *State `json:"-"`
}

// Generation tells how a search is getting on.
type Generation struct {
	// Number counts from 1 to Total.
	Number, Total int
	// Best and Elite are the cost of the best candidate and the mean cost of
	// the elites, on the generation's own episodes; Mean is that of all.
	Best, Elite, Mean float64
	// Spread is the mean deviation, as a share of the first.
	Spread float64
}

func (o Options) withDefaults() Options {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&o.Candidates, 40)
	set(&o.Elites, max(1, o.Candidates/4))
	set(&o.Generations, 65)
	set(&o.Episodes, 8)
	set(&o.Finalists, 8)
	set(&o.Validation, 40)
	set(&o.Workers, runtime.GOMAXPROCS(0))
	if o.Spread == 0 {
		o.Spread = 1
	}
	if o.Smoothing == 0 {
		o.Smoothing = 0.4
	}
	if o.Floor == 0 {
		o.Floor = 0.05
	}
	if o.FirstEpisode == 0 {
		o.FirstEpisode = 10000
	}
	return o
}

// validate reports what is out of range, once defaults are filled in.
func (o *Options) validate() error {
	for _, field := range []struct {
		name       string
		value, low int
	}{
		{"candidates", o.Candidates, 2}, {"elites", o.Elites, 1}, {"generations", o.Generations, 1}, {"episodes", o.Episodes, 1},
		{"finalists", o.Finalists, 1}, {"validation", o.Validation, 1}, {"workers", o.Workers, 1},
	} {
		if most := 1 << 20; field.value < field.low || field.value > most {
			return fmt.Errorf("tune: %s: %d is not from %d to %d", field.name, field.value, field.low, most)
		}
	}
	if o.Elites > o.Candidates {
		return fmt.Errorf("tune: elites: %d are more than the %d candidates", o.Elites, o.Candidates)
	}
	if !(o.Spread > 0 && o.Spread <= 100) {
		return fmt.Errorf("tune: spread: %v is not above 0 and up to 100", o.Spread)
	}
	if !(o.Smoothing > 0 && o.Smoothing <= 1) {
		return fmt.Errorf("tune: smoothing: %v is not above 0 and up to 1", o.Smoothing)
	}
	if !(o.Floor >= 0 && o.Floor <= 1) {
		return fmt.Errorf("tune: floor: %v is not from 0 to 1", o.Floor)
	}
	return nil
}

// episode is the seed of an episode of a generation, from 0.
func (o *Options) episode(generation, k int) uint64 {
	return o.FirstEpisode + uint64(generation*o.Episodes+k)
}
