package shown

import (
	"fmt"
	"math"
	"slices"

	"trailblazer/api/env"
	"trailblazer/sparksim"
)

// Reader reads observations of the spec that it is bound to.
type Reader struct {
	executors int

	// Indices of the observation's leaves.
	nodes, links, jobs, schedulable, supply, limit, committable, source int
}

// Bind finds what is to be read in the observations of a spec.
func (r *Reader) Bind(spec *env.Spec) error {
	leaves := env.Leaves(spec.Observation)
	err := env.Bind(leaves, []env.Binding{
		{Path: "committable", DType: env.Int64, At: &r.committable},
		{Path: "source_job", DType: env.Int64, At: &r.source},
	})
	if err != nil {
		return fmt.Errorf("policy: the environment's observation: %w", err)
	}
	for _, want := range []struct {
		path  string
		dtype env.DType
		width int
		at    *int
	}{
		{"dag.nodes", env.Float32, 3, &r.nodes},
		{"dag.edge_links", env.Int64, 2, &r.links},
		{"job_ptr", env.Int64, 1, &r.jobs},
		{"schedulable", env.Int64, 1, &r.schedulable},
		{"executor_supply", env.Int64, 1, &r.supply},
		{"executor_limit", env.Int64, 1, &r.limit},
	} {
		*want.at = slices.IndexFunc(leaves, func(l env.Leaf) bool {
			return l.Path == want.path && l.DType == want.dtype && l.Ragged && l.Elements() == want.width
		})
		if *want.at < 0 {
			return fmt.Errorf("policy: the environment's observation: there are no rows of %d %v %q", want.width, want.dtype, want.path)
		}
	}
	var w Writer
	if err := w.Bind(spec); err != nil {
		return err
	}
	r.executors = w.most
	return nil
}

// Executors is the size of the cluster.
func (r *Reader) Executors() int { return r.executors }

// Read fills v with what the environment shows in a row of a batch. It reuses
// v's memory. An observation that is no view of a cluster is an error, and v
// then undefined.
func (r *Reader) Read(in *env.Batch, row int, v *sparksim.View) error {
	v.Executors = r.executors
	committable := env.Row[int64](&in.Observation[r.committable], row)[0]
	if committable < 0 || committable > int64(r.executors) {
		return fmt.Errorf("policy: committable is %d in a cluster of %d executors", committable, r.executors)
	}
	v.Committable = int(committable)
	if err := r.readStages(in, row, v); err != nil {
		return err
	}
	if err := r.readJobs(in, row, v); err != nil {
		return err
	}
	if err := r.readEdges(in, row, v); err != nil {
		return err
	}
	return r.readSchedulable(in, row, v)
}

func (r *Reader) readStages(in *env.Batch, row int, v *sparksim.View) error {
	nodes := env.Row[float32](&in.Observation[r.nodes], row)
	v.Stages = slices.Grow(v.Stages[:0], len(nodes)/3)[:len(nodes)/3]
	for i := range v.Stages {
		remaining, duration, flag := nodes[3*i], nodes[3*i+1], nodes[3*i+2]
		if !(remaining >= 0 && remaining <= sparksim.MaxTasks) || !(duration >= 0 && duration <= math.MaxFloat32) {
			return fmt.Errorf("policy: node %d shows %v remaining tasks of %v ms", i, remaining, duration)
		}
		v.Stages[i] = sparksim.StageView{Remaining: int32(remaining), DurationMs: duration, Schedulable: flag != 0}
	}
	return nil
}

func (r *Reader) readJobs(in *env.Batch, row int, v *sparksim.View) error {
	bounds := env.Row[int64](&in.Observation[r.jobs], row)
	supply := env.Row[int64](&in.Observation[r.supply], row)
	limit := env.Row[int64](&in.Observation[r.limit], row)
	jobs := len(supply)
	if len(limit) != jobs || len(bounds) != jobs+1 || bounds[0] != 0 || bounds[jobs] != int64(len(v.Stages)) {
		return fmt.Errorf("policy: %d job bounds, %d supplies and %d limits don't describe jobs with %d nodes", len(bounds), jobs, len(limit), len(v.Stages))
	}
	v.Jobs = slices.Grow(v.Jobs[:0], jobs)[:jobs]
	for j := range v.Jobs {
		if bounds[j] > bounds[j+1] {
			return fmt.Errorf("policy: job %d has nodes from %d to %d", j, bounds[j], bounds[j+1])
		}
		if uint64(supply[j]) > math.MaxInt32 || uint64(limit[j]) > uint64(r.executors) {
			return fmt.Errorf("policy: job %d has %d executors and can be given %d", j, supply[j], limit[j])
		}
		v.Jobs[j] = sparksim.JobView{First: int32(bounds[j]), End: int32(bounds[j+1]), Supply: int32(supply[j]), Limit: int32(limit[j])}
	}
	source := env.Row[int64](&in.Observation[r.source], row)[0]
	if uint64(source) > uint64(jobs) {
		return fmt.Errorf("policy: the source job is %d of %d", source, jobs)
	}
	v.Source = int(source)
	return nil
}

func (r *Reader) readEdges(in *env.Batch, row int, v *sparksim.View) error {
	links := env.Row[int64](&in.Observation[r.links], row)
	v.Edges = slices.Grow(v.Edges[:0], len(links)/2)[:len(links)/2]
	before := int64(0)
	for i := range v.Edges {
		from, to := links[2*i], links[2*i+1]
		if from < before || from >= to || to >= int64(len(v.Stages)) {
			return fmt.Errorf("policy: edge %d goes from node %d to %d of %d; edges must be in order and lead to later nodes", i, from, to, len(v.Stages))
		}
		before = from
		v.Edges[i] = sparksim.Edge{From: int32(from), To: int32(to)}
	}
	return nil
}

func (r *Reader) readSchedulable(in *env.Batch, row int, v *sparksim.View) error {
	list := env.Row[int64](&in.Observation[r.schedulable], row)
	v.Schedulable = slices.Grow(v.Schedulable[:0], len(list))[:len(list)]
	before := int64(-1)
	for i, node := range list {
		if node <= before || node >= int64(len(v.Stages)) {
			return fmt.Errorf("policy: schedulable node %d comes after %d, of %d nodes", node, before, len(v.Stages))
		}
		before = node
		v.Schedulable[i] = int32(node)
	}
	return nil
}
