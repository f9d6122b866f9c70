package feature

import (
	"math"

	"trailblazer/api/env"
	"trailblazer/sparksim/policy/work"
	"trailblazer/trainer/model"
)

// A model points at stages, and so a stage stands for waiting: for leaving the
// executors with the job that had them. It comes after all others that may be
// chosen, in a job of its own whose inputs are those of that job, and is the
// parent of what it waits for. It is there only where waiting is safe
// (work.Awaited): elsewhere executors could stay idle for ever.

// canWait reports whether the view has that stage, and finds what it waits for.
func (g *graph) canWait() bool {
	v := &g.view
	if v.Source == len(v.Jobs) || len(v.Schedulable) == 0 {
		return false
	}
	g.awaited.Await(v, v.Source)
	return len(g.awaited.Stages) > 0
}

// waits reports whether a row has that stage.
func (g *graph) waits(in *env.Batch, row int) (bool, error) {
	if !g.wait {
		return false, nil
	}
	if err := g.reader.Read(in, row, &g.view); err != nil {
		return false, err
	}
	return g.canWait(), nil
}

// observeWait appends the stage, where before counts the nodes of other steps.
func (g *graph) observeWait(before int32, out *model.Graph) {
	v, x := &g.view, &g.node
	g.lookAtJob(v, v.Source)
	own, path := 0.0, 0.0
	node := before + int32(len(v.Stages))
	for _, stage := range g.awaited.Stages {
		own += work.OfStage(&v.Stages[stage])
		path = max(path, g.paths.Ms[stage-v.Jobs[v.Source].First])
		out.Parents, out.Children = append(out.Parents, node), append(out.Children, before+stage)
	}
	g.describe(v.Source, g.awaited.Tasks, own, own/g.awaited.Tasks, path)
	x[nodeFrontier], x[nodeBlocked], x[nodeSchedulable], x[nodeWait] = 0, 0, 1, 1
	x[nodeAwaited] = math.Log1p(g.awaited.Ms / 1000)
	out.Nodes = g.nodes.append(out.Nodes, x[:])
	out.Jobs = g.jobs.append(out.Jobs, g.job[:])
	out.Limits = append(out.Limits, 1)
	out.JobOffsets = append(out.JobOffsets, node+1)
	out.Stages = append(out.Stages, node)
}
