package workload

import "trailblazer/sparksim"

// EventLog is the work of a Spark application as its event log tells it: the
// JSON lines that Spark writes with spark.eventLog.enabled and that its
// history server reads.
//
// A simulated executor runs one task at a time, so it stands for one core of
// a real executor, a slot. The log doesn't say which slot a task ran on: each
// task gets the lowest slot of its executor that is free when it is launched.
//
// A job's tasks are those that succeeded, one for each partition: the attempt
// that succeeded first. Attempts that failed, were killed or came later only
// keep their slot busy. Stages that Spark skipped, because their output was
// still there, are left out; what waited for a skipped stage waits for the
// stage of the same job that wrote its output, if there is one.
type EventLog struct {
	AppID, AppName, SparkVersion string
	// Slots is how many slots the executors had together, when they were
	// most. It is 0 where the log doesn't announce executors.
	Slots int
	// Jobs are those that succeeded, by arrival.
	Jobs []EventLogJob
	// Failed, Unfinished and Empty count the jobs that were left out: those
	// whose last Spark job failed, those that had not ended or whose events
	// are missing, and those without tasks.
	Failed, Unfinished, Empty int
}

// EventLogJob is one job of an event log: the Spark jobs of one SQL query, or
// one Spark job.
type EventLogJob struct {
	// AtMs is when it was submitted, in milliseconds after the first of Jobs.
	// Where the application waited for one job before it submitted the next,
	// it says how fast the application ran rather than what arrived.
	AtMs float64
	// TookMs is how long the application took for it, in milliseconds.
	TookMs float64
	// Spec describes it. Its query is the job's description, or the place in
	// the program that started it; its size is what its tasks read ("1.2MB"),
	// or empty. Its durations are those of one level: the number of slots
	// that ran its tasks, which is also the number of fresh durations.
	Spec sparksim.JobSpec
	// SparkJobs are Spark's ids of the jobs, SparkStages those of the stages:
	// stage i of Spec is SparkStages[i].
	SparkJobs, SparkStages []int
}

// EventLogOptions say how to read an event log.
type EventLogOptions struct {
	// AllowIncomplete accepts the log of an application that was still
	// running, or that was cut off, and logs that lack events. Jobs that
	// had not ended are left out. Stages of which some task ends are missing
	// keep their number of tasks.
	AllowIncomplete bool `json:"allow_incomplete"`
	// SparkJobs makes every Spark job a job. Otherwise the Spark jobs of one
	// SQL query are one: those that were submitted after another had ended
	// wait for it.
	SparkJobs bool `json:"spark_jobs"`
}

// The bounds of a log, far above what Spark writes.
const (
	eventLogMaxLine  = 256 << 20
	eventLogMaxEdges = 1 << 20
	eventLogMaxMs    = 1 << 53
)

// EventLogFile makes a workload of jobs: each is a kind, and arrives when it
// did.
func EventLogFile(jobs []EventLogJob) *File {
	f := &File{Kinds: make([]sparksim.JobSpec, len(jobs)), Arrivals: make([]ArrivalSpec, len(jobs))}
	for i := range jobs {
		f.Kinds[i] = jobs[i].Spec
		f.Arrivals[i] = ArrivalSpec{AtMs: jobs[i].AtMs, Kind: i}
	}
	return f
}
