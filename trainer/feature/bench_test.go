package feature_test

import (
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testcjs"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// BenchmarkObserve turns what environments show into inputs.
func BenchmarkObserve(b *testing.B) {
	all := stages(b)
	all["cjs/ood3"] = stage{testcjs.OpenFactory(b, "", "cjs/ood3", ""), testcjs.Act}
	for _, name := range []string{"abr", "cc", "cjs", "cjs/ood3"} {
		b.Run(name, func(b *testing.B) {
			s := all[name]
			spec := s.factory.Spec()
			a, recorded := shown(b, s)
			var steps model.Steps
			n, nodes := 0, 0
			for b.Loop() {
				n, nodes = 0, 0
				for row := range recorded.Step {
					feature.Start(&steps)
					if err := a.Observe(recorded.Batch, row, &steps); err != nil {
						b.Fatal(err)
					}
					n++
					nodes += int(steps.Graph.JobOffsets[len(steps.Graph.JobOffsets)-1])
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
			if len(env.Leaves(spec.Action)) > 1 {
				b.ReportMetric(float64(nodes)/float64(n), "nodes/step")
			}
		})
	}
}

// shown records an episode, and shows it.
func shown(tb testing.TB, s stage) (*feature.Adapter, *feature.Recorded) {
	tb.Helper()
	spec := s.factory.Spec()
	a := adapter(tb, spec, nil)
	schema, err := traj.NewSchema(spec, traj.Labels{})
	if err != nil {
		tb.Fatal(err)
	}
	recorded, err := a.Record(schema, model.ObjectiveAction)
	if err != nil {
		tb.Fatal(err)
	}
	episode := play(tb, s, schema, func(*env.Batch, int, env.Arrays) {})
	if err := recorded.Show(episode.Steps); err != nil {
		tb.Fatal(err)
	}
	return a, recorded
}

func TestObservingAllocatesNothing(t *testing.T) {
	for name, s := range stages(t) {
		a, recorded := shown(t, s)
		var steps model.Steps
		var actions model.Actions
		look := func() {
			feature.Start(&steps)
			feature.StartActions(&actions)
			for row := range recorded.Step {
				if err := a.Observe(recorded.Batch, row, &steps); err != nil {
					t.Fatal(err)
				}
				if err := a.Taken(recorded.Batch, row, recorded.Action, row, &actions); err != nil {
					t.Fatal(err)
				}
			}
		}
		look()
		if n := testing.AllocsPerRun(3, look); n != 0 {
			t.Errorf("%s: %v allocations an episode", name, n)
		}
	}
}
