package workload

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// shown describes jobs in short: label size edges, then the stages with their
// tasks and durations by level.
func shown(log *EventLog) string {
	var b strings.Builder
	for _, job := range log.Jobs {
		fmt.Fprintf(&b, "at %v: %s %s%v", job.AtMs, job.Spec.Query, job.Spec.Size, job.Spec.Edges)
		for i, stage := range job.Spec.Stages {
			l := stage.Levels[0]
			fmt.Fprintf(&b, "; %d: %d tasks, %d: %v %v %v", job.SparkStages[i], stage.Tasks, l.Executors, l.Fresh, l.First, l.Rest)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%d failed, %d unfinished, %d empty, %d slots", log.Failed, log.Unfinished, log.Empty, log.Slots)
	return b.String()
}

func TestEventLogRules(t *testing.T) {
	for _, test := range []struct {
		name  string
		write func(w *eventLogText)
		// options other than the default
		options EventLogOptions
		want    string
	}{
		{
			name: "waves by slot",
			write: func(w *eventLogText) {
				w.executor("1", 2)
				w.job(0, 1000, nil, stageText{id: 0, tasks: 4}, stageText{id: 1, tasks: 3, parents: []int{0}})
				w.submit(0, 4)
				w.task(taskText{stage: 0, partition: 0, from: 1000, to: 1010, bytes: 1000})
				w.task(taskText{stage: 0, partition: 1, from: 1000, to: 1020, bytes: 249})
				w.task(taskText{stage: 0, partition: 2, from: 1010, to: 1025})
				w.task(taskText{stage: 0, partition: 3, from: 1020, to: 1060})
				w.submit(1, 3)
				w.task(taskText{stage: 1, partition: 0, from: 1060, to: 1061})
				w.task(taskText{stage: 1, partition: 1, from: 1060, to: 1062})
				w.task(taskText{stage: 1, partition: 2, from: 1061, to: 1064})
				w.jobEnd(0, 1070, "JobSucceeded")
			},
			want: "at 0: stage at 1 1.2kB[[0 1]]; 0: 4 tasks, 2: [10 20] [] [15 40]; 1: 3 tasks, 2: [] [1 2] [3]\n0 failed, 0 unfinished, 0 empty, 2 slots",
		},
		{
			name: "a task that is launched before the end of the last is noted keeps to the cores",
			write: func(w *eventLogText) {
				w.executor("1", 2)
				w.job(0, 0, nil, stageText{id: 0, tasks: 4})
				w.task(taskText{stage: 0, partition: 0, from: 0, to: 52})
				w.task(taskText{stage: 0, partition: 1, from: 0, to: 99})
				w.task(taskText{stage: 0, partition: 2, from: 50, to: 97})
				w.task(taskText{stage: 0, partition: 3, from: 96, to: 100})
				w.jobEnd(0, 100, "JobSucceeded")
			},
			want: "at 0: stage at 0 []; 0: 4 tasks, 2: [52 99] [] [47 4]\n0 failed, 0 unfinished, 0 empty, 2 slots",
		},
		{
			name: "executors, cores of a task, removal, and one that was never announced",
			write: func(w *eventLogText) {
				w.event("SparkListenerEnvironmentUpdate", object{"Spark Properties": object{"spark.task.cpus": "2"}})
				w.executor("1", 5)
				w.executor("2", 2)
				w.event("SparkListenerExecutorRemoved", object{"Executor ID": "2", "Timestamp": 5})
				w.executor("3", 2)
				w.job(0, 0, nil, stageText{id: 0, tasks: 5})
				w.task(taskText{stage: 0, partition: 0, from: 0, to: 9})
				w.task(taskText{stage: 0, partition: 1, from: 0, to: 9})
				w.task(taskText{stage: 0, partition: 2, from: 1, to: 8})
				w.task(taskText{stage: 0, partition: 3, from: 0, to: 4, executor: "3"})
				w.task(taskText{stage: 0, partition: 4, from: 0, to: 5, executor: "7"})
				w.task(taskText{stage: 0, partition: 5, from: 1, to: 3, executor: "7"})
				w.jobEnd(0, 9, "JobSucceeded")
			},
			want: "at 0: stage at 0 []; 0: 6 tasks, 5: [9 9 4 5 2] [] [7]\n0 failed, 0 unfinished, 0 empty, 3 slots",
		},
		{
			name: "failures, kills, speculation and resubmission",
			write: func(w *eventLogText) {
				w.executor("1", 3)
				w.job(0, 0, nil, stageText{id: 0, tasks: 2})
				w.submit(0, 2)
				w.task(taskText{stage: 0, index: 0, partition: 0, from: 0, to: 3, reason: "ExceptionFailure"})
				w.task(taskText{stage: 0, index: 0, partition: 0, from: 3, to: 9})
				// Both attempts succeed: the first to end counts.
				w.task(taskText{stage: 0, index: 1, partition: 1, from: 20, to: 27})
				w.task(taskText{stage: 0, index: 1, partition: 1, from: 1, to: 28})
				w.task(taskText{stage: 0, index: 1, partition: 1, from: 20, to: 28, reason: "TaskKilled"})
				// The output of one is lost and made again.
				w.task(taskText{stage: 0, index: 1, partition: 1, from: 20, to: 27, reason: "Resubmitted"})
				w.task(taskText{stage: 0, attempt: 1, index: 0, partition: 1, from: 50, to: 90})
				w.jobEnd(0, 90, "JobSucceeded")
			},
			want: "at 0: stage at 0 []; 0: 2 tasks, 1: [6] [] [7]\n0 failed, 0 unfinished, 0 empty, 3 slots",
		},
		{
			name: "attempts of a stage in logs without partitions",
			write: func(w *eventLogText) {
				w.executor("1", 1)
				w.job(0, 0, nil, stageText{id: 0, tasks: 3})
				w.submit(0, 3)
				w.task(taskText{stage: 0, index: 0, partition: -1, from: 0, to: 1})
				w.task(taskText{stage: 0, index: 2, partition: -1, from: 1, to: 3})
				w.submit(0, 2)
				w.task(taskText{stage: 0, attempt: 1, index: 0, partition: -1, from: 3, to: 6})
				w.task(taskText{stage: 0, attempt: 1, index: 1, partition: -1, from: 6, to: 10})
				w.jobEnd(0, 10, "JobSucceeded")
			},
			want: "at 0: stage at 0 []; 0: 3 tasks, 1: [1] [] [2 3]\n0 failed, 0 unfinished, 0 empty, 1 slots",
		},
		{
			name: "what waits for a stage without tasks waits for what that waited for",
			write: func(w *eventLogText) {
				w.executor("1", 1)
				w.job(0, 0, nil, stageText{id: 0, tasks: 1}, stageText{id: 1, tasks: 0, parents: []int{0}}, stageText{id: 2, tasks: 1, parents: []int{1, 0}})
				w.submit(0, 1)
				w.task(taskText{stage: 0, from: 0, to: 1})
				w.submit(1, 0)
				w.task(taskText{stage: 2, from: 1, to: 3})
				w.jobEnd(0, 10, "JobSucceeded")
				w.job(1, 10, nil)
				w.jobEnd(1, 10, "JobSucceeded")
			},
			want: "at 0: stage at 2 [[0 1]]; 0: 1 tasks, 1: [1] [] []; 2: 1 tasks, 1: [] [2] []\n0 failed, 0 unfinished, 1 empty, 1 slots",
		},
		{
			name: "the stages of a query, skipped ones by what wrote their output",
			write: func(w *eventLogText) {
				w.executor("1", 1)
				w.event("org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart", object{"executionId": 7, "description": "  select\n 1"})
				w.job(0, 5, query("7"), stageText{id: 0, tasks: 1, rdds: []int{1, 2}})
				w.job(1, 5, query("7"), stageText{id: 1, tasks: 1, rdds: []int{3}})
				w.task(taskText{stage: 0, from: 5, to: 6})
				w.jobEnd(0, 6, "JobSucceeded")
				// Waits for stage 0 alone: job 1 has not ended.
				w.job(2, 6, query("7"), stageText{id: 2, tasks: 1, rdds: []int{2, 1}}, stageText{id: 3, tasks: 1, parents: []int{2}, rdds: []int{4}})
				w.task(taskText{stage: 1, from: 6, to: 8})
				w.jobEnd(1, 8, "JobSucceeded")
				w.task(taskText{stage: 3, from: 8, to: 11})
				w.jobEnd(2, 11, "JobSucceeded")
				// Nothing says what it reads: it waits for all that had ended.
				w.job(3, 12, query("7"), stageText{id: 4, tasks: 1, rdds: []int{9}})
				w.task(taskText{stage: 4, from: 12, to: 16, kind: "ResultTask"})
				w.jobEnd(3, 16, "JobSucceeded")
				w.event("org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd", object{"executionId": 7})
			},
			want: "at 0: select 1 [[0 2] [1 3] [2 3]]; 0: 1 tasks, 1: [1] [] []; 1: 1 tasks, 1: [] [2] []; 3: 1 tasks, 1: [] [3] []; 4: 1 tasks, 1: [] [4] []\n0 failed, 0 unfinished, 0 empty, 1 slots",
		},
		{
			name: "a query whose first Spark job is empty",
			write: func(w *eventLogText) {
				w.executor("1", 1)
				w.job(0, 0, query("7"))
				w.jobEnd(0, 1, "JobSucceeded")
				w.job(1, 2, query("7"), stageText{id: 0, tasks: 1})
				w.task(taskText{stage: 0, from: 2, to: 3})
				w.jobEnd(1, 3, "JobSucceeded")
			},
			want: "at 0: stage at 0 []; 0: 1 tasks, 1: [1] [] []\n0 failed, 0 unfinished, 0 empty, 1 slots",
		},
		{
			name:    "a query, each Spark job by itself",
			options: EventLogOptions{SparkJobs: true},
			write: func(w *eventLogText) {
				w.executor("1", 1)
				w.job(0, 5, query("7"), stageText{id: 0, tasks: 1, rdds: []int{1, 2}})
				w.task(taskText{stage: 0, from: 5, to: 6})
				w.jobEnd(0, 6, "JobSucceeded")
				w.job(2, 6, query("7"), stageText{id: 2, tasks: 1, rdds: []int{2, 1}}, stageText{id: 3, tasks: 1, parents: []int{2}, rdds: []int{4}})
				w.task(taskText{stage: 3, from: 8, to: 11})
				w.jobEnd(2, 11, "JobSucceeded")
			},
			want: "at 0: stage at 0 []; 0: 1 tasks, 1: [1] [] []\nat 1: stage at 3 []; 3: 1 tasks, 1: [3] [] []\n0 failed, 0 unfinished, 0 empty, 1 slots",
		},
		{
			name: "a stage with the data sets of a skipped one that wrote nothing for it",
			write: func(w *eventLogText) {
				w.executor("1", 2)
				w.job(0, 0, query("1"), stageText{id: 0, tasks: 1, rdds: []int{1}})
				w.job(1, 0, query("1"), stageText{id: 1, tasks: 1, rdds: []int{1}}, stageText{id: 2, tasks: 1, parents: []int{1}, rdds: []int{2}})
				w.task(taskText{stage: 0, from: 0, to: 1, kind: "ResultTask"})
				w.task(taskText{stage: 2, from: 0, to: 2})
				w.jobEnd(0, 6, "JobSucceeded")
				w.jobEnd(1, 6, "JobSucceeded")
			},
			want: "at 0: stage at 2 []; 0: 1 tasks, 2: [1] [] []; 2: 1 tasks, 2: [2] [] []\n0 failed, 0 unfinished, 0 empty, 2 slots",
		},
		{
			name: "a nested query belongs to its root",
			write: func(w *eventLogText) {
				w.executor("1", 1)
				for id := range 2 {
					w.job(id, id, object{"spark.sql.execution.id": fmt.Sprint(id), "spark.sql.execution.root.id": "0", "spark.job.description": "both"}, stageText{id: id, tasks: 1})
					w.task(taskText{stage: id, from: id, to: id + 1})
					w.jobEnd(id, id+1, "JobSucceeded")
				}
			},
			want: "at 0: both [[0 1]]; 0: 1 tasks, 1: [1] [] []; 1: 1 tasks, 1: [] [1] []\n0 failed, 0 unfinished, 0 empty, 1 slots",
		},
		{
			name: "jobs share a stage, and fail before others are done with it",
			write: func(w *eventLogText) {
				w.executor("1", 1)
				shared := stageText{id: 0, tasks: 1}
				w.job(0, 0, nil, shared, stageText{id: 1, tasks: 1, parents: []int{0}})
				w.job(1, 0, object{"callSite.short": "count at x"}, shared, stageText{id: 2, tasks: 1, parents: []int{0}})
				w.job(2, 0, nil, shared, stageText{id: 3, tasks: 1, parents: []int{0}})
				w.jobEnd(0, 0, "JobFailed")
				w.task(taskText{stage: 0, from: 0, to: 1})
				w.task(taskText{stage: 2, from: 1, to: 3})
				w.task(taskText{stage: 3, from: 3, to: 6})
				w.jobEnd(1, 6, "JobSucceeded")
				w.jobEnd(2, 6, "JobSucceeded")
			},
			want: "at 0: count at x [[0 1]]; 0: 1 tasks, 1: [1] [] []; 2: 1 tasks, 1: [] [2] []\nat 0: stage at 3 []; 3: 1 tasks, 1: [3] [] []\n1 failed, 0 unfinished, 0 empty, 1 slots",
		},
		{
			name: "a query goes on without a job that was cancelled, but not after its last failed",
			write: func(w *eventLogText) {
				w.executor("1", 1)
				for q := range 2 {
					at := 10 * q
					results := []string{"JobFailed", "JobSucceeded"}
					if q == 1 {
						slices.Reverse(results)
					}
					w.job(2*q, at, query(fmt.Sprint(q)), stageText{id: 2 * q, tasks: 1})
					w.task(taskText{stage: 2 * q, from: at, to: at + 1})
					w.jobEnd(2*q, at+1, results[0])
					w.job(2*q+1, at+1, query(fmt.Sprint(q)), stageText{id: 2*q + 1, tasks: 1})
					w.task(taskText{stage: 2*q + 1, from: at + 1, to: at + 3})
					w.jobEnd(2*q+1, at+3, results[1])
				}
			},
			want: "at 0: stage at 1 []; 1: 1 tasks, 1: [2] [] []\n1 failed, 0 unfinished, 0 empty, 1 slots",
		},
		{
			name:    "events that the log lacks",
			options: EventLogOptions{AllowIncomplete: true},
			write: func(w *eventLogText) {
				w.executor("1", 1)
				w.job(0, 100, nil, stageText{id: 0, tasks: 3})
				w.submit(0, 3)
				w.task(taskText{stage: 0, partition: 2, from: 100, to: 104})
				w.task(taskText{stage: 77, partition: 2, from: 100, to: 104})
				w.submit(78, 9)
				w.jobEnd(0, 110, "JobSucceeded")
				w.jobEnd(79, 110, "JobSucceeded")
				w.job(1, 110, nil, stageText{id: 1, tasks: 1}, stageText{id: 2, tasks: 1})
				w.submit(1, 1)
				w.submit(2, 1)
				w.task(taskText{stage: 1, from: 110, to: 111})
				w.jobEnd(1, 120, "JobSucceeded")
				w.job(2, 130, nil, stageText{id: 3, tasks: 1})
				w.task(taskText{stage: 3, from: 130, to: 131})
			},
			want: "at 0: stage at 0 []; 0: 3 tasks, 1: [4] [] []\n0 failed, 2 unfinished, 0 empty, 1 slots",
		},
		{
			name: "jobs by arrival",
			write: func(w *eventLogText) {
				w.executor("1", 1)
				for id, at := range []int{500, 200, 900} {
					w.job(id, at, nil, stageText{id: id, tasks: 1})
					w.task(taskText{stage: id, from: at, to: at + 1})
					w.jobEnd(id, at+1, "JobSucceeded")
				}
			},
			want: "at 0: stage at 1 []; 1: 1 tasks, 1: [1] [] []\nat 300: stage at 0 []; 0: 1 tasks, 1: [1] [] []\nat 700: stage at 2 []; 2: 1 tasks, 1: [1] [] []\n0 failed, 0 unfinished, 0 empty, 1 slots",
		},
	} {
		var w eventLogText
		test.write(&w)
		log, err := ReadEventLog(strings.NewReader(string(w.done())), "log", test.options)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := shown(log); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
		if len(log.Jobs) > 0 {
			if _, _, err := EventLogFile(log.Jobs).Compile(); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		}
	}
}

func TestEventLogLabels(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		" select a,\n\t b ":      "select a, b",
		strings.Repeat("é", 99):  strings.Repeat("é", 99),
		strings.Repeat("é", 600): strings.Repeat("é", 100) + "...",
		"a\xffb":                 "ab",
	} {
		if got := eventLogLabel(text); got != want {
			t.Errorf("label of %q is %q, want %q", text, got, want)
		}
	}
	for bytes, want := range map[float64]string{0: "", 1: "1B", 999: "999B", 1000: "1.0kB", 58722: "58.7kB", 999_949: "999.9kB", 999_950: "1.0MB", 1.2e6: "1.2MB", 3e9: "3.0GB", 7e12: "7.0TB", 9.2e18: "9.2EB", 5e25: "50000000.0EB"} {
		if got := eventLogSize(bytes); got != want {
			t.Errorf("size of %v bytes is %q, want %q", bytes, got, want)
		}
	}
}

// Random tasks that a schedule put on cores: no slot runs two at a time, and
// there are no more slots than tasks that ran at once.
func TestEventLogSlots(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p := newEventLogParser(EventLogOptions{})
		cores := 1 + rng.IntN(5)
		p.executors = []eventLogExecutor{{}, {cores: cores}}
		freeMs := make([]int64, cores)
		for range 1 + rng.IntN(60) {
			core := rng.IntN(cores)
			launch := freeMs[core] + rng.Int64N(4)
			freeMs[core] = launch + rng.Int64N(20)
			p.tasks = append(p.tasks, eventLogTask{id: int64(len(p.tasks)), launchMs: launch, finishMs: freeMs[core], executor: 1})
		}
		p.assignSlots()
		most := 0
		for i := range p.tasks {
			a := &p.tasks[i]
			if a.slot < 0 || int(a.slot) >= cores {
				t.Fatalf("seed %d: slot %d of %d", seed, a.slot, cores)
			}
			atOnce := 0
			for k := range p.tasks {
				b := &p.tasks[k]
				if b.launchMs <= a.launchMs && (a.launchMs < b.finishMs || a.launchMs == b.launchMs) {
					atOnce++
				}
				if i != k && a.slot == b.slot && a.launchMs < b.finishMs && b.launchMs < a.finishMs {
					t.Fatalf("seed %d: tasks %+v and %+v at once", seed, *a, *b)
				}
			}
			most = max(most, atOnce)
		}
		if used := p.executors[1].slots; used > min(most, cores) {
			t.Fatalf("seed %d: %d slots for %d tasks at once on %d cores", seed, used, most, cores)
		}
	}
}
