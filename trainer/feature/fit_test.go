package feature_test

import (
	"math"
	"reflect"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// TestFittedInputsAreStandard measures an episode of each environment, and then
// shows it: groups of inputs have mean 0 and deviation 1, or 0 where they never
// change.
func TestFittedInputsAreStandard(t *testing.T) {
	for name, s := range stages(t) {
		t.Run(name, func(t *testing.T) {
			spec := s.factory.Spec()
			config, err := feature.Default(spec)
			if err != nil {
				t.Fatal(err)
			}
			schema, err := traj.NewSchema(spec, traj.Labels{})
			if err != nil {
				t.Fatal(err)
			}
			episode := play(t, s, schema, func(*env.Batch, int, env.Arrays) {})
			f, err := feature.NewFitter(config, spec)
			if err != nil {
				t.Fatal(err)
			}
			show := func(a *feature.Adapter) *feature.Recorded {
				r, err := a.Record(schema, model.ObjectiveAction)
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Show(episode.Steps); err != nil {
					t.Fatal(err)
				}
				return r
			}
			if err := f.Add(show(f.Adapter()), 0, episode.Steps.Rows); err != nil {
				t.Fatal(err)
			}
			fitted, err := f.Config(nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			fitted.Clip = 0
			a, err := feature.New(fitted, spec)
			if err != nil {
				t.Fatal(err)
			}
			var steps model.Steps
			var actions model.Actions
			feature.Start(&steps)
			r := show(a)
			for row := range episode.Steps.Rows {
				if err := a.Observe(r.Batch, row, &steps); err != nil {
					t.Fatal(err)
				}
				if _, err := a.Imitated(r.Batch, row, r.Action, row, &actions); err != nil {
					t.Fatal(err)
				}
			}
			widths := []int{1}
			if groups := a.Shape().Groups; len(groups) > 0 {
				widths = widths[:0]
				for _, g := range groups {
					widths = append(widths, g.Inputs)
				}
				standard(t, "vector", steps.Vector, widths)
			} else {
				standard(t, "nodes", steps.Graph.Nodes, ones(a.Shape().Nodes))
				standard(t, "jobs", steps.Graph.Jobs, ones(a.Shape().Jobs))
				standard(t, "global", steps.Graph.Global, ones(a.Shape().Global))
			}
			standard(t, "value", actions.Value, []int{1})
		})
	}
}

// TestShownIsMeasuredAsRecorded: what is shown while an episode is played gives
// the scales of inputs that its recording gives, and leaves that of actions.
func TestShownIsMeasuredAsRecorded(t *testing.T) {
	for name, s := range stages(t) {
		t.Run(name, func(t *testing.T) {
			spec := s.factory.Spec()
			config, err := feature.Default(spec)
			if err != nil {
				t.Fatal(err)
			}
			config.Value.Mean, config.Value.Std = 3, 2
			schema, err := traj.NewSchema(spec, traj.Labels{})
			if err != nil {
				t.Fatal(err)
			}
			var fitters [2]*feature.Fitter
			for i := range fitters {
				if fitters[i], err = feature.NewFitter(config, spec); err != nil {
					t.Fatal(err)
				}
			}
			live, later := fitters[0], fitters[1]
			episode := play(t, s, schema, func(out *env.Batch, row int, _ env.Arrays) {
				if err := live.AddShown(out, row); err != nil {
					t.Fatal(err)
				}
			})
			r, err := later.Adapter().Record(schema, model.ObjectiveAction)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Show(episode.Steps); err != nil {
				t.Fatal(err)
			}
			if err := later.Add(r, 0, episode.Steps.Rows); err != nil {
				t.Fatal(err)
			}
			got, err := live.Config(nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			want, err := later.Config(nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got.Value != config.Value {
				t.Errorf("actions that were not shown have the scale %+v, want %+v", got.Value, config.Value)
			}
			want.Value = got.Value
			if !reflect.DeepEqual(got, want) {
				t.Errorf("shown live, the scales are\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

func ones(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = 1
	}
	return list
}

// standard checks rows of groups of numbers.
func standard(t *testing.T, name string, values []float32, widths []int) {
	t.Helper()
	row := 0
	for _, w := range widths {
		row += w
	}
	from := 0
	for g, w := range widths {
		n, sum, squares := 0.0, 0.0, 0.0
		for at := 0; at+row <= len(values); at += row {
			for _, x := range values[at+from : at+from+w] {
				n++
				sum += float64(x)
				squares += float64(x) * float64(x)
			}
		}
		from += w
		if n == 0 {
			continue
		}
		mean, std := sum/n, math.Sqrt(squares/n)
		if math.Abs(mean) > 1e-4 || math.Abs(std-1) > 1e-4 && std > 1e-4 {
			t.Errorf("group %d of %s: mean %v, deviation %v", g, name, mean, std)
		}
	}
}

func TestConditionAndItsTarget(t *testing.T) {
	s := stages(t)["abr"]
	spec := s.factory.Spec()
	config, err := feature.Default(spec)
	if err != nil {
		t.Fatal(err)
	}
	config.Condition.Kind = model.ConditionReturn
	schema, err := traj.NewSchema(spec, traj.Labels{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := feature.NewFitter(config, spec)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Adapter().Record(schema, model.ObjectiveAction)
	if err != nil {
		t.Fatal(err)
	}
	episode := play(t, s, schema, func(*env.Batch, int, env.Arrays) {})
	toGo := traj.Of[float64](episode.Steps.Find(traj.FieldReturnToGo))
	for i := range toGo {
		toGo[i] = float64(len(toGo) - i)
	}
	if err := r.Show(episode.Steps); err != nil {
		t.Fatal(err)
	}
	if err := f.Add(r, 0, episode.Steps.Rows); err != nil {
		t.Fatal(err)
	}
	fitted, err := f.Config([]float64{5, 1, 4, 2, 3}, 0.75)
	if err != nil {
		t.Fatal(err)
	}
	n := float64(len(toGo))
	if c := fitted.Condition; c.Target != 4 || math.Abs(c.Mean-(n+1)/2) > 1e-9 || math.Abs(c.Std-math.Sqrt((n*n-1)/12)) > 1e-9 {
		t.Errorf("%+v of 1 to %v", c, n)
	}
	a, err := feature.New(fitted, spec)
	if err != nil {
		t.Fatal(err)
	}
	// An episode that is played counts down what it gets.
	playing := a.NewEpisode(4)
	in := env.NewBatch(spec, 2)
	var steps model.Steps
	feature.Start(&steps)
	in.Reward[1] = 9 // of the episode before
	for _, reward := range []float64{0.5, 2, 7} {
		if err := playing.Observe(in, 1, &steps); err != nil {
			t.Fatal(err)
		}
		in.Reward[1] = reward
	}
	playing.SetGoal(-1)
	if err := playing.Observe(in, 1, &steps); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{4, 3.5, 1.5, -1} {
		if steps.Condition[i] != fitted.Condition.Scaled(want) || steps.Times[i] != int32(i) || steps.Offsets[i+1] != int32(i+1) {
			t.Errorf("step %d: %+v, want a goal of %v", i, steps, want)
		}
	}
}
