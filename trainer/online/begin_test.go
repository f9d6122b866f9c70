package online_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/online"
)

// TestDeviationsBeginAnew: how far values that are tried out spread is what the
// config says, whatever the run has learned whose weights are taken.
func TestDeviationsBeginAnew(t *testing.T) {
	s := newStage(t)
	dir := filepath.Join(t.TempDir(), "first")
	check(t, trainIn(context.Background(), t, s, dir, small(t, "cc-ppo", `{}`), 1, nil))
	for change, want := range map[string]float64{
		`{"model": {"task": {"head": {"std": 1.5}}}}`: 1.5,
		`{"model": {"task": {"head": {"std": 0}}}, "expert": "oracle", "stages": [{"algorithm": "dagger", "iterations": 1, "updates": 1, "batch": 8}]}`: 0,
	} {
		compute, err := kernel.NewCompute(kernel.Options{Backend: "go"})
		check(t, err)
		trainer, err := online.Open(context.Background(), t.TempDir(), &online.Setup{Config: small(t, "cc-ppo", change), World: s.world, Compute: compute, Init: dir})
		check(t, err)
		got := 0.0
		if p := trainer.Model.LogStd(0); p != nil {
			got = math.Exp(float64(p.Value[0]))
		}
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("the deviation is %v at first, want %v", got, want)
		}
		check(t, trainer.Close())
	}
}

// assessor notes what an expert says of the beginnings of episodes, and how often
// it is asked about the rest of those that can bring less than least.
type assessor struct {
	env.Expert
	mu     *sync.Mutex
	values *[]float64
	dead   *int
	least  float64
	first  float64
	asked  int
}

func (a *assessor) Reset(seed uint64) {
	a.asked = 0
	a.Expert.Reset(seed)
}

func (a *assessor) Label(in *env.Batch, row int, action env.Arrays) (float64, []float64, error) {
	value, advantage, err := a.Expert.Label(in, row, action)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked == 0 {
		a.first = value
		*a.values = append(*a.values, value)
	} else if a.first < a.least {
		*a.dead++
	}
	a.asked++
	return value, advantage, err
}

// TestDeadEpisodesAreNotMeasured: scales are those of episodes that are learned
// from.
func TestDeadEpisodesAreNotMeasured(t *testing.T) {
	s := newStage(t)
	var mu sync.Mutex
	var values []float64
	var dead int
	measured := func(least float64) {
		c := small(t, "hindsight", `{"normalise": 20}`)
		c.LeastValue = &least
		values, dead = nil, 0
		s.around = func(e env.Expert) env.Expert {
			return &assessor{Expert: e, mu: &mu, values: &values, dead: &dead, least: least}
		}
		compute, err := kernel.NewCompute(kernel.Options{Backend: "go"})
		check(t, err)
		trainer, err := online.Open(context.Background(), t.TempDir(), &online.Setup{Config: c, World: s.world, Compute: compute})
		check(t, err)
		check(t, trainer.Close())
	}
	measured(-1e9)
	if len(values) < 2 {
		t.Fatalf("only %d episodes were seen", len(values))
	}
	slices.Sort(values)
	measured(values[len(values)/2])
	if dead > 0 {
		t.Errorf("%d states of dead episodes were labelled", dead)
	}
}

// stopper ends a run while its expert is asked.
type stopper struct {
	env.Expert
	asked *int
	stop  func(asked int)
}

func (s *stopper) Label(in *env.Batch, row int, action env.Arrays) (float64, []float64, error) {
	*s.asked++
	s.stop(*s.asked)
	return s.Expert.Label(in, row, action)
}

// TestLabelledPiecesAreInterrupted: who stops a run does not wait until an expert
// has labelled a whole piece.
func TestLabelledPiecesAreInterrupted(t *testing.T) {
	s := newStage(t)
	c := small(t, "bandwidth-mlp", `{"normalise": 0, "stages": [{"algorithm": "dagger", "iterations": 3, "steps": 20, "updates": 1, "batch": 8}]}`)
	whole, pieces := t.TempDir(), t.TempDir()
	asked, all := 0, 0
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	at := -1
	s.around = func(e env.Expert) env.Expert {
		return &stopper{e, &asked, func(asked int) {
			if asked == at {
				cancel()
			}
		}}
	}
	check(t, trainIn(context.Background(), t, s, whole, c, 1, nil))
	all, asked = asked, 0
	at = all/3 + 2*c.Environments + 1 // in the second of three pieces
	if err := trainIn(ctx, t, s, pieces, c, 1, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if asked > at+c.Environments {
		t.Errorf("%d more labels after the stop, in %d environments", asked-at, c.Environments)
	}
	check(t, trainIn(context.Background(), t, s, pieces, c, 1, nil))
	wantWeights, wantMetrics := result(t, whole)
	if w, m := result(t, pieces); w != wantWeights || m != wantMetrics {
		t.Error("a run that was stopped within a piece learns something else")
	}
}
