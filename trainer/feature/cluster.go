package feature

import (
	"fmt"
	"slices"

	"trailblazer/internal/jsonconfig"
)

// The inputs of a stage. The first five are Decima's (Mao et al., SIGCOMM 2019;
// the reference code's scales), the others those of the rules of package
// sparksim/policy.
const (
	nodeLimit = iota
	nodeSource
	nodeSupply
	nodeTasks
	nodeWork
	nodeLogTasks
	nodeLogDuration
	nodeLogWork
	nodeShare
	nodePath
	nodeLogPath
	nodeFrontier
	nodeSchedulable
	nodeFit
	nodeWidth
	nodeStay
	nodeAwaited
	nodeBlocked
	nodeWait
	nodeInputs
)

// The inputs of a job.
const (
	jobLimit = iota
	jobSource
	jobSupply
	jobLogWork
	jobWorkEach
	jobRelative
	jobStages
	jobLogPath
	jobTeam
	jobEnding
	jobInputs
)

// The inputs of a cluster.
const (
	globalJobs = iota
	globalLoad
	globalFree
	globalExecutors
	globalSource
	globalSchedulable
	globalStages
	globalInputs
)

// Input is an input that is computed of a cluster.
type Input struct{ Name, Meaning string }

// NodeFeatures lists the inputs by stage. Work is in executor-seconds, a
// duration in seconds; N is the size of the cluster, log the natural logarithm.
func NodeFeatures() []Input {
	return []Input{
		nodeLimit:       {"job-limit", "executors that the job can still be given / N"},
		nodeSource:      {"job-source", "1 for a stage of the job that gives the executors away, else -1"},
		nodeSupply:      {"job-supply", "executors that the job has / N"},
		nodeTasks:       {"tasks", "tasks that have not begun / 200"},
		nodeWork:        {"work", "work / 100"},
		nodeLogTasks:    {"log-tasks", "log(1 + tasks that have not begun)"},
		nodeLogDuration: {"log-duration", "log(1 + duration of a task)"},
		nodeLogWork:     {"log-work", "log(1 + work)"},
		nodeShare:       {"work-share", "work as a share of the job's"},
		nodePath:        {"path", "longest path of work from the stage to the job's end, as a share of the job's longest"},
		nodeLogPath:     {"log-path", "log(1 + that path)"},
		nodeFrontier:    {"frontier", "1 where no parent is unfinished, else 0"},
		nodeSchedulable: {"schedulable", "1 where an action may name the stage, else 0"},
		nodeFit:         {"fit", "log(tasks / committable executors), at most 0"},
		nodeWidth:       {"log-tasks-per-executor", "log(tasks / N)"},
		nodeStay:        {"stay", "log-duration for the job that gives the executors away, else 0"},
		nodeAwaited:     {"log-awaited", "log(1 + time until the stage can begin) where only running tasks hold it up, else 0"},
		nodeBlocked:     {"blocked", "1 where a parent has tasks that have not begun, else 0"},
		nodeWait:        {"wait", "1 for the stage that stands for waiting, else 0"},
	}
}

// JobFeatures lists the inputs by job.
func JobFeatures() []Input {
	return []Input{
		jobLimit:    {"limit", "executors that the job can still be given / N"},
		jobSource:   {"source", "1 for the job that gives the executors away, else -1"},
		jobSupply:   {"supply", "executors that the job has / N"},
		jobLogWork:  {"log-work", "log(1 + work)"},
		jobWorkEach: {"log-work-each", "log(1 + work) - log N"},
		jobRelative: {"relative-work", "work, relative to that of the average job that has any"},
		jobStages:   {"log-stages", "log(unfinished stages)"},
		jobLogPath:  {"log-path", "log(1 + longest path of work)"},
		jobTeam:     {"log-team", "log(1 + executors that the job has and does not give away)"},
		jobEnding:   {"log-ending", "log(1 + stages of which all tasks have begun)"},
	}
}

// GlobalFeatures lists the inputs of a cluster.
func GlobalFeatures() []Input {
	return []Input{
		globalJobs:        {"log-jobs", "log(number of jobs with work, at least 1)"},
		globalLoad:        {"log-load", "log(1 + work of all jobs / N)"},
		globalFree:        {"log-free", "log(committable executors / N)"},
		globalExecutors:   {"log-executors", "log N"},
		globalSource:      {"source", "1 where a job gives the executors away, 0 where they are new or have left theirs"},
		globalSchedulable: {"log-schedulable", "log(1 + schedulable stages)"},
		globalStages:      {"log-stages", "log(1 + unfinished stages)"},
	}
}

func numbersOf(inputs []Input) []Number {
	numbers := make([]Number, len(inputs))
	for i := range inputs {
		numbers[i].Name = inputs[i].Name
	}
	return numbers
}

// columns are some of the inputs that are computed, scaled.
type columns struct {
	scaler
	from []int
}

func newColumns(path string, numbers []Number, known []Input, clip float64) (columns, error) {
	c := columns{scaler: newScaler(numbers, clip)}
	for i, n := range numbers {
		at := slices.IndexFunc(known, func(k Input) bool { return k.Name == n.Name })
		if at < 0 {
			var names []string
			for _, k := range known {
				names = append(names, k.Name)
			}
			return c, jsonconfig.Refuse(fmt.Sprintf("features.%s[%d].name", path, i), jsonconfig.Quote(n.Name), "known are "+listed(names))
		}
		c.from = append(c.from, at)
	}
	return c, nil
}

// append appends a row of what was computed.
func (c *columns) append(to []float32, computed []float64) []float32 {
	for i, at := range c.from {
		to = append(to, c.scale(i, computed[at]))
	}
	return to
}
