package sparkenv

import (
	"math"

	"trailblazer/api/env"
	"trailblazer/sparksim"
)

// The leaves of the observation.
const (
	leafNodes = iota
	leafEdges
	leafJobs
	leafSupply
	leafLimit
	leafSchedulable
	leafCommittable
	leafSource
)

// The leaves of the action.
const (
	actionStage = iota
	actionExecutors
)

func (f *Factory) observationSpace() *env.Dict {
	executors := float64(*f.executors())
	most := float64(f.mostStages)
	integer := func(name, unit, description string, low, high float64) *env.Box {
		return &env.Box{DType: env.Int64, Low: []float64{low}, High: []float64{high},
			Features: []env.Feature{{Name: name, Unit: unit, Description: description}}}
	}
	list := func(element *env.Box) env.Space { return &env.Sequence{Element: element} }
	nodes := &env.Box{
		DType: env.Float32, Shape: []int{3},
		Low: []float64{0, 0, 0}, High: []float64{float64(f.mostTasks), maxDurationMs, 1},
		Features: []env.Feature{
			{Name: "remaining_tasks", Unit: "task", Description: "tasks of the stage that have not begun"},
			{Name: "task_duration", Unit: "ms", Description: "how long the task that began last takes; before any has begun, the mean of all measured durations"},
			{Name: "schedulable", Unit: "1", Description: "1 where an action may name the stage, else 0"},
		},
	}
	return &env.Dict{Entries: []env.Entry{
		{Key: "dag", Space: &env.Graph{Node: nodes}},
		{Key: "job_ptr", Space: list(integer("node", "1", "index of the first node of each job, then the number of nodes", 0, most))},
		{Key: "executor_supply", Space: list(integer("supply", "executor", "executors that the job has, on their way or committed to it included", 0, math.MaxInt32))},
		{Key: "executor_limit", Space: list(integer("limit", "executor", "executors that the job can still be given", 0, executors))},
		{Key: "schedulable", Space: list(integer("node", "1", "node of each schedulable stage", 0, most))},
		{Key: "committable", Space: integer("committable", "executor", "executors to be given away", 0, executors)},
		{Key: "source_job", Space: integer("source_job", "1", "job that had these executors; the number of jobs where none had", 0, most)},
	}}
}

func (f *Factory) actionSpace() *env.Dict {
	return &env.Dict{Entries: []env.Entry{
		actionStage:     {Key: "stage", Space: &env.Discrete{N: int64(f.mostStages) + 1, Start: sparksim.Pass}},
		actionExecutors: {Key: "executors", Space: &env.Discrete{N: int64(*f.executors()), Start: 1}},
	}}
}

// maxDurationMs is the longest task, warm-up included, as a float32.
const maxDurationMs = 2 * sparksim.MaxDurationMs

func (f *Factory) executors() *int { return &f.config.Cluster.Executors }

// writeView writes a view to a row.
func writeView(v *sparksim.View, out env.Arrays, row int) {
	nodes := env.ResizeRow[float32](&out[leafNodes], row, len(v.Stages))
	for i := range v.Stages {
		s := &v.Stages[i]
		node := nodes[3*i : 3*i+3 : 3*i+3]
		node[0], node[1], node[2] = float32(s.Remaining), s.DurationMs, 0
		if s.Schedulable {
			node[2] = 1
		}
	}
	edges := env.ResizeRow[int64](&out[leafEdges], row, len(v.Edges))
	for i, e := range v.Edges {
		edges[2*i], edges[2*i+1] = int64(e.From), int64(e.To)
	}
	first := env.ResizeRow[int64](&out[leafJobs], row, len(v.Jobs)+1)
	supply := env.ResizeRow[int64](&out[leafSupply], row, len(v.Jobs))
	limit := env.ResizeRow[int64](&out[leafLimit], row, len(v.Jobs))
	for i := range v.Jobs {
		j := &v.Jobs[i]
		first[i], supply[i], limit[i] = int64(j.First), int64(j.Supply), int64(j.Limit)
	}
	first[len(v.Jobs)] = int64(len(v.Stages))
	schedulable := env.ResizeRow[int64](&out[leafSchedulable], row, len(v.Schedulable))
	for i, node := range v.Schedulable {
		schedulable[i] = int64(node)
	}
	env.Row[int64](&out[leafCommittable], row)[0] = int64(v.Committable)
	env.Row[int64](&out[leafSource], row)[0] = int64(v.Source)
}
