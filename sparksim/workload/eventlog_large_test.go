package workload

import (
	"strings"
	"testing"
)

func TestEventLogOfManyStages(t *testing.T) {
	// A chain of 10,000 stages, every second of which was skipped.
	var chain eventLogText
	chain.executor("1", 8)
	stages := []stageText{{id: 0, tasks: 1}}
	for id := 1; id < 10_000; id++ {
		stages = append(stages, stageText{id: id, tasks: 1, parents: []int{id - 1}})
	}
	chain.job(0, 0, nil, stages...)
	for id := 0; id < len(stages); id += 2 {
		chain.task(taskText{stage: id, from: id, to: id + 2})
	}
	chain.jobEnd(0, len(stages), "JobSucceeded")
	log := mustReadEventLog(t, chain.done(), EventLogOptions{})
	spec := log.Jobs[0].Spec
	if len(spec.Stages) != 5000 || len(spec.Edges) != 4999 || spec.Edges[4998] != [2]int{4998, 4999} {
		t.Errorf("%d stages, %d edges", len(spec.Stages), len(spec.Edges))
	}

	// Every stage waits for all before it.
	var dense eventLogText
	var before []int
	stages = nil
	for id := range 1500 {
		stages = append(stages, stageText{id: id, tasks: 1, parents: before})
		before = append(before, id)
	}
	dense.job(3, 0, nil, stages...)
	for id := range stages {
		dense.task(taskText{stage: id, from: id, to: id + 1})
	}
	dense.jobEnd(3, 1500, "JobSucceeded")
	_, err := ReadEventLog(strings.NewReader(string(dense.done())), "log", EventLogOptions{})
	if want := "log: line 1: job 3: has more than 1048576 dependencies; give a log of smaller jobs"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
