package tune

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"trailblazer/internal/splitmix"
)

// bowl costs the squared distance to a point, plus luck that depends on the
// episode alone, and a little that depends on both.
type bowl struct {
	bottom []float64
	played *atomic.Int64
}

func (b bowl) Cost(x []float64, seed uint64) (float64, error) {
	if b.played != nil {
		b.played.Add(1)
	}
	cost := float64(splitmix.Mix(seed, 0)>>11) / (1 << 53) * 10
	for i := range x {
		noise := (float64(splitmix.Mix(seed, uint64(i+1))>>11)/(1<<53) - 0.5) * 0.2
		cost += (x[i] - b.bottom[i] - noise) * (x[i] - b.bottom[i] - noise)
	}
	return cost, nil
}

func bowlProblem(bottom ...float64) Problem {
	p := Problem{NewPlayer: func() (Player, error) { return bowl{bottom: bottom}, nil }}
	for i := range bottom {
		p.Parameters = append(p.Parameters, Parameter{Name: string(rune('a' + i)), SD: 1})
	}
	return p
}

func TestSearchFindsTheBottom(t *testing.T) {
	r, err := Search(t.Context(), bowlProblem(2, -1, 0.5, 0), Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{2, -1, 0.5, 0} {
		if math.Abs(r.Numbers[i]-want) > 0.05 {
			t.Errorf("%s: %v, want %v", r.Names[i], r.Numbers[i], want)
		}
	}
	if drop := r.FirstCost - r.Cost; math.Abs(drop-5.25) > 0.2 {
		t.Errorf("the cost fell by %v, want about 5.25", drop)
	}
}

func TestSearchKeepsBounds(t *testing.T) {
	p := bowlProblem(2, 2)
	p.Parameters[0].Low, p.Parameters[0].High = -1, 1
	r, err := Search(t.Context(), p, Options{Generations: 30})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Numbers[0]; got > 1 || got < 0.9 {
		t.Errorf("a bounded by 1 is %v", got)
	}
}

// search runs a short search and returns its result and last state as text.
func search(t *testing.T, o Options) string {
	t.Helper()
	var last *State
	o.Candidates, o.Episodes, o.Seed = 12, 3, 5
	o.Save = func(s *State) error { last = s; return nil }
	r, err := Search(t.Context(), bowlProblem(1, 2, 3), o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]any{r, last})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWorkersChangeNothing(t *testing.T) {
	want := search(t, Options{Generations: 6, Workers: 1})
	for _, workers := range []int{2, 7} {
		if got := search(t, Options{Generations: 6, Workers: workers}); got != want {
			t.Errorf("%d workers:\n got %s\nwant %s", workers, got, want)
		}
	}
}

func TestResumeGoesOnAsIfNothingHadHappened(t *testing.T) {
	want := search(t, Options{Generations: 6})
	var saved []byte
	ctx, stop := context.WithCancel(t.Context())
	r, err := Search(ctx, bowlProblem(1, 2, 3), Options{
		Candidates: 12, Episodes: 3, Seed: 5, Generations: 6,
		Save: func(s *State) (err error) {
			if s.Generations() == 2 {
				stop()
			}
			saved, err = json.Marshal(s)
			return err
		},
	})
	if !errors.Is(err, context.Canceled) || r == nil || r.Generations != 2 || !math.IsNaN(r.Cost) || len(r.Numbers) != 3 {
		t.Fatalf("a stopped search returned %+v, %v", r, err)
	}
	state := new(State)
	if err := json.Unmarshal(saved, state); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r.Numbers, state.Means[2]) {
		t.Errorf("stopped with %v, saved %v", r.Numbers, state.Means[2])
	}
	if got := search(t, Options{Generations: 6, Resume: state}); got != want {
		t.Errorf("resumed:\n got %s\nwant %s", got, want)
	}
}

func TestProgressCountsAndEpisodesArePlayedOnce(t *testing.T) {
	var played atomic.Int64
	p := Problem{Parameters: []Parameter{{Name: "a", SD: 1}}, NewPlayer: func() (Player, error) {
		return bowl{bottom: []float64{1}, played: &played}, nil
	}}
	var seen []int
	_, err := Search(t.Context(), p, Options{
		Candidates: 5, Generations: 4, Episodes: 3, Finalists: 2, Validation: 7,
		Progress: func(g Generation) {
			seen = append(seen, g.Number)
			if g.Total != 4 || g.Best > g.Elite || g.Elite > g.Mean || !(g.Spread > 0) {
				t.Errorf("progress %+v", g)
			}
		},
	})
	if err != nil || !reflect.DeepEqual(seen, []int{1, 2, 3, 4}) {
		t.Errorf("progress of generations %v, %v", seen, err)
	}
	if want := int64(4*5*3 + 3*7); played.Load() != want {
		t.Errorf("%d episodes were played, want %d", played.Load(), want)
	}
}

// TestSpread: a narrow search begins and stays nearer to where it begins, and one
// that was saved before there was a choice goes on.
func TestSpread(t *testing.T) {
	var last *State
	options := Options{Generations: 1, Save: func(s *State) error { last = s; return nil }}
	distance := func(spread float64) float64 {
		options.Spread = spread
		result, err := Search(t.Context(), bowlProblem(1), options)
		if err != nil {
			t.Fatal(err)
		}
		if last.SDs[0][0] != spread {
			t.Errorf("spread %v: the first deviation is %v", spread, last.SDs[0][0])
		}
		return math.Abs(result.Numbers[0] - last.Means[0][0])
	}
	if near, far := distance(0.25), distance(1); near >= far/2 {
		t.Errorf("the first generation went %v, and %v where it was drawn four times as far", near, far)
	}
	last.Options.Spread = 0
	if _, err := Search(t.Context(), bowlProblem(1), Options{Generations: 2, Resume: last}); err != nil {
		t.Error(err)
	}
}

func TestSearchRefuses(t *testing.T) {
	state := func(change func(*State)) *State {
		var last *State
		if _, err := Search(t.Context(), bowlProblem(1), Options{Generations: 1, Save: func(s *State) error { last = s; return nil }}); err != nil {
			t.Fatal(err)
		}
		change(last)
		return last
	}
	failed := errors.New("no such luck")
	for name, c := range map[string]struct {
		problem Problem
		options Options
		want    string
	}{
		"no parameters":   {Problem{}, Options{}, "no parameters"},
		"no deviation":    {Problem{Parameters: []Parameter{{Name: "a"}}}, Options{}, "parameter a begins at 0 with deviation 0"},
		"outside":         {Problem{Parameters: []Parameter{{Name: "a", SD: 1, Mean: 3, Low: 1, High: 2}}}, Options{}, "not from 1 to 2"},
		"elites":          {bowlProblem(1), Options{Candidates: 4, Elites: 5}, "elites: 5"},
		"generations":     {bowlProblem(1), Options{Generations: -1}, "generations: -1"},
		"spread":          {bowlProblem(1), Options{Spread: -1}, "spread: -1"},
		"other spread":    {bowlProblem(1), Options{Spread: 0.5, Resume: state(func(*State) {})}, "the saved search has the options"},
		"smoothing":       {bowlProblem(1), Options{Smoothing: 2}, "smoothing: 2"},
		"other names":     {bowlProblem(1), Options{Resume: state(func(s *State) { s.Names[0] = "b" })}, `parameters ["b"]`},
		"other options":   {bowlProblem(1), Options{Seed: 9, Resume: state(func(*State) {})}, "the saved search has the options"},
		"missing numbers": {bowlProblem(1), Options{Resume: state(func(s *State) { s.SDs[1] = nil })}, "in generation 1"},
		"player":          {Problem{Parameters: bowlProblem(1).Parameters, NewPlayer: func() (Player, error) { return nil, failed }}, Options{}, failed.Error()},
		"cost":            {Problem{Parameters: bowlProblem(1).Parameters, NewPlayer: func() (Player, error) { return broken{failed}, nil }}, Options{}, failed.Error()},
		"save":            {bowlProblem(1), Options{Save: func(*State) error { return failed }}, failed.Error()},
	} {
		if _, err := Search(t.Context(), c.problem, c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}

type broken struct{ err error }

func (b broken) Cost([]float64, uint64) (float64, error) { return 0, b.err }
