// Package testview makes views of clusters for tests: [Random] ones, and
// environments' batches that show them ([Spec], [Show]).
package testview

import (
	"math/rand/v2"

	"trailblazer/api/env"
	"trailblazer/sparksim"
)

// Random makes a view such as a cluster of some size may show, with up to most
// jobs.
func Random(random *rand.Rand, executors, most int) *sparksim.View {
	v := &sparksim.View{Executors: executors, Committable: 1 + random.IntN(executors)}
	jobs := random.IntN(most + 1)
	v.Source = random.IntN(jobs + 1)
	for j := range jobs {
		job := sparksim.JobView{First: int32(len(v.Stages)), Supply: int32(random.IntN(executors + 2))}
		job.Limit = min(int32(max(executors-int(job.Supply), 0)), int32(v.Committable))
		if j == v.Source {
			job.Limit = int32(v.Committable)
		}
		appendStages(random, v, job.Limit > 0)
		job.End = int32(len(v.Stages))
		v.Jobs = append(v.Jobs, job)
	}
	return v
}

// appendStages appends the stages and edges of one job.
func appendStages(random *rand.Rand, v *sparksim.View, open bool) {
	first := len(v.Stages)
	count := 1 + random.IntN(10)
	for i := range count {
		s := sparksim.StageView{Remaining: int32(random.IntN(40) * random.IntN(4)), DurationMs: float32(random.IntN(20000))}
		s.Schedulable = open && s.Remaining > 0 && random.IntN(3) == 0
		if s.Schedulable {
			v.Schedulable = append(v.Schedulable, int32(first+i))
		}
		v.Stages = append(v.Stages, s)
	}
	for from := range count {
		for to := from + 1; to < count; to++ {
			if random.IntN(count) == 0 {
				v.Edges = append(v.Edges, sparksim.Edge{From: int32(first + from), To: int32(first + to)})
			}
		}
	}
}

// Spec declares an environment with the observations and actions of
// trailblazer/CJS-v0.
func Spec(executors int) *env.Spec {
	number := func(most int) env.Space { return &env.Discrete{N: int64(most) + 1} }
	list := func() env.Space { return &env.Sequence{Element: number(1 << 20)} }
	return &env.Spec{
		ID: "trailblazer/CJS-v0",
		Observation: &env.Dict{Entries: []env.Entry{
			{Key: "dag", Space: &env.Graph{Node: &env.Box{DType: env.Float32, Shape: []int{3}, Low: []float64{0}, High: []float64{1e12}}}},
			{Key: "job_ptr", Space: list()},
			{Key: "executor_supply", Space: list()},
			{Key: "executor_limit", Space: list()},
			{Key: "schedulable", Space: list()},
			{Key: "committable", Space: number(executors)},
			{Key: "source_job", Space: number(1 << 20)},
		}},
		Action: &env.Dict{Entries: []env.Entry{
			{Key: "stage", Space: &env.Discrete{N: 1 << 20, Start: sparksim.Pass}},
			{Key: "executors", Space: &env.Discrete{N: int64(executors), Start: 1}},
		}},
		Info: &env.Dict{},
	}
}

// Show writes a view to a row of a batch of a Spec.
func Show(v *sparksim.View, out *env.Batch, row int) {
	leaf := func(path string) *env.Array { return out.Observation.Find(path) }
	nodes := env.ResizeRow[float32](leaf("dag.nodes"), row, len(v.Stages))
	for i, s := range v.Stages {
		nodes[3*i], nodes[3*i+1], nodes[3*i+2] = float32(s.Remaining), s.DurationMs, 0
		if s.Schedulable {
			nodes[3*i+2] = 1
		}
	}
	links := env.ResizeRow[int64](leaf("dag.edge_links"), row, len(v.Edges))
	for i, e := range v.Edges {
		links[2*i], links[2*i+1] = int64(e.From), int64(e.To)
	}
	bounds := env.ResizeRow[int64](leaf("job_ptr"), row, len(v.Jobs)+1)
	supply := env.ResizeRow[int64](leaf("executor_supply"), row, len(v.Jobs))
	limit := env.ResizeRow[int64](leaf("executor_limit"), row, len(v.Jobs))
	bounds[0] = 0
	for j, job := range v.Jobs {
		bounds[j+1], supply[j], limit[j] = int64(job.End), int64(job.Supply), int64(job.Limit)
	}
	list := env.ResizeRow[int64](leaf("schedulable"), row, len(v.Schedulable))
	for i, at := range v.Schedulable {
		list[i] = int64(at)
	}
	env.Row[int64](leaf("committable"), row)[0] = int64(v.Committable)
	env.Row[int64](leaf("source_job"), row)[0] = int64(v.Source)
}
