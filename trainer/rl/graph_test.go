package rl_test

import (
	"testing"

	"trailblazer/trainer/model"
	"trailblazer/trainer/rl"
)

// TestClusters: PPO learns stages and executors together, with a critic that
// reads graphs and with the baseline of groups, and never gives a job more than it
// can be given.
func TestClusters(t *testing.T) {
	for _, baseline := range []string{rl.BaselineCritic, rl.BaselineGroup} {
		s := setup{factory: cjs(t), n: 4, options: rl.CollectOptions{Copies: 2, Temperature: 1, Clock: "wall_ms", RewardScale: 1e-3}}
		if baseline == rl.BaselineCritic {
			s.options.Privileged = []string{"wall_ms"}
		}
		actor := s.actor(t)
		collector, err := rl.NewCollector(s.world(t), actor, rl.Seeds{}, s.options)
		if err != nil {
			t.Fatal(err)
		}
		o := rl.Options{Model: actor.Model(), Task: actor.Task()}
		if baseline == rl.BaselineCritic {
			config := actor.Model().Config()
			if o.Critic, err = rl.NewCritic(rl.CriticConfig(&config.Tasks[0], collector.Privileged(), 16, 1), collector.Privileged(), actor.Model().Compute(), 1); err != nil {
				t.Fatal(err)
			}
		}
		learner, err := rl.NewLearner(o)
		if err != nil {
			t.Fatal(err)
		}
		p := rl.DefaultPPO()
		p.Baseline, p.Minibatch, p.Epochs = baseline, 64, 2
		for range 2 {
			e := collect(t, collector)
			legal(t, e)
			stats, err := learner.Update(e, p)
			if err != nil {
				t.Fatal(err)
			}
			if stats.Entropy <= 0 || stats.Updates == 0 || stats.KL < 0 {
				t.Errorf("%s: %+v", baseline, stats)
			}
		}
	}
}

// legal checks that stages were on their lists, and that executors could be given.
func legal(t *testing.T, e *rl.Experience) {
	t.Helper()
	g := &e.Graph
	jobOf := make([]int32, g.JobOffsets[len(g.JobOffsets)-1])
	for j := range g.Limits {
		for n := g.JobOffsets[j]; n < g.JobOffsets[j+1]; n++ {
			jobOf[n] = int32(j)
		}
	}
	taken := 0
	for i, choice := range e.Actions.Choice {
		if choice < 0 {
			continue
		}
		taken++
		low, high := g.StageOffsets[i], g.StageOffsets[i+1]
		if low+choice >= high {
			t.Fatalf("step %d took stage %d of %d", i, choice, high-low)
		}
		if limit, n := g.Limits[jobOf[g.Stages[low+choice]]], e.Actions.Executors[i]; n < 1 || n > max(limit, 1) {
			t.Fatalf("step %d gave %d executors to a job that can have %d", i, n, limit)
		}
	}
	if taken == 0 {
		t.Error("no stage was taken")
	}
}

// TestMeasure: scales are measured in play, the same however many cores there are,
// and inputs are of mean 0 and deviation 1 on them.
func TestMeasure(t *testing.T) {
	s := setup{factory: abr(t), n: 12, options: rl.CollectOptions{Steps: 5, Temperature: 1}}
	c := s.collector(t)
	told := 0
	features, err := c.Measure(t.Context(), 60, func(done int) {
		if told++; done != told {
			t.Errorf("%d steps are done after %d", done, told)
		}
	})
	if err != nil || told != 60 {
		t.Fatalf("after %d steps: %v", told, err)
	}
	if _, err := c.Collect(t.Context()); err == nil {
		t.Error("a collector whose features are out of date collects")
	}
	s.workers = 3
	again, err := s.collector(t).Measure(t.Context(), 60, nil)
	if err != nil {
		t.Fatal(err)
	}
	if string(features.JSON()) != string(again.JSON()) {
		t.Error("three workers measure something else than one")
	}
	config := s.actor(t).Model().Config()
	m, err := model.New(config, s.actor(t).Model().Compute(), 1)
	if err != nil {
		t.Fatal(err)
	}
	actor, err := rl.NewActor(m, features, s.factory.Spec(), s.n)
	if err != nil {
		t.Fatal(err)
	}
	s.options.Temperature = 1e9
	if c, err = rl.NewCollector(s.world(t), actor, rl.Seeds{First: 100}, rl.CollectOptions{Steps: 60, Temperature: 1e9}); err != nil {
		t.Fatal(err)
	}
	e := collect(t, c)
	mean, square := 0.0, 0.0
	for _, x := range e.Vector {
		mean += float64(x) / float64(len(e.Vector))
		square += float64(x) * float64(x) / float64(len(e.Vector))
	}
	if mean < -0.3 || mean > 0.3 || square < 0.5 || square > 2 {
		t.Errorf("inputs have the mean %.2f and the mean square %.2f", mean, square)
	}
}
