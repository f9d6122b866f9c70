package sparksim

// View is what a scheduler sees of a cluster when it is asked.
type View struct {
	// Executors is the size of the cluster.
	Executors int
	// Committable is how many executors are to be given away now.
	Committable int
	// Source is the index in Jobs of the job that had them, or len(Jobs)
	// where none had.
	Source int
	// Jobs are those that have arrived and are not complete, by arrival.
	Jobs []JobView
	// Stages are the incomplete stages of these jobs, job by job, each job's
	// by number.
	Stages []StageView
	// Edges join incomplete stages, by From, then by To; both are indices
	// into Stages.
	Edges []Edge
	// Schedulable lists the stages that a decision may name, as indices into
	// Stages in ascending order. A decision names a place in this list.
	Schedulable []int32
}

// JobView is one job of a View.
type JobView struct {
	// First and End bound the job's stages: Stages[First:End].
	First, End int32
	// Supply is how many executors the job has, including those that are on
	// their way or committed to it.
	Supply int32
	// Limit is how many more it can be given now: Committable for the source,
	// for others at most what the cluster has beyond Supply.
	Limit int32
}

// StageView is one stage of a View.
type StageView struct {
	// Remaining is how many tasks have not begun.
	Remaining int32
	// DurationMs is how long the task that began last takes; before any has
	// begun, the mean of all measured durations.
	DurationMs float32
	// Schedulable says that a decision may name the stage.
	Schedulable bool
}

// Pass is the stage of a decision that leaves the remaining executors idle.
const Pass = -1
