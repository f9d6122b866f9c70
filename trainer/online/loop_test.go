package online_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/api/env"
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

// mortal is a world's vector whose server dies.
type mortal struct {
	env.Vector
	// left counts down the steps until then, of all worlds.
	left *int
}

var errDead = errors.New("no answer from the server")

func (m *mortal) Step(action env.Arrays) (*env.Transition, error) {
	if *m.left--; *m.left < 0 {
		return nil, errDead
	}
	return m.Vector.Step(action)
}

func (m *mortal) Snapshot() ([]byte, error) {
	if *m.left < 0 {
		return nil, errDead
	}
	return m.Vector.Snapshot()
}

func (m *mortal) Close() error {
	err := m.Vector.Close()
	if *m.left < 0 {
		return errDead
	}
	return err
}

// TestDeadServer: whole iterations are kept, the error is said once, and the run goes
// on to the same bits.
func TestDeadServer(t *testing.T) {
	for preset, change := range map[string]string{
		"hindsight": stages,
		"cc-ppo":    `{"expert": "", "critic": {"width": 8, "layers": 1}, "stages": [{"algorithm": "ppo", "iterations": 4, "steps": 6}]}`,
	} {
		t.Run(preset, func(t *testing.T) {
			s := newStage(t)
			s.server = "http://127.0.0.1:8930"
			c := small(t, preset, change)
			whole, parts := t.TempDir(), t.TempDir()
			check(t, trainIn(t.Context(), t, s, whole, c, 2, nil))
			weights, metrics := result(t, whole)
			dying := *s
			left := 0
			dying.vector = func(v env.Vector) env.Vector { return &mortal{v, &left} }
			for k, steps := range []int{c.Normalise + 3*6 - 2, 6 + 2} {
				left = steps * max(1, len(c.Curriculum.Mixture)) // Each part steps.
				err := trainIn(t.Context(), t, &dying, parts, c, 2, nil)
				if !errors.Is(err, errDead) || strings.Count(err.Error(), errDead.Error()) != 1 {
					t.Fatalf("the error is %v", err)
				}
				run, unread := checkpoint.Read(parts)
				check(t, unread)
				if run.Status != checkpoint.Stopped || run.Step != 2+k {
					t.Fatalf("death %d: the run is %s after %d iterations: %v", k, run.Status, run.Step, err)
				}
			}
			check(t, trainIn(t.Context(), t, s, parts, c, 2, nil))
			if w, m := result(t, parts); w != weights || m != metrics {
				t.Errorf("it learns something else:\n%s\n%s", metrics, m)
			}
		})
	}
}
