package online_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/datasets/traj"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/online"
)

// TestStagesHaveExperts: each stage is labelled by its own, of which the config's
// alone is recorded.
func TestStagesHaveExperts(t *testing.T) {
	s := newStage(t)
	const stages = `{"curriculum": {"mixture": []}, "stages": [{"algorithm": "dagger", "iterations": 1, "steps": 0},
		{"name": "again", "algorithm": "dagger", "expert": "EXPERT", "iterations": 2, "steps": 0}]}`
	config := func(expert string) *online.Config {
		c := small(t, "cjs-imitation", strings.Replace(stages, "EXPERT", expert, 1))
		for i := range c.Stages {
			c.Stages[i].Updates, c.Stages[i].Batch = 1, 8
		}
		return c
	}
	dir := t.TempDir()
	c := config("weighted-fair")
	if got := c.Experts(); !slices.Equal(got, []string{"thorough", "weighted-fair"}) {
		t.Errorf("the experts are %v", got)
	}
	var played []string
	run := func(dir string, c *online.Config, stop int) error {
		compute, err := kernel.NewCompute(kernel.Options{Backend: "go"})
		check(t, err)
		trainer, err := online.Open(context.Background(), dir, &online.Setup{Config: c, Compute: compute,
			World: func(ctx context.Context, p online.Played, n int) (*online.World, error) {
				played = append(played, p.Expert)
				return s.world(ctx, p, n)
			}})
		if err != nil {
			return err
		}
		defer trainer.Close()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		return trainer.Train(ctx, &player{}, func(p online.Progress) {
			if p.Step == stop {
				cancel()
			}
		})
	}
	check(t, run(dir, c, -1))
	if want := []string{"weighted-fair", "thorough", "thorough", "weighted-fair"}; !slices.Equal(played, want) {
		t.Errorf("what was played was labelled by %v, want %v", played, want)
	}
	set, err := traj.Open(filepath.Join(dir, "data"))
	check(t, err)
	defer set.Close()
	if info := set.Info(); info.Labels.Expert != "thorough" || info.Statistics.Episodes != c.Environments {
		t.Errorf("%d episodes are recorded, labelled by %s", info.Statistics.Episodes, info.Labels.Expert)
	}

	// A run that was stopped in the second stage goes on with its expert.
	pieces := t.TempDir()
	if err := run(pieces, c, 2); err == nil {
		t.Fatal("the run was not stopped")
	}
	check(t, run(pieces, c, -1))
	whole, metrics := result(t, dir)
	if w, m := result(t, pieces); w != whole || m != metrics {
		t.Error("a run that was stopped in its second stage learns something else")
	}

	if err := run(t.TempDir(), config("nobody"), -1); err == nil || !strings.Contains(err.Error(), "stage again") || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("an unknown expert of the second stage: %v", err)
	}
}
