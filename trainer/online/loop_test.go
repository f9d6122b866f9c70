package online_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/online"
)

func TestPresetsTrain(t *testing.T) {
	s := newStage(t)
	for _, name := range online.Presets() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := small(t, name, `{}`)
			check(t, trainIn(context.Background(), t, s, dir, c, 2, nil))
			run, err := checkpoint.Read(dir)
			check(t, err)
			if run.Status != checkpoint.Finished || run.Step != c.Iterations() || run.Best == nil || !run.Online() {
				t.Errorf("the run is %+v", run)
			}
			points, err := checkpoint.ReadMetrics(dir)
			check(t, err)
			for _, p := range points {
				if p.Kind == checkpoint.Trained && p.Online.EnvironmentSteps == 0 {
					t.Errorf("nothing was played: %+v", p)
				}
			}
		})
	}
}

// stages are a config of both algorithms, in which episodes go on from one
// iteration to the next.
const stages = `{"average": 0.9, "critic": {"width": 8, "layers": 1}}`

func TestSameBitsHoweverOftenStopped(t *testing.T) {
	s := newStage(t)
	for name, change := range map[string]string{
		"hindsight": stages,
		"genet":     `{}`,
		// Searches look further as the run goes on.
		"cjs-imitation": `{"curriculum": {"mixture": [], "draws": [{"name": "time_limit_ms", "low": 2e4, "high": 2e6, "exponential": true}], "gap": {"every": 1, "baseline": "fair", "candidates": 3, "episodes": 1, "share": 0.5}},
			"stages": [{"algorithm": "dagger", "iterations": 4, "steps": 0, "updates": 1, "batch": 8}]}`,
		"cjs-imitation, planned": `{"expert": "lookahead:scenarios=2", "curriculum": {"mixture": []}, "environment_config": {"arrivals": {"jobs": 4}},
			"stages": [{"algorithm": "dagger", "iterations": 3, "steps": 5, "updates": 1, "batch": 8}]}`,
		"decima":    `{"stages": [{"algorithm": "ppo", "iterations": 3, "steps": 0}]}`,
		"bandwidth": `{"stages": [{"algorithm": "dagger", "iterations": 3, "steps": 5, "replay": 2, "updates": 2, "batch": 8, "beta": {"from": 1, "to": 0}}]}`,
		"cc-ppo":    `{"stages": [{"algorithm": "ppo", "iterations": 3, "steps": 5, "anchor": 0.1, "warmup": 1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			preset, _, _ := strings.Cut(name, ",")
			c := small(t, preset, change)
			whole, one := t.TempDir(), t.TempDir()
			check(t, trainIn(context.Background(), t, s, whole, c, 2, nil))
			weights, metrics := result(t, whole)

			check(t, trainIn(context.Background(), t, s, one, c, 1, nil))
			if w, m := result(t, one); w != weights || m != metrics {
				t.Error("one worker learns something else than two")
			}

			pieces := t.TempDir()
			for k := 1; ; k++ {
				err := trainIn(context.Background(), t, s, pieces, c, 2, func(p online.Progress) bool { return p.Step >= k })
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				if k > 2*c.Iterations() {
					t.Fatal("the run gets no further")
				}
			}
			if w, m := result(t, pieces); w != weights || m != metrics {
				t.Errorf("a run that was stopped after every iteration learns something else:\n%s\n%s", metrics, m)
			}
			if files, _ := filepath.Glob(filepath.Join(pieces, "replay", "*")); len(files) > 0 {
				t.Errorf("a run that is over keeps %v", files)
			}
		})
	}
}

// TestReturnSinceTheLastValidation: what is told is the mean of all episodes since
// then, not of an iteration's few.
func TestReturnSinceTheLastValidation(t *testing.T) {
	s := newStage(t)
	dir := t.TempDir()
	c := small(t, "pensieve", `{"environment_config": {"max_steps": 4}}`)
	told := map[int]float64{}
	check(t, trainIn(context.Background(), t, s, dir, c, 2, func(p online.Progress) bool {
		if p.New && p.Return != nil {
			told[p.Step] = *p.Return
		}
		return false
	}))
	points, err := checkpoint.ReadMetrics(dir)
	check(t, err)
	sum, episodes, seen := 0.0, 0, 0
	for _, p := range points {
		if p.Kind == checkpoint.Trained && p.Online.Return != nil {
			sum += *p.Online.Return * float64(p.Online.Episodes)
			episodes += p.Online.Episodes
		}
		if p.Kind != checkpoint.Validated || episodes == 0 {
			continue
		}
		if want := sum / float64(episodes); math.Abs(told[p.Step]-want) > 1e-9*math.Abs(want) {
			t.Errorf("at iteration %d the return is %v, and the mean of %d episodes %v", p.Step, told[p.Step], episodes, want)
		}
		sum, episodes, seen = 0, 0, seen+1
	}
	if seen == 0 {
		t.Error("no episode has ended")
	}
}
