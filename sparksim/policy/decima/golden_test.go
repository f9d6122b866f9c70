package decima

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
)

// goldenForward is one observation and what the reference makes of it.
type goldenForward struct {
	Executors       int         `json:"num_executors"`
	Features        [][]float64 `json:"node_features"`
	Edges           [][2]int32  `json:"edges_parent_child"`
	JobPtr          []int32     `json:"job_ptr"`
	Schedulable     []int32     `json:"schedulable_nodes"`
	Nodes           [][]float32 `json:"node_embedding"`
	Jobs            [][]float32 `json:"job_embedding"`
	Cluster         []float32   `json:"global_embedding"`
	StageScores     []float32   `json:"stage_scores"`
	Stage           int         `json:"chosen_schedulable"`
	Job             int         `json:"job"`
	Allowed         int         `json:"allowed_executors"`
	ExecutorScores  []float32   `json:"exec_scores"`
	ChosenExecutors int         `json:"chosen_num_exec"`
}

// view undoes the features.
func (g *goldenForward) view() *sparksim.View {
	round := func(x float64) int32 { return int32(math.Round(x)) }
	n := float64(g.Executors)
	v := &sparksim.View{Executors: g.Executors, Source: len(g.Jobs), Schedulable: g.Schedulable}
	for _, x := range g.Features {
		s := sparksim.StageView{Remaining: round(x[3] * 200)}
		if s.Remaining > 0 {
			s.DurationMs = float32(x[4] * 1e5 / float64(s.Remaining))
		}
		v.Stages = append(v.Stages, s)
	}
	for _, s := range g.Schedulable {
		v.Stages[s].Schedulable = true
	}
	for j := range g.Jobs {
		job := sparksim.JobView{First: g.JobPtr[j], End: g.JobPtr[j+1]}
		x := g.Features[job.First]
		job.Limit, job.Supply = round(x[0]*n), round(x[2]*n)
		if x[1] == 1 {
			v.Source = j
		}
		v.Committable = max(v.Committable, int(job.Limit))
		v.Jobs = append(v.Jobs, job)
	}
	for _, e := range g.Edges {
		v.Edges = append(v.Edges, sparksim.Edge{From: e[0], To: e[1]})
	}
	return v
}

func TestGoldenForward(t *testing.T) {
	network := trained(t)
	file := filepath.Join(testdata.Dir(t), "..", "golden", "cjs", "decima_forward.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []goldenForward
	if err := json.Unmarshal(text, &list); err != nil || len(list) != 5 {
		t.Fatalf("%s: %d observations, %v; want 5", file, len(list), err)
	}
	f := forward{Network: network}
	greedy := New(network, Greedy)
	for i := range list {
		g := &list[i]
		v := g.view()
		f.run(v)
		for s := range g.Nodes {
			checkNear(t, "features", f.features[s*stageFeatures:][:stageFeatures], float32s(g.Features[s]), 1e-6)
			checkNear(t, "stage", f.embedding[s*width:][:width], g.Nodes[s], 1e-5)
		}
		for j := range g.Jobs {
			checkNear(t, "job", f.jobs[j*width:][:width], g.Jobs[j], 1e-5)
		}
		checkNear(t, "cluster", f.cluster[:], g.Cluster, 1e-5)
		checkNear(t, "stage scores", f.scoreStages(nil, v), g.StageScores, 1e-5)
		checkNear(t, "executor scores", f.scoreExecutors(nil, v, g.Job, g.Allowed), g.ExecutorScores, 1e-5)

		d, err := greedy.Choose(v)
		if err != nil || d.Stage != g.Stage || d.Executors != g.ChosenExecutors {
			t.Errorf("observation %d: chose %+v, %v; want stage %d with %d", i, d, err, g.Stage, g.ChosenExecutors)
		}
		if job := jobOf(v, v.Schedulable[d.Stage]); job != g.Job {
			t.Errorf("observation %d: stage of job %d, want %d", i, job, g.Job)
		}
	}
}

func float32s(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// checkNear compares rows.
func checkNear(tb testing.TB, what string, got, want []float32, tolerance float64) {
	tb.Helper()
	if len(got) != len(want) {
		tb.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		g, w := float64(got[i]), float64(want[i])
		if !(math.Abs(g-w) <= tolerance) {
			tb.Errorf("%s: number %d is %v, want %v", what, i, g, w)
		}
	}
}
