// Package sparkreport measures, logs and draws the scheduling of Spark jobs:
// it is the rollout.Report of trailblazer/CJS-v0.
//
// Its nouns: a [Report] knows where the environment's numbers lie; the metrics
// are taken once an episode, at its end. A record is what an episode shows of
// its jobs and of who ran where, in environments that record it.
package sparkreport

import (
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
	"trailblazer/sparksim/sparkenv"
)

// Report implements rollout.Report and rollout.JobRecorder.
type Report struct {
	manifest *sparkenv.Manifest
	// Where the infos lie.
	wallMs, busyS                         int
	activeJobs, activeStages, schedulable int
	completed                             int
	averageJCTS, boundS                   int
	// Those of recorded episodes; -1 where there are none.
	runs, completions int
	// Where the parts of an action lie.
	stage, executors int
}

// New makes the report of a CJS environment.
func New(spec *env.Spec) (*Report, error) {
	manifest, err := sparkenv.ParseManifest(spec)
	if err != nil {
		return nil, err
	}
	r := &Report{manifest: manifest}
	err = env.Bind(env.Leaves(spec.Info), []env.Binding{
		{Path: "wall_ms", DType: env.Float64, At: &r.wallMs},
		{Path: "busy_s", DType: env.Float64, At: &r.busyS},

		{Path: "active_jobs", DType: env.Int64, At: &r.activeJobs},
		{Path: "active_stages", DType: env.Int64, At: &r.activeStages},
		{Path: "schedulable_stages", DType: env.Int64, At: &r.schedulable},
		{Path: "completed_jobs", DType: env.Int64, At: &r.completed},

		{Path: "average_jct_s", DType: env.Float64, At: &r.averageJCTS},
		{Path: "lower_bound_s", DType: env.Float64, At: &r.boundS},
	})
	if err != nil {
		return nil, fmt.Errorf("sparkreport: the info of %s: %w", spec.ID, err)
	}
	r.runs, r.completions = findRows(spec, "runs", runColumns), findRows(spec, "completions", completionColumns)
	err = env.Bind(env.Leaves(spec.Action), []env.Binding{
		{Path: "stage", DType: env.Int64, At: &r.stage},
		{Path: "executors", DType: env.Int64, At: &r.executors},
	})
	if err != nil {
		return nil, fmt.Errorf("sparkreport: the action of %s: %w", spec.ID, err)
	}
	return r, nil
}

// The columns of what is recorded.
const (
	runColumns        = 6 // executor, job, stage, tasks, start_ms, end_ms
	completionColumns = 4 // job, kind, arrival_ms, completed_ms
)

// findRows returns the place of an info with rows of so many numbers, or -1.
func findRows(spec *env.Spec, path string, columns int) int {
	return slices.IndexFunc(env.Leaves(spec.Info), func(l env.Leaf) bool {
		return l.Path == path && l.DType == env.Float64 && l.Ragged && l.Elements() == columns
	})
}

// The metrics' places.
const (
	averageJCT = iota
	lowerBound
	makespan
	utilisation
	decisions
)

// Metrics implements rollout.Report.
func (r *Report) Metrics() []rollout.Metric {
	return []rollout.Metric{
		averageJCT:  {Name: "average_jct_s", Unit: "s", Order: rollout.SmallerIsBetter, Description: "mean time from a job's arrival to its completion, or to the end of an episode that was cut short"},
		lowerBound:  {Name: "lower_bound_s", Unit: "s", Description: "what no scheduler can be expected to undercut in episodes that are not cut short"},
		makespan:    {Name: "makespan_s", Unit: "s", Order: rollout.SmallerIsBetter, Description: "length of an episode"},
		utilisation: {Name: "utilisation", Unit: "1", Order: rollout.LargerIsBetter, Description: "share of the executors' time that they spent with tasks"},
		decisions:   {Name: "decisions", Unit: "1", Description: "steps of an episode"},
	}
}

// Measure implements rollout.Report. Every part has one number for an episode.
func (r *Report) Measure(b *env.Batch, row int, start bool, parts []stats.Part) {
	if start {
		parts[decisions] = stats.Part{0}
	} else {
		parts[decisions][0]++
	}
	if !b.Done(row) {
		return
	}
	seconds := float(b, r.wallMs, row) / 1000
	parts[averageJCT].Add(float(b, r.averageJCTS, row))
	parts[lowerBound].Add(float(b, r.boundS, row))
	parts[makespan].Add(seconds)
	if seconds > 0 {
		parts[utilisation].Add(float(b, r.busyS, row) / (seconds * float64(r.manifest.Executors)))
	}
}

// DefaultEpisodes implements rollout.Report: one, as in the papers.
func (r *Report) DefaultEpisodes() int { return 1 }

func float(b *env.Batch, leaf, row int) float64 {
	return env.Row[float64](&b.Info[leaf], row)[0]
}

func integer(b *env.Batch, leaf, row int) int64 {
	return env.Row[int64](&b.Info[leaf], row)[0]
}
