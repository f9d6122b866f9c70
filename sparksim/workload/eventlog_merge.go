package workload

import (
	"cmp"
	"fmt"
	"slices"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// MergeEventLogs puts together what logs of one application, run with
// different numbers of executors, say of its jobs. The jobs are those of the
// first log; jobs at the same place in the other logs, which must have the
// same stages, add their durations as further levels, or to the level of as
// many executors. Errors are *setting.Error.
func MergeEventLogs(logs ...*EventLog) ([]EventLogJob, error) {
	if len(logs) == 0 {
		return nil, setting.Refuse("logs", "none", "so there are no jobs", "give at least one")
	}
	merged := slices.Clone(logs[0].Jobs)
	for i := range merged {
		merged[i].Spec.Stages = slices.Clone(merged[i].Spec.Stages)
	}
	for l, log := range logs[1:] {
		if len(log.Jobs) != len(merged) {
			return nil, setting.Refuse(fmt.Sprintf("logs[%d].jobs", l+1), len(log.Jobs), fmt.Sprintf("are not as many as in logs[0], %d", len(merged)), eventLogSameShape)
		}
		for i := range log.Jobs {
			into, from := &merged[i].Spec, &log.Jobs[i].Spec
			field := fmt.Sprintf("logs[%d].jobs[%d]", l+1, i)
			if len(from.Stages) != len(into.Stages) {
				return nil, setting.Refuse(field+".stages", len(from.Stages), fmt.Sprintf("are not as many as in logs[0], %d", len(into.Stages)), eventLogSameShape)
			}
			if !slices.Equal(from.Edges, into.Edges) {
				return nil, setting.Refuse(field+".edges", from.Edges, fmt.Sprintf("differ from those in logs[0], %v", into.Edges), eventLogSameShape)
			}
			for k := range from.Stages {
				a, b := &into.Stages[k], &from.Stages[k]
				if a.Tasks != b.Tasks {
					return nil, setting.Refuse(fmt.Sprintf("%s.stages[%d].tasks", field, k), b.Tasks, fmt.Sprintf("are not as many as in logs[0], %d", a.Tasks), eventLogSameShape)
				}
				a.Levels = eventLogMergedLevels(a.Levels, b.Levels)
			}
		}
	}
	return merged, nil
}

const eventLogSameShape = "run the application with the same data and partitions, " +
	"as with spark.sql.adaptive.enabled=false and fixed spark.default.parallelism and spark.sql.shuffle.partitions"

// eventLogMergedLevels makes one ascending list of two.
func eventLogMergedLevels(a, b []sparksim.Level) []sparksim.Level {
	merged := slices.Clone(a)
	for _, level := range b {
		at, found := slices.BinarySearchFunc(merged, level.Executors, func(l sparksim.Level, executors int) int { return cmp.Compare(l.Executors, executors) })
		if !found {
			merged = slices.Insert(merged, at, level)
			continue
		}
		same := &merged[at]
		same.Fresh = slices.Concat(same.Fresh, level.Fresh)
		same.First = slices.Concat(same.First, level.First)
		same.Rest = slices.Concat(same.Rest, level.Rest)
	}
	return merged
}
