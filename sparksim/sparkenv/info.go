package sparkenv

import (
	"encoding/binary"
	"math"

	"trailblazer/api/env"
	"trailblazer/sparksim"
)

// The leaves of info. The first are one number of 8 bytes each.
const (
	infoRewardRunning = iota
	infoRewardWaiting
	infoWall
	infoActiveJobs
	infoActiveStages
	infoSchedulable
	infoCompleted
	infoJobs
	infoRunning
	infoBusy
	infoAverageJCT
	infoBound
	infoStageMask
	infoExecutorMask
	// Recorded only if the config says so.
	infoRuns
	infoCompletions
)

func (f *Factory) infoSpace() *env.Dict {
	box := func(dtype env.DType, low, high float64, features ...env.Feature) *env.Box {
		b := &env.Box{DType: dtype, Low: []float64{low}, High: []float64{high}, Features: features}
		if len(features) > 1 {
			b.Shape = []int{len(features)}
		}
		return b
	}
	number := func(key, unit, description string, low, high float64) env.Entry {
		return env.Entry{Key: key, Space: box(env.Float64, low, high, env.Feature{Name: key, Unit: unit, Description: description})}
	}
	integer := func(key, unit, description string) env.Entry {
		return env.Entry{Key: key, Space: box(env.Int64, 0, 1<<53, env.Feature{Name: key, Unit: unit, Description: description})}
	}
	inf := math.Inf(1)
	entries := []env.Entry{
		infoRewardRunning: number("reward_running", "ms", "minus the time of jobs while at least one of their tasks ran", -inf, 0),
		infoRewardWaiting: number("reward_waiting", "ms", "minus the time of jobs while none of their tasks ran", -inf, 0),
		infoWall:          number("wall_ms", "ms", "time since the episode began", 0, inf),
		infoActiveJobs:    integer("active_jobs", "job", "jobs that have arrived and are not complete"),
		infoActiveStages:  integer("active_stages", "stage", "their incomplete stages"),
		infoSchedulable:   integer("schedulable_stages", "stage", "stages that an action may name"),
		infoCompleted:     integer("completed_jobs", "job", "jobs completed so far"),
		infoJobs:          integer("total_jobs", "job", "jobs of the whole episode"),
		infoRunning:       integer("running_executors", "executor", "executors that run a task"),
		infoBusy:          number("busy_s", "s", "time that executors have spent with tasks so far, all together", 0, inf),
		infoAverageJCT:    number("average_jct_s", "s", "mean time from arrival to completion, or to now, of the jobs that have arrived", 0, inf),
		infoBound:         number("lower_bound_s", "s", "average completion time that no scheduler can be expected to undercut in this episode; privileged", 0, inf),
		infoStageMask: {Key: "stage_mask", Space: &env.Sequence{Element: box(env.Int8, 0, 1,
			env.Feature{Name: "legal", Unit: "1", Description: "whether action stage -1, 0, 1 and so on is legal"})}},
		infoExecutorMask: {Key: "executor_mask", Space: &env.Box{DType: env.Int8, Shape: []int{*f.executors()}, Low: []float64{0}, High: []float64{1}}},
	}
	if !f.config.Record {
		return &env.Dict{Entries: entries}
	}
	feature := func(name, unit, description string) env.Feature {
		return env.Feature{Name: name, Unit: unit, Description: description}
	}
	entries = append(entries,
		env.Entry{Key: "runs", Space: &env.Sequence{Element: box(env.Float64, 0, inf,
			feature("executor", "1", "that ran tasks of one stage without a pause, which ended in this step"),
			feature("job", "1", "in the order of arrival"),
			feature("stage", "1", "of the job"),
			feature("tasks", "task", "how many"),
			feature("start_ms", "ms", "when the first began"),
			feature("end_ms", "ms", "when the last ended"))}},
		env.Entry{Key: "completions", Space: &env.Sequence{Element: box(env.Float64, 0, inf,
			feature("job", "1", "completed in this step, in the order of arrival"),
			feature("kind", "1", "index into the manifest's kinds"),
			feature("arrival_ms", "ms", "when it arrived"),
			feature("completed_ms", "ms", "when it was completed"))}})
	return &env.Dict{Entries: entries}
}

// writeInfo writes what the environment measured to a row.
func (e *Env) writeInfo(out env.Arrays, row int) {
	c := e.cluster
	at := 8 * row
	integer := func(k, x int) { binary.LittleEndian.PutUint64(out[k].Data[at:], uint64(x)) }
	number := func(k int, x float64) { binary.LittleEndian.PutUint64(out[k].Data[at:], math.Float64bits(x)) }
	number(infoRewardRunning, e.reward.Running)
	number(infoRewardWaiting, e.reward.Waiting)
	number(infoWall, c.NowMs())
	integer(infoActiveJobs, len(e.view.Jobs))
	integer(infoActiveStages, len(e.view.Stages))
	integer(infoSchedulable, len(e.view.Schedulable))
	integer(infoCompleted, c.Completed())
	integer(infoJobs, c.Jobs())
	integer(infoRunning, c.Running())
	number(infoBusy, c.BusyMs()/1000)
	number(infoAverageJCT, c.AverageJCTMs()/1000)
	number(infoBound, e.boundS)
	e.writeMasks(out, row)
	if e.factory.config.Record {
		writeRuns(c.Runs(), &out[infoRuns], row)
		e.writeCompletions(&out[infoCompletions], row)
	}
}

func (e *Env) writeMasks(out env.Arrays, row int) {
	stages := env.ResizeRow[int8](&out[infoStageMask], row, 1+len(e.view.Schedulable))
	for i := range stages {
		stages[i] = 1
	}
	if e.phase == finished || !e.cluster.CanPass() {
		stages[0] = 0
	}
	executors := env.Row[int8](&out[infoExecutorMask], row)
	for i := range executors {
		executors[i] = 0
		if i < e.view.Committable {
			executors[i] = 1
		}
	}
}

func writeRuns(runs []sparksim.Run, out *env.Array, row int) {
	values := env.ResizeRow[float64](out, row, len(runs))
	for i, r := range runs {
		copy(values[6*i:], []float64{float64(r.Executor), float64(r.Job), float64(r.Stage), float64(r.Tasks), r.StartMs, r.EndMs})
	}
}

func (e *Env) writeCompletions(out *env.Array, row int) {
	jobs := e.cluster.Completions()
	values := env.ResizeRow[float64](out, row, len(jobs))
	for i, j := range jobs {
		a := e.arrivals[j]
		copy(values[4*i:], []float64{float64(j), float64(a.Kind), a.AtMs, e.cluster.CompletedMs(int(j))})
	}
}
