package model

import (
	"fmt"

	"trailblazer/trainer/kernel"
)

// graphEncoder embeds stages, jobs and the cluster. Its params, below
// "tasks.NAME.encoder.":
//
//	prepare, message, update   networks of stages
//	job                        of a stage's features and embedding, to be summed
//	cluster                    of a job's embedding, to be summed
//	summary                    [width, features of a step + embedding]
//	stage                      [width, features and embeddings of stage, job, cluster]
//	executor                   as stage, for the token of the chosen one
//	pointed.stage, pointed.executor
//	                           networks before these, where Graphs.Pointed has any
//
// Those of stage and executor are there for pointers only.
type graphEncoder struct {
	*Graphs
	prepare, message, update, job, cluster network
	// The maps to tokens.
	summaryToken              linear
	stages, chosen            network
	stageToken, executorToken linear
}

func newGraphEncoder(b builder, c *Encoder, width int, points bool) graphEncoder {
	g := &c.Graph
	inner := positive(g.Inner, g.Width)
	e := graphEncoder{
		Graphs:  g,
		prepare: b.network("prepare", c.Activation, g.Nodes, positive(g.Hidden, g.Width)...),
		message: b.network("message", c.Activation, g.Width, inner...),
		update:  b.network("update", c.Activation, g.Width, inner...),
		job:     b.network("job", c.Activation, g.Nodes+g.Width, inner...),
		cluster: b.network("cluster", c.Activation, g.Width, inner...),
	}
	if points {
		known := g.stage()
		if n := len(g.Pointed); n > 0 {
			e.stages = b.network("pointed.stage", c.Activation, known, g.Pointed...)
			e.chosen = b.network("pointed.executor", c.Activation, known, g.Pointed...)
			known = g.Pointed[n-1]
		}
		e.stageToken = b.uniform("stage", width, known, true)
		e.executorToken = b.uniform("executor", width, known, true)
	}
	if g.Summary {
		e.summaryToken = b.uniform("summary", width, g.summary(), true)
	}
	return e
}

// embedded is what a graph encoder knows of steps: features and embeddings.
type embedded struct {
	summaries *kernel.Var // of each step, with the cluster's embedding
	stages    *kernel.Var // of each stage that may be chosen, with its job's; nil where nothing points
	// jobOf is the job of each stage that may be chosen.
	jobOf []int32
}

// run embeds the graphs of steps.
func (e *graphEncoder) run(t *kernel.Tape, g *Graph) (embedded, error) {
	levels, err := kernel.NewLevels(len(g.Nodes)/e.Nodes, g.Parents, g.Children)
	if err != nil {
		return embedded{}, fmt.Errorf("model: the stages of a graph: %w", err)
	}
	features := e.input(t, g.Nodes, e.Nodes)
	nodes := t.PassMessages(e.prepare.apply(t, features), levels,
		func(x *kernel.Var) *kernel.Var { return e.message.apply(t, x) },
		func(x *kernel.Var) *kernel.Var { return e.update.apply(t, x) })
	nodes = t.Concat(features, nodes)
	jobs := e.pool(t, e.job.apply(t, nodes), g.JobOffsets)
	summaries := e.pool(t, e.cluster.apply(t, jobs), g.StepJobs)
	if e.Globals > 0 {
		summaries = t.Concat(e.input(t, g.Global, e.Globals), summaries)
	}
	if e.stageToken.weight == nil {
		return embedded{summaries: summaries}, nil
	}
	shared := t.Spread(summaries, g.StepJobs)
	if e.Jobs > 0 {
		jobs = t.Concat(e.input(t, g.Jobs, e.Jobs), jobs, shared)
	} else {
		jobs = t.Concat(jobs, shared)
	}
	jobOf := jobsOf(g)
	stages := t.Concat(t.Gather(nodes, g.Stages), t.Gather(jobs, jobOf))
	return embedded{summaries, stages, jobOf}, nil
}

func (e *graphEncoder) input(t *kernel.Tape, x []float32, width int) *kernel.Var {
	return t.Input(len(x)/width, width, x)
}

// pool sums rows, or takes their mean.
func (e *graphEncoder) pool(t *kernel.Tape, x *kernel.Var, offsets []int32) *kernel.Var {
	if e.Mean {
		return t.SegmentMean(x, offsets)
	}
	return t.SegmentSum(x, offsets)
}

// jobsOf is the job of each stage that may be chosen.
func jobsOf(g *Graph) []int32 {
	all := make([]int32, g.JobOffsets[len(g.JobOffsets)-1])
	for j := range len(g.JobOffsets) - 1 {
		for n := g.JobOffsets[j]; n < g.JobOffsets[j+1]; n++ {
			all[n] = int32(j)
		}
	}
	jobs := make([]int32, len(g.Stages))
	for i, n := range g.Stages {
		jobs[i] = all[n]
	}
	return jobs
}
