package feature_test

import (
	"math"
	"slices"
	"testing"

	"trailblazer/datasets/collect"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testcollect"
	"trailblazer/sparksim/policy"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// TestInputsTellTheTunedRule decides by the inputs alone as the linear rule of
// package sparksim/policy does, and compares with what that rule did.
func TestInputsTellTheTunedRule(t *testing.T) {
	dir := testcollect.Collect(t, testcollect.Wanted{ID: "trailblazer/CJS-v0", Scenario: "cjs/custom",
		Options: collect.Options{Policies: []string{"linear"}, Episodes: 3}})
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	spec, err := set.Info().Spec()
	if err != nil {
		t.Fatal(err)
	}
	config, err := feature.Default(spec)
	if err != nil {
		t.Fatal(err)
	}
	config.Clip = 0
	a, err := feature.New(config, spec)
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := a.Record(set.Schema(), model.ObjectiveAction)
	if err != nil {
		t.Fatal(err)
	}
	frame := set.Schema().NewFrame()
	if err := set.ReadGroup(0, 0, frame); err != nil {
		t.Fatal(err)
	}
	if err := recorded.Show(frame); err != nil {
		t.Fatal(err)
	}
	close, passes := 0, 0
	for row := range frame.Rows {
		var s model.Steps
		feature.Start(&s)
		if err := a.Observe(recorded.Batch, row, &s); err != nil {
			t.Fatal(err)
		}
		if err := a.Taken(recorded.Batch, row, recorded.Action, row, &s.Actions); err != nil {
			t.Fatal(err)
		}
		r := rule{steps: &s, executors: float64(a.Shape().Executors)}
		place, executors, margin := r.choose()
		switch {
		case s.Actions.Choice[0] < 0:
			passes++
		case margin < 1e-4:
			close++
		case place != int(s.Actions.Choice[0]) || executors != int(s.Actions.Executors[0]):
			t.Fatalf("step %d: the inputs tell stage %d with %d executors, and the rule gave stage %d %d",
				row, place, executors, s.Actions.Choice[0], s.Actions.Executors[0])
		}
	}
	if frame.Rows < 100 || close+passes > frame.Rows/10 {
		t.Errorf("of %d steps %d are too close to tell, and %d are passes", frame.Rows, close, passes)
	}
}

// rule is the linear rule, on inputs as they are.
type rule struct {
	steps     *model.Steps
	executors float64
}

// choose returns a decision, and by how much the best stage or its number of
// executors was missed by another.
func (r *rule) choose() (place, executors int, margin float64) {
	g := &r.steps.Graph
	nodes, jobs := len(feature.NodeFeatures()), len(feature.JobFeatures())
	whole := named(feature.GlobalFeatures(), g.Global)
	names, weights := policy.WeightNames(), policy.DefaultWeights()
	free := math.Round(math.Exp(whole["log-free"]) * r.executors)
	place, margin = -1, math.Inf(1)
	best, bestBelow := math.Inf(-1), false
	for at, node := range g.Stages {
		j, _ := slices.BinarySearch(g.JobOffsets, node+1)
		j--
		stage := named(feature.NodeFeatures(), g.Nodes[int(node)*nodes:][:nodes])
		if stage["wait"] > 0 {
			continue // The rule never does.
		}
		job := named(feature.JobFeatures(), g.Jobs[j*jobs:][:jobs])
		source := max(job["source"], 0)
		x := map[string]float64{
			"score-work": job["log-work"], "score-source": source, "score-path": stage["path"], "score-frontier": stage["frontier"],
			"score-share": stage["work-share"], "score-duration": stage["log-duration"], "score-stay": stage["stay"], "score-fit": stage["fit"],
			"cap-one": 1, "cap-relative": job["relative-work"], "cap-work": job["log-work-each"], "cap-jobs": whole["log-jobs"],
			"cap-load": whole["log-load"], "cap-path": stage["path"], "cap-source": source, "cap-duration": stage["log-duration"],
			"cap-stages": job["log-stages"], "cap-free": whole["log-free"], "cap-tasks": stage["log-tasks-per-executor"],
		}
		score, share := 0.0, 0.0
		for k, name := range names {
			if name[:3] == "cap" {
				share += weights[k] * x[name]
			} else {
				score += weights[k] * x[name]
			}
		}
		limit := r.executors * math.Exp(min(share, 0))
		if share < 0 { // Else it is N, exactly.
			margin = min(margin, math.Abs(limit-math.Round(limit)))
		}
		room := int(math.Ceil(limit)) - int(math.Round(job["supply"]*r.executors)) + int(source*free)
		below := room > 0
		if !below {
			room = int(free)
		}
		if below == bestBelow {
			margin = min(margin, math.Abs(score-best))
		}
		if below && !bestBelow || below == bestBelow && score > best {
			place, best, bestBelow = at, score, below
			executors = max(1, min(room, int(g.Limits[j]), int(free)))
		}
	}
	return place, executors, margin
}

func named(inputs []feature.Input, values []float32) map[string]float64 {
	m := map[string]float64{}
	for i, input := range inputs {
		m[input.Name] = float64(values[i])
	}
	return m
}
