package feature_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testcjs"
	"trailblazer/sparksim"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// safeWait works out from the observation alone whether the job that gives
// executors away has at most a fifth of them and a stage with tasks whose
// unfinished parents have none left to begin, and counts such stages.
func safeWait(in *env.Batch, executors int64) (stages int) {
	bounds := env.Row[int64](in.Observation.Find("job_ptr"), 0)
	source := env.Row[int64](in.Observation.Find("source_job"), 0)[0]
	if int(source) == len(bounds)-1 || len(env.Row[int64](in.Observation.Find("schedulable"), 0)) == 0 {
		return 0
	}
	if 5*env.Row[int64](in.Observation.Find("executor_supply"), 0)[source] > executors {
		return 0
	}
	nodes := env.Row[float32](in.Observation.Find("dag.nodes"), 0)
	links := env.Row[int64](in.Observation.Find("dag.edge_links"), 0)
	for stage := bounds[source]; stage < bounds[source+1]; stage++ {
		parents, begun := 0, 0
		for edge := range slices.Chunk(links, 2) {
			if edge[1] == stage && nodes[3*edge[0]+1] > 0 {
				parents++
				if nodes[3*edge[0]] == 0 {
					begun++
				}
			}
		}
		if parents > 0 && begun == parents && nodes[3*stage] > 0 {
			stages++
		}
	}
	return stages
}

// TestWaiting plays at random and waits where it can: the stage that stands for
// it is there where a naive search finds what to wait for, passes are that
// choice and come back as passes, and the environment takes them.
func TestWaiting(t *testing.T) {
	factory := testcjs.OpenFactory(t, "", "cjs/custom", `{"cluster": {"executors": 50}, "arrivals": {"jobs": 12, "mean_interarrival_ms": 5000}}`)
	spec := factory.Spec()
	waits, never := adapter(t, spec, nil), adapter(t, spec, func(c *feature.Config) {
		c.Nodes = slices.DeleteFunc(c.Nodes, func(n feature.Number) bool { return n.Name == "wait" })
	})
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	in, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	random := rand.New(rand.NewPCG(3, 0))
	stage, executors := env.Row[int64](action.Find("stage"), 0), env.Row[int64](action.Find("executors"), 0)
	nodes := len(feature.NodeFeatures())
	waited := 0
	for seed := range uint64(3) {
		if err := e.Reset(&seed, nil, in, 0); err != nil {
			t.Fatal(err)
		}
		for in.Terminated[0] = false; !in.Done(0); {
			var with, without model.Steps
			feature.Start(&with)
			feature.Start(&without)
			if err := waits.Observe(in, 0, &with); err != nil {
				t.Fatal(err)
			}
			if err := never.Observe(in, 0, &without); err != nil {
				t.Fatal(err)
			}
			n := len(without.Graph.Stages)
			awaited := safeWait(in, 50)
			shown := len(with.Graph.Stages) - n
			if shown != min(awaited, 1) || len(with.Graph.Parents)-len(without.Graph.Parents) != awaited {
				t.Fatalf("%d stages for waiting, with %d edges, where %d are awaited", shown, len(with.Graph.Parents)-len(without.Graph.Parents), awaited)
			}
			stage[0], executors[0] = sparksim.Pass, 3
			var label model.Actions
			weight, err := waits.Imitated(in, 0, action, 0, &label)
			if err != nil {
				t.Fatal(err)
			}
			d := model.Decision{Choice: int32(n), Executors: 1}
			err = waits.Act(in, 0, &d, action, 0)
			if awaited == 0 {
				if label.Choice[0] != sparksim.Pass || weight != 0 || err == nil {
					t.Fatalf("nothing to wait for: a pass is choice %d of weight %v; choice %d: %v", label.Choice[0], weight, n, err)
				}
			} else {
				last := named(feature.NodeFeatures(), with.Graph.Nodes[len(with.Graph.Nodes)-nodes:])
				if label.Choice[0] != int32(n) || label.Executors[0] != 1 || weight != 1 || err != nil || stage[0] != sparksim.Pass {
					t.Fatalf("a pass is choice %d of %d with %d executors, and comes back as stage %d: %v", label.Choice[0], n, label.Executors[0], stage[0], err)
				}
				if last["wait"] != 1 || last["schedulable"] != 1 || last["tasks"] <= 0 || last["job-source"] != 1 {
					t.Fatalf("the stage for waiting shows %v", last)
				}
			}
			if awaited > 0 && random.IntN(2) == 0 {
				waited++
			} else {
				testcjs.Act(in, 0, action, random)
			}
			if err := e.Step(action, in, 0); err != nil {
				t.Fatal(err)
			}
		}
		in.Truncated[0] = false
	}
	if waited < 20 {
		t.Errorf("waited %d times", waited)
	}
}
