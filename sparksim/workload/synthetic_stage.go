package workload

import (
	"math"

	"trailblazer/internal/draw"
	"trailblazer/sparksim"
)

// The numbers of this file are fitted to the published measurements.

// table is what a scan reads.
type table struct {
	// splits is how many tasks read it per gigabyte of the whole data, at
	// least 2 in all.
	splits float64
	// ms are quantiles of how long a task takes for a full split.
	ms []float64
}

var (
	lineitem = &table{5.93, []float64{1650, 1900, 2000, 2150, 2550}}
	orders   = &table{1.33, []float64{1650, 1850, 2000, 2150, 2400}}
	partsupp = &table{0.91, []float64{1300, 1500, 1700, 1900}}
	part     = &table{0.19, []float64{1200, 1500, 1700, 2000}}
	nation   = &table{0, []float64{30, 100, 300, 500, 900}}

	// others are the tables beside the largest, as often as queries scan them.
	others = []*table{orders, orders, partsupp, part, part, part, nation, nation, nation, nation}
)

// pace is how the durations of a stage's tasks follow from those of tasks
// that are not their executor's first. With more executors all take longer:
// they share disks and network.
type pace struct {
	restMsPerExecutor float64
	// The first task of an executor takes firstFactor times as long, and
	// firstMs plus firstMsPerExecutor for every executor of the job longer.
	firstFactor, firstMs, firstMsPerExecutor float64
	// An executor that has just joined the job takes warmMs longer still.
	warmMs float64
	// spread are quantiles of a duration over its mean, hiccups of what is
	// added to it.
	spread, hiccups []float64
}

var (
	scans = &pace{firstFactor: 1.1, firstMsPerExecutor: 8, warmMs: 1450,
		spread: []float64{0.72, 0.88, 0.94, 0.97, 1, 1.03, 1.06, 1.12, 1.28}, hiccups: []float64{0, 0}}
	joins = &pace{restMsPerExecutor: 0.8, firstFactor: 1.35, firstMs: 150, firstMsPerExecutor: 1.8, warmMs: 700,
		spread: []float64{0.7, 0.82, 0.9, 0.94, 0.97, 1, 1.05, 1.14, 1.9}, hiccups: []float64{0, 0, 0, 1, 2, 3, 5, 9, 90}}
	aggregations = &pace{restMsPerExecutor: 0.45, firstFactor: 1.35, firstMs: 90, firstMsPerExecutor: 1.8, warmMs: 400,
		spread: joins.spread, hiccups: joins.hiccups}
)

// syntheticLevels are the numbers of executors that the measurements were
// made with, and how much longer tasks take at each than alone.
var syntheticLevels = []struct {
	executors int
	slowdown  float64
}{{2, 1}, {5, 1}, {10, 1.01}, {20, 1.03}, {40, 1.13}, {50, 1.16}, {60, 1.21}, {80, 1.34}, {100, 1.55}}

// stagePlan is a stage of a query at any size.
type stagePlan struct {
	table *table // nil where the stage is no scan
	tasks int    // fixed, where it is none
	// A task that is not its executor's first takes ms plus msPerGB for every
	// gigabyte; that of a scan, ms for a full split.
	ms, msPerGB float64
	pace        *pace
}

// shuffleTasks is Spark's default number of partitions of a shuffle.
const shuffleTasks = 200

func scan(d draw.Draws, t *table) stagePlan {
	return stagePlan{table: t, ms: d.From(t.ms), pace: scans}
}

// join reads two subtrees. Where they hold the largest table it has more to
// do.
func join(d draw.Draws, facts bool) stagePlan {
	s := stagePlan{tasks: shuffleTasks, pace: joins}
	if facts {
		s.ms = d.From([]float64{8, 17, 25, 36, 54})
		s.msPerGB = d.From([]float64{0.05, 0.5, 1.3, 2.4, 3.5, 4.2, 9, 14.8, 15.3})
	} else {
		s.ms = d.From([]float64{3, 5, 10, 22, 46})
		s.msPerGB = d.From([]float64{0, 0, 0.02, 0.05, 0.3, 1.3, 1.75, 2.2, 4})
	}
	return s
}

// aggregation reads one subtree. Right above a scan of the largest table it
// may have as much to do as the scan; elsewhere it has next to nothing.
func aggregation(d draw.Draws, facts bool) stagePlan {
	s := stagePlan{tasks: shuffleTasks, ms: d.From([]float64{2, 3, 7, 16, 28}), pace: aggregations}
	if facts {
		s.msPerGB = d.From([]float64{0, 1, 2.7, 12, 43})
	} else {
		s.msPerGB = d.From([]float64{0, 0, 0, 0.02, 0.04, 0.08, 0.3, 9})
	}
	return s
}

// result hands the answer over, in few tasks.
func result(d draw.Draws) stagePlan {
	tasks := []int{1, 1, 1, 1, 2, 3, 5, 6}
	return stagePlan{tasks: tasks[d.Below(len(tasks))], ms: d.Between(20, 60), pace: aggregations}
}

// at says how many tasks a stage has at a size, and how long one takes that is
// not its executor's first, alone in the cluster.
func (s *stagePlan) at(gigabytes float64) (tasks int, ms float64) {
	if s.table == nil {
		return s.tasks, s.ms + float64(s.msPerGB*gigabytes)
	}
	const least = 2
	splits := float64(s.table.splits * gigabytes)
	if s.table.splits == 0 {
		return least, s.ms
	}
	return max(least, int(math.Round(splits))), s.ms * min(1, splits/least)
}

// spec draws the durations of a query at a size.
func (p *plan) spec(d draw.Draws, gigabytes float64) sparksim.JobSpec {
	spec := sparksim.JobSpec{Stages: make([]sparksim.StageSpec, len(p.stages)), Edges: p.edges}
	// All executors of a job join it at its start, and warm up in the first
	// stages that have tasks for them.
	cold := make([]int, len(syntheticLevels))
	for i, l := range syntheticLevels {
		cold[i] = l.executors
	}
	for i := range p.stages {
		spec.Stages[i] = p.stages[i].spec(d, gigabytes, cold)
	}
	return spec
}

func (s *stagePlan) spec(d draw.Draws, gigabytes float64, cold []int) sparksim.StageSpec {
	tasks, ms := s.at(gigabytes)
	spec := sparksim.StageSpec{Tasks: tasks, Levels: make([]sparksim.Level, len(syntheticLevels))}
	for i, l := range syntheticLevels {
		executors := float64(l.executors)
		rest := float64(ms*l.slowdown) + float64(s.pace.restMsPerExecutor*executors)
		first := float64(rest*s.pace.firstFactor) + s.pace.firstMs + float64(s.pace.firstMsPerExecutor*executors)
		wave := min(tasks, l.executors)
		fresh := min(wave, cold[i])
		cold[i] -= fresh
		spec.Levels[i] = sparksim.Level{
			Executors: l.executors,
			Fresh:     s.pace.durations(d, fresh, first+s.pace.warmMs),
			First:     s.pace.durations(d, wave-fresh, first),
			Rest:      s.pace.durations(d, tasks-wave, rest),
		}
	}
	fillFirst(spec.Levels)
	return spec
}

// durations draws n durations around a mean.
func (p *pace) durations(d draw.Draws, n int, ms float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = max(1, math.Round(float64(ms*d.From(p.spread))+d.From(p.hiccups)))
	}
	return list
}
