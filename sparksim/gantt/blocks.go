package gantt

import (
	"cmp"
	"slices"

	"trailblazer/sparksim"
)

// block is what is drawn as one piece: a run, or several of the same executor
// and job of which some are too short to be seen.
type block struct {
	executor, job  int32
	stage          int32 // of the first run
	stages         int   // in a row that differ
	runs, tasks    int
	startMs, endMs float64
}

// blocks joins runs that are shorter than shortMs with those of the same job
// beside them, if at most gapMs lie between. They are ordered by job,
// executor and time.
func blocks(runs []sparksim.Run, shortMs, gapMs float64) []block {
	sorted := slices.Clone(runs)
	slices.SortFunc(sorted, func(a, b sparksim.Run) int {
		return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Executor, b.Executor), cmp.Compare(a.StartMs, b.StartMs), cmp.Compare(a.EndMs, b.EndMs), cmp.Compare(a.Stage, b.Stage))
	})
	var list []block
	last := int32(0) // stage of the last run
	for _, r := range sorted {
		if n := len(list) - 1; n >= 0 {
			b := &list[n]
			short := r.EndMs-r.StartMs < shortMs || b.endMs-b.startMs < shortMs
			if b.job == r.Job && b.executor == r.Executor && short && r.StartMs-b.endMs <= gapMs {
				if r.Stage != last {
					b.stages++
				}
				b.runs++
				b.tasks += int(r.Tasks)
				b.endMs = max(b.endMs, r.EndMs)
				last = r.Stage
				continue
			}
		}
		list = append(list, block{executor: r.Executor, job: r.Job, stage: r.Stage, stages: 1, runs: 1, tasks: int(r.Tasks), startMs: r.StartMs, endMs: r.EndMs})
		last = r.Stage
	}
	return list
}
