package agent_test

import (
	"math"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testrun"
	"trailblazer/trainer/agent"
)

// TestLabels: a model of choices tells how far each lies below the one that it
// takes, and labels as it acts.
func TestLabels(t *testing.T) {
	for _, f := range factories(t) {
		r := open(t, testrun.Options{}, f.Spec())
		labeller, actor := policy(t, r, f.Spec(), agent.Options{}), policy(t, r, f.Spec(), agent.Options{})
		s := newStage(t, f, 3)
		label := env.NewArrays(env.Leaves(f.Spec().Action), 1)
		for step := range 5 {
			value, advantage, err := labeller.Label(s.shown, 0, label)
			if err != nil {
				t.Fatal(err)
			}
			if err := actor.Act(s.shown, 0, s.action); err != nil {
				t.Fatal(err)
			}
			for i := range label {
				if string(label[i].Bytes(0)) != string(s.action[i].Bytes(0)) {
					t.Errorf("%s, step %d: it labels %v and does %v", f.Spec().ID, step, label[i].Bytes(0), s.action[i].Bytes(0))
				}
			}
			if !math.IsNaN(value) {
				t.Errorf("%s: it knows the value %v", f.Spec().ID, value)
			}
			space, choice := f.Spec().Action.(*env.Discrete)
			if choice != labeller.KnowsAdvantages() || choice != (advantage != nil) {
				t.Fatalf("%s: advantages %v", f.Spec().ID, advantage)
			}
			if choice {
				if int64(len(advantage)) != space.N || advantage[env.Row[int64](&s.action[0], 0)[0]-space.Start] != 0 {
					t.Errorf("step %d: advantages %v of choice %v", step, advantage, env.Row[int64](&s.action[0], 0))
				}
				for i, a := range advantage {
					for k, b := range advantage[:i] {
						if a == b || a > 0 || a < -100 {
							t.Errorf("step %d: advantages %d and %d are %v and %v", step, i, k, a, b)
						}
					}
				}
			}
			if err := s.env.Step(s.action, s.shown, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
}
