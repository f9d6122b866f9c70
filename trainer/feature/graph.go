package feature

import (
	"math"
	"slices"

	"trailblazer/api/env"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/shown"
	"trailblazer/sparksim/policy/work"
	"trailblazer/trainer/model"
)

// graph shows the jobs of a cluster.
type graph struct {
	reader              shown.Reader
	nodes, jobs, global columns
	all                 []int // leaves
	view                sparksim.View
	paths               work.Paths
	frontier            work.Frontier
	awaited             work.Awaited
	wait                bool      // show the stage that stands for waiting
	work                []float64 // by job
	cluster             cluster
	node                [nodeInputs]float64
	job                 [jobInputs]float64
	whole               [globalInputs]float64
}

// cluster is what all jobs of a view have in common.
type cluster struct {
	executors, logExecutors, free, logFree, averageWork float64
}

func newGraph(c *Config, spec *env.Spec) (*graph, error) {
	g := new(graph)
	if err := g.reader.Bind(spec); err != nil {
		return nil, err
	}
	for i := range env.Leaves(spec.Observation) {
		g.all = append(g.all, i)
	}
	var err error
	if g.nodes, err = newColumns("nodes", c.Nodes, NodeFeatures(), c.Clip); err != nil {
		return nil, err
	}
	if g.jobs, err = newColumns("jobs", c.Jobs, JobFeatures(), c.Clip); err != nil {
		return nil, err
	}
	g.wait = slices.Contains(g.nodes.from, nodeWait)
	g.global, err = newColumns("global", c.Global, GlobalFeatures(), c.Clip)
	return g, err
}

func (g *graph) leaves() []int { return g.all }

func (g *graph) observe(in *env.Batch, row int, to *model.Steps) error {
	v := &g.view
	if err := g.reader.Read(in, row, v); err != nil {
		return err
	}
	out := &to.Graph
	before := out.JobOffsets[len(out.JobOffsets)-1] // nodes of the steps before
	out.Nodes = slices.Grow(out.Nodes, len(v.Stages)*len(g.nodes.from))
	out.Jobs = slices.Grow(out.Jobs, len(v.Jobs)*len(g.jobs.from))
	g.lookAtCluster(v)
	out.Global = g.global.append(out.Global, g.whole[:])
	for job := range v.Jobs {
		j := &v.Jobs[job]
		g.lookAtJob(v, job)
		out.Jobs = g.jobs.append(out.Jobs, g.job[:])
		out.Limits = append(out.Limits, j.Limit)
		for stage := j.First; stage < j.End; stage++ {
			g.lookAtStage(v, job, stage)
			out.Nodes = g.nodes.append(out.Nodes, g.node[:])
		}
		out.JobOffsets = append(out.JobOffsets, before+j.End)
	}
	for _, e := range v.Edges {
		out.Parents, out.Children = append(out.Parents, before+e.From), append(out.Children, before+e.To)
	}
	for _, stage := range v.Schedulable {
		out.Stages = append(out.Stages, before+stage)
	}
	if g.wait && g.canWait() {
		g.observeWait(before, out)
	}
	out.StepJobs = append(out.StepJobs, int32(len(out.Limits)))
	out.StageOffsets = append(out.StageOffsets, int32(len(out.Stages)))
	return nil
}

// lookAtCluster fills in the inputs of the whole, and what others need of it.
func (g *graph) lookAtCluster(v *sparksim.View) {
	g.work = slices.Grow(g.work[:0], len(v.Jobs))[:len(v.Jobs)]
	total, jobs := 0.0, 0.0
	for job := range v.Jobs {
		g.work[job] = work.OfJob(v, job)
		if g.work[job] > 0 {
			total += g.work[job]
			jobs++
		}
	}
	c := &g.cluster
	c.executors = float64(v.Executors)
	c.logExecutors = math.Log(c.executors)
	c.free = float64(max(v.Committable, 1))
	c.logFree = math.Log(c.free)
	c.averageWork = ratio(total, jobs)
	x := &g.whole
	x[globalJobs] = math.Log(max(jobs, 1))
	x[globalLoad] = math.Log1p(total / 1000 / c.executors)
	x[globalFree] = c.logFree - c.logExecutors
	x[globalExecutors] = c.logExecutors
	x[globalSource] = flag(v.Source < len(v.Jobs), 0)
	x[globalSchedulable] = math.Log1p(float64(len(v.Schedulable)))
	x[globalStages] = math.Log1p(float64(len(v.Stages)))
}

// lookAtJob fills in the inputs of a job, and those that its stages share.
func (g *graph) lookAtJob(v *sparksim.View, job int) {
	g.paths.Measure(v, job)
	g.frontier.Mark(v, job)
	g.awaited.Await(v, job)
	j, c, x := &v.Jobs[job], &g.cluster, &g.job
	x[jobLimit] = float64(j.Limit) / c.executors
	x[jobSource] = flag(job == v.Source, -1)
	x[jobSupply] = float64(j.Supply) / c.executors
	x[jobLogWork] = math.Log1p(g.work[job] / 1000)
	x[jobWorkEach] = x[jobLogWork] - c.logExecutors
	x[jobRelative] = ratio(g.work[job], c.averageWork)
	x[jobStages] = math.Log(float64(max(j.End-j.First, 1)))
	x[jobLogPath] = math.Log1p(g.paths.Most / 1000)
	team, ending := float64(j.Supply), 0
	if job == v.Source {
		team = max(team-c.free, 0)
	}
	for i := range v.Stages[j.First:j.End] {
		if v.Stages[int(j.First)+i].Remaining == 0 {
			ending++
		}
	}
	x[jobTeam], x[jobEnding] = math.Log1p(team), math.Log1p(float64(ending))
	g.node[nodeLimit], g.node[nodeSource], g.node[nodeSupply] = x[jobLimit], x[jobSource], x[jobSupply]
}

// lookAtStage fills in the inputs of a stage of the job that was looked at
// last.
func (g *graph) lookAtStage(v *sparksim.View, job int, stage int32) {
	s, at, x := &v.Stages[stage], stage-v.Jobs[job].First, &g.node
	g.describe(job, float64(s.Remaining), work.OfStage(s), float64(s.DurationMs), g.paths.Ms[at])
	x[nodeFrontier] = flag(!g.frontier.Waits[at], 0)
	x[nodeSchedulable] = flag(s.Schedulable, 0)
	until := g.awaited.Until[at]
	x[nodeBlocked] = flag(math.IsInf(until, 1), 0)
	x[nodeAwaited] = 0
	if x[nodeBlocked] == 0 {
		x[nodeAwaited] = math.Log1p(until / 1000)
	}
	x[nodeWait] = 0
}

// describe fills in the inputs of a stage of the job that was looked at last,
// but for what other stages mean to it: its tasks that have not begun, their
// work, their duration and the longest path of work from it, in ms.
func (g *graph) describe(job int, tasks, own, ms, path float64) {
	c, x := &g.cluster, &g.node
	logTasks := math.Log(max(tasks, 1))
	x[nodeTasks] = tasks / 200
	x[nodeWork] = own / 1e5
	x[nodeLogTasks] = math.Log(tasks + 1)
	x[nodeLogDuration] = math.Log1p(ms / 1000)
	x[nodeLogWork] = math.Log1p(own / 1000)
	x[nodeShare] = ratio(own, g.work[job])
	x[nodePath] = ratio(path, g.paths.Most)
	x[nodeLogPath] = math.Log1p(path / 1000)
	x[nodeFit] = min(logTasks-c.logFree, 0)
	x[nodeWidth] = logTasks - c.logExecutors
	x[nodeStay] = 0
	if x[nodeSource] > 0 {
		x[nodeStay] = x[nodeLogDuration]
	}
}

// ratio is a/b, and 0 where b is 0.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// flag is 1, or what else it is.
func flag(is bool, otherwise float64) float64 {
	if is {
		return 1
	}
	return otherwise
}
