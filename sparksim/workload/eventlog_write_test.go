package workload

import (
	"encoding/json"
	"fmt"
	"strings"
)

// eventLogText writes the events of an application, as tests want them.
type eventLogText struct {
	strings.Builder
	tasks int
}

type object = map[string]any

func (w *eventLogText) event(name string, fields object) {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "{\"Event\":%q,%s\n", name, text[1:])
}

func (w *eventLogText) executor(name string, cores int) {
	w.event("SparkListenerExecutorAdded", object{"Executor ID": name, "Executor Info": object{"Total Cores": cores}})
}

type stageText struct {
	id, tasks int
	parents   []int
	rdds      []int
}

func (w *eventLogText) job(id, atMs int, properties object, stages ...stageText) {
	infos := []object{}
	for _, s := range stages {
		rdds := []object{}
		for _, r := range s.rdds {
			rdds = append(rdds, object{"RDD ID": r})
		}
		infos = append(infos, object{"Stage ID": s.id, "Stage Name": fmt.Sprint("stage at ", s.id), "Number of Tasks": s.tasks, "Parent IDs": s.parents, "RDD Info": rdds})
	}
	w.event("SparkListenerJobStart", object{"Job ID": id, "Submission Time": atMs, "Stage Infos": infos, "Properties": properties})
}

func (w *eventLogText) jobEnd(id, atMs int, result string) {
	w.event("SparkListenerJobEnd", object{"Job ID": id, "Completion Time": atMs, "Job Result": object{"Result": result}})
}

func (w *eventLogText) submit(stage, tasks int) {
	w.event("SparkListenerStageSubmitted", object{"Stage Info": object{"Stage ID": stage, "Number of Tasks": tasks}})
}

type taskText struct {
	stage, attempt, index, partition int // a partition of -1 is left out
	from, to                         int
	executor, reason, kind           string // "1", "Success" and "ShuffleMapTask" where empty
	bytes                            int
}

func (w *eventLogText) task(t taskText) {
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	info := object{"Task ID": w.tasks, "Index": t.index, "Launch Time": t.from, "Finish Time": t.to, "Executor ID": or(t.executor, "1")}
	if t.partition >= 0 {
		info["Partition ID"] = t.partition
	}
	w.event("SparkListenerTaskEnd", object{
		"Stage ID": t.stage, "Stage Attempt ID": t.attempt, "Task Type": or(t.kind, "ShuffleMapTask"),
		"Task End Reason": object{"Reason": or(t.reason, "Success")}, "Task Info": info,
		"Task Metrics": object{"Input Metrics": object{"Bytes Read": t.bytes}},
	})
	w.tasks++
}

// done ends the application and returns its log.
func (w *eventLogText) done() []byte {
	w.event("SparkListenerApplicationEnd", object{"Timestamp": 1})
	return []byte(w.String())
}

// query are the properties of a Spark job of a SQL query.
func query(id string) object { return object{"spark.sql.execution.id": id} }
