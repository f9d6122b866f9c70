package online_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/online"
	"trailblazer/trainer/train"
)

// TestDataIsLearnedFromAgain records a run of imitation, checks its data set, and
// trains another model on it.
func TestDataIsLearnedFromAgain(t *testing.T) {
	s := newStage(t)
	for name, change := range map[string]string{
		"hindsight":                  `{"stages": [{"name": "dagger", "algorithm": "dagger", "iterations": 3, "steps": 40}]}`,
		"hindsight on two scenarios": `{"stages": [{"name": "dagger", "algorithm": "dagger", "iterations": 3, "steps": 40}], "curriculum": {"mixture": [{"name": "many", "scenario": "abr/generated"}]}}`,
		"cjs-imitation":              `{"stages": [{"name": "dagger", "algorithm": "dagger", "iterations": 2, "steps": 0}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			preset, _, _ := strings.Cut(name, " ")
			c := small(t, preset, change)
			c.Stages = c.Stages[:1]
			check(t, trainIn(context.Background(), t, s, dir, c, 2, nil))
			data := filepath.Join(dir, "data")
			v, err := traj.Validate(context.Background(), data, traj.ValidateOptions{})
			check(t, err)
			if len(v.Problems) > 0 {
				t.Errorf("the data set is wrong: %+v", v.Problems)
			}
			d, set, err := feed.OpenSet(data)
			check(t, err)
			defer set.Close()
			info := set.Info()
			if info.Statistics.Episodes == 0 || info.Labels.Expert == "" || len(info.Scenarios) != max(1, len(c.Curriculum.Mixture)) {
				t.Fatalf("the data set is %+v", info)
			}
			for _, h := range d.Episodes {
				if !h.Seeded || !strings.HasPrefix(h.Policy, "student") || !h.Complete {
					t.Errorf("an episode is %+v", h)
				}
			}
			sources, err := train.NewSources([]*feed.Data{d}, nil)
			check(t, err)
			config, err := train.Default(sources, train.Basis{Preset: "mlp", Steps: 2})
			check(t, err)
			if kind := config.Tasks[0].Model.Objective.Kind; kind == "action" {
				t.Errorf("the labels are not learned, but %s", kind)
			}
			compute, err := kernel.NewCompute(kernel.Options{Backend: "go"})
			check(t, err)
			student := filepath.Join(t.TempDir(), "student")
			trainer, err := train.Open(context.Background(), student, &train.Setup{Config: config, Sources: sources, Compute: compute})
			check(t, err)
			check(t, trainer.Train(context.Background(), nil, nil))
			check(t, trainer.Close())

			// And the student is gone on from.
			c = small(t, preset, change)
			c.Stages = c.Stages[:1]
			tuned := filepath.Join(t.TempDir(), "tuned")
			setup := &online.Setup{Config: c, World: s.world, Compute: compute, Init: student}
			again, err := online.Open(context.Background(), tuned, setup)
			check(t, err)
			if again.Taken == nil || len(again.Taken.New) > 0 {
				t.Errorf("the student's weights were taken as %+v", again.Taken)
			}
			check(t, again.Train(context.Background(), &player{}, nil))
			check(t, again.Close())
			run, err := checkpoint.Read(tuned)
			check(t, err)
			if run.Init == nil || run.Status != checkpoint.Finished {
				t.Errorf("the run is %+v", run)
			}
		})
	}
}

// attentive is an expert whose labels weigh more the more often it was told what
// was done, and that episodes ended.
type attentive struct {
	env.Expert
	told float64
}

func (a *attentive) Weight() float64 { return 1 + a.told }

func (a *attentive) Took(*env.Batch, int, env.Arrays) error {
	a.told++
	return nil
}

func (a *attentive) End(*env.Batch, int) error {
	a.told += 10
	return nil
}

// TestRecordingChangesNothing: what is learned is the same whether it is kept as
// data or not, also of experts that say more than labels.
func TestRecordingChangesNothing(t *testing.T) {
	s := newStage(t)
	learned := func(change string) string {
		dir := t.TempDir()
		c := small(t, "bandwidth-mlp", change)
		check(t, trainIn(context.Background(), t, s, dir, c, 1, nil))
		weights, _ := result(t, dir)
		return weights
	}
	plain := learned(`{"record": {"every": 1}}`)
	s.around = func(e env.Expert) env.Expert { return &attentive{Expert: e} }
	kept, not := learned(`{"record": {"every": 1}}`), learned(`{"record": {"every": 0}}`)
	if kept != not {
		t.Error("it is not the same where data is kept")
	}
	if kept == plain {
		t.Error("labels that weigh more are learned as others")
	}
}

func TestOtherRunsAreLeftAlone(t *testing.T) {
	s := newStage(t)
	dir := t.TempDir()
	check(t, trainIn(context.Background(), t, s, dir, small(t, "cc-ppo", `{}`), 1, nil))
	err := trainIn(context.Background(), t, s, dir, small(t, "cc-ppo", `{"seed": 2}`), 1, nil)
	var other *train.OtherRunError
	if !errors.As(err, &other) || !strings.Contains(err.Error(), "seed is 1, and not 2") {
		t.Errorf("the error is %v", err)
	}
	check(t, trainIn(context.Background(), t, s, dir, small(t, "cc-ppo", `{}`), 1, func(online.Progress) bool {
		t.Error("a run that is over is trained")
		return false
	}))
}

func TestErrorsNameTheField(t *testing.T) {
	s := newStage(t)
	for _, test := range []struct{ preset, change, want string }{
		{"cc-ppo", `{"critic": {"privileged": ["future"]}}`, `config.critic.privileged[0] is "future"`},
		{"cc-ppo", `{"features": {"vector": ["colour"]}}`, `config.features.vector[0] is "colour"`},
		{"cc-ppo", `{"model": {"preset": "gpt2", "backbone": {"dropout": 0}}}`, `windowed`},
		{"cc-ppo", `{"model": {"preset": "huge"}}`, `preset is "huge"`},
		{"cc-ppo", `{"model": {"task": {"heads": 3}}}`, `config.model.task.heads is no known field`},
		{"cc-ppo", `{"model": {"task": {"head": {"std": 0}}}}`, `config.model.task.head.std is 0`},
		{"cc-ppo", `{"model": {"backbone": {"dropout": 0.1}}}`, `config.model.backbone.dropout is 0.1`},
		{"decima", `{"clock": "noon"}`, `noon`},
		{"bandwidth", `{"least_value": 0}`, `config.least_value is 0`},
		{"hindsight", `{"expert": "mpc", "least_value": null, "stages": [{"algorithm": "dagger", "iterations": 1, "steps": 0}]}`, `config.expert is "mpc": name one that carries nothing`},
		{"hindsight", `{"expert": "robust-mpc", "least_value": null, "stages": [{"algorithm": "dagger", "iterations": 1, "steps": 6}]}`, `config.stages.dagger.steps is 6: give 0, for whole episodes`},
		{"pensieve", `{"environment_config": {"colour": 1}}`, `colour`},
	} {
		err := trainIn(context.Background(), t, s, t.TempDir(), small(t, test.preset, test.change), 1, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %s: the error is %v, without %s", test.preset, test.change, err, test.want)
		}
	}
}

// TestWholeEpisodesAreInterrupted stops a run within an iteration.
func TestWholeEpisodesAreInterrupted(t *testing.T) {
	s := newStage(t)
	c := small(t, "decima", `{}`)
	whole, pieces := t.TempDir(), t.TempDir()
	check(t, trainIn(context.Background(), t, s, whole, c, 2, nil))
	ctx, cancel := context.WithCancel(context.Background())
	world := s.world
	compute, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: 2})
	check(t, err)
	trainer, err := online.Open(ctx, pieces, &online.Setup{Config: c, World: world, Compute: compute})
	check(t, err)
	err = trainer.Train(ctx, &player{}, func(p online.Progress) {
		if p.Step == 1 {
			cancel()
		}
	})
	check(t, trainer.Close())
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	check(t, trainIn(context.Background(), t, s, pieces, c, 2, nil))
	wantWeights, wantMetrics := result(t, whole)
	if w, m := result(t, pieces); w != wantWeights || m != wantMetrics {
		t.Error("a run that was interrupted learns something else")
	}
}
