package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trailblazer/sparksim"
)

// eventLogParser gathers what the events of a log say.
type eventLogParser struct {
	options EventLogOptions

	file   string // being read
	line   int    // of the file
	event  string // its name
	events int    // lines so far, of all files

	log        EventLog // what is known from the beginning
	ended      bool     // the application
	taskCPUs   int      // cores that a task takes
	executors  []eventLogExecutor
	byName     map[string]int32 // indices into executors
	announced  []int32          // executors as they came, ^index as they went
	sparkJobs  []*eventLogSparkJob
	jobs       map[int32]*eventLogSparkJob
	stages     map[int32]*eventLogStage
	executions map[string]*eventLogExecution
	tasks      []eventLogTask
}

// eventLogExecutor is an executor of the application.
type eventLogExecutor struct {
	cores int // 0 if the log doesn't say
	slots int // that have run a task
}

// eventLogSparkJob is a Spark job.
type eventLogSparkJob struct {
	id                   int32
	file                 string
	line                 int
	started, ended       int // as counts of events; ended is 0 before the end
	submittedMs, endedMs int64
	succeeded            bool
	stages               []*eventLogStage
	execution            string // id of the SQL query, or empty
	description, site    string
}

// eventLogStage is a stage of a Spark job, with all its attempts.
type eventLogStage struct {
	id      int32
	name    string
	parents []int32
	// submitted is how many tasks Spark had to run when it first submitted
	// the stage; -1 before.
	submitted int
	// rdds names the data sets of the stage. Stages that write the same
	// output have the same.
	rdds     string
	shuffles bool    // its tasks write output for other stages
	done     []int32 // tasks that succeeded, by their end

	owner *eventLogGroup    // nil where it didn't run
	job   *eventLogSparkJob // of the owner, that it ran for
	place int               // in the owner's stages
}

// eventLogTask is one attempt of a task.
type eventLogTask struct {
	id                 int64
	launchMs, finishMs int64
	bytes              int64
	executor, slot     int32
	partition          int32 // -1 where the log doesn't say
}

// eventLogExecution is a SQL query.
type eventLogExecution struct {
	description string
	ended       bool
}

func newEventLogParser(options EventLogOptions) *eventLogParser {
	return &eventLogParser{
		options:    options,
		taskCPUs:   1,
		byName:     make(map[string]int32),
		jobs:       make(map[int32]*eventLogSparkJob),
		stages:     make(map[int32]*eventLogStage),
		executions: make(map[string]*eventLogExecution),
	}
}

// take reads one line. Errors of a malformed line are *json.SyntaxError.
func (p *eventLogParser) take(line []byte) error {
	event, ok := eventLogName(line)
	if !ok {
		var named struct{ Event *string }
		if err := p.decode(line, &named); err != nil {
			return err
		}
		if named.Event == nil {
			return p.refuse("Event", "", "is missing", "give the event log as Spark wrote it, an event a line")
		}
		event = eventLogShort(*named.Event)
	}
	handler := eventLogHandler(event)
	if handler == nil {
		return nil
	}
	p.event = event
	return handler(p, line)
}

func eventLogWanted(event string) bool { return eventLogHandler(event) != nil }

func eventLogHandler(event string) func(*eventLogParser, []byte) error {
	switch event {
	case "SparkListenerLogStart":
		return (*eventLogParser).logStart
	case "SparkListenerApplicationStart":
		return (*eventLogParser).applicationStart
	case "SparkListenerApplicationEnd":
		return (*eventLogParser).applicationEnd
	case "SparkListenerEnvironmentUpdate":
		return (*eventLogParser).environment
	case "SparkListenerExecutorAdded":
		return (*eventLogParser).executorAdded
	case "SparkListenerExecutorRemoved":
		return (*eventLogParser).executorRemoved
	case "SparkListenerSQLExecutionStart":
		return (*eventLogParser).executionStart
	case "SparkListenerSQLExecutionEnd":
		return (*eventLogParser).executionEnd
	case "SparkListenerJobStart":
		return (*eventLogParser).jobStart
	case "SparkListenerJobEnd":
		return (*eventLogParser).jobEnd
	case "SparkListenerStageSubmitted":
		return (*eventLogParser).stageSubmitted
	case "SparkListenerTaskEnd":
		return (*eventLogParser).taskEnd
	}
	return nil
}

func (p *eventLogParser) decode(line []byte, into any) error {
	err := json.Unmarshal(line, into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := wrong.Field
		if field == "" {
			field = "line"
		}
		return p.refuse(field, wrong.Value, "is no "+wrong.Type.String(), eventLogAsWritten)
	}
	return err
}

const eventLogAsWritten = "give the event log as Spark wrote it"

func (p *eventLogParser) missing(field string) error {
	return p.refuse(field, "", "is missing", eventLogAsWritten)
}

func (p *eventLogParser) logStart(line []byte) error {
	var e struct {
		Version string `json:"Spark Version"`
	}
	err := p.decode(line, &e)
	p.log.SparkVersion = e.Version
	return err
}

func (p *eventLogParser) applicationStart(line []byte) error {
	var e struct {
		ID   string `json:"App ID"`
		Name string `json:"App Name"`
	}
	err := p.decode(line, &e)
	p.log.AppID, p.log.AppName = e.ID, e.Name
	return err
}

func (p *eventLogParser) applicationEnd([]byte) error {
	p.ended = true
	return nil
}

func (p *eventLogParser) environment(line []byte) error {
	var e struct {
		Properties struct {
			TaskCPUs string `json:"spark.task.cpus"`
		} `json:"Spark Properties"`
	}
	if err := p.decode(line, &e); err != nil || e.Properties.TaskCPUs == "" {
		return err
	}
	cpus, err := strconv.ParseInt(e.Properties.TaskCPUs, 10, 32)
	if err != nil || cpus < 1 {
		return p.refuse("Spark Properties.spark.task.cpus", e.Properties.TaskCPUs, "is no number of cores", eventLogAsWritten)
	}
	p.taskCPUs = int(cpus)
	return nil
}

func (p *eventLogParser) executorAdded(line []byte) error {
	var e struct {
		ID   *string `json:"Executor ID"`
		Info struct {
			Cores *int32 `json:"Total Cores"`
		} `json:"Executor Info"`
	}
	switch err := p.decode(line, &e); {
	case err != nil:
		return err
	case e.ID == nil:
		return p.missing("Executor ID")
	case e.Info.Cores == nil:
		return p.missing("Executor Info.Total Cores")
	case *e.Info.Cores < 1:
		return p.refuse("Executor Info.Total Cores", *e.Info.Cores, "is no number of cores", eventLogAsWritten)
	}
	i := p.executor(*e.ID)
	p.executors[i].cores = int(*e.Info.Cores)
	p.announced = append(p.announced, i)
	return nil
}

func (p *eventLogParser) executorRemoved(line []byte) error {
	var e struct {
		ID *string `json:"Executor ID"`
	}
	switch err := p.decode(line, &e); {
	case err != nil:
		return err
	case e.ID == nil:
		return p.missing("Executor ID")
	}
	p.announced = append(p.announced, ^p.executor(*e.ID))
	return nil
}

// executor is the index of an executor.
func (p *eventLogParser) executor(name string) int32 {
	i, ok := p.byName[name]
	if !ok {
		i = int32(len(p.executors))
		p.executors = append(p.executors, eventLogExecutor{})
		p.byName[strings.Clone(name)] = i
	}
	return i
}

func (p *eventLogParser) executionStart(line []byte) error {
	var e struct {
		ID          *int64 `json:"executionId"`
		Description string `json:"description"`
	}
	switch err := p.decode(line, &e); {
	case err != nil:
		return err
	case e.ID == nil:
		return p.missing("executionId")
	}
	p.executions[strconv.FormatInt(*e.ID, 10)] = &eventLogExecution{description: eventLogLabel(e.Description)}
	return nil
}

func (p *eventLogParser) executionEnd(line []byte) error {
	var e struct {
		ID *int64 `json:"executionId"`
	}
	switch err := p.decode(line, &e); {
	case err != nil:
		return err
	case e.ID == nil:
		return p.missing("executionId")
	}
	if execution := p.executions[strconv.FormatInt(*e.ID, 10)]; execution != nil {
		execution.ended = true
	}
	return nil
}

// eventLogStageInfo is what Spark writes of a stage.
type eventLogStageInfo struct {
	ID      *int32  `json:"Stage ID"`
	Name    string  `json:"Stage Name"`
	Tasks   *int64  `json:"Number of Tasks"`
	Parents []int32 `json:"Parent IDs"`
	RDDs    []struct {
		ID int32 `json:"RDD ID"`
	} `json:"RDD Info"`
}

func (p *eventLogParser) checkStage(path string, s *eventLogStageInfo) error {
	switch {
	case s.ID == nil:
		return p.missing(path + ".Stage ID")
	case s.Tasks == nil:
		return p.missing(path + ".Number of Tasks")
	case *s.Tasks < 0 || *s.Tasks > sparksim.MaxTasks:
		return p.refuse(path+".Number of Tasks", *s.Tasks, "is no number of tasks", fmt.Sprintf("give a log whose stages have at most %d", sparksim.MaxTasks))
	}
	for _, parent := range s.Parents {
		if parent >= *s.ID {
			return p.refuse(path+".Parent IDs", parent, fmt.Sprintf("is not below the stage's own id, %d", *s.ID), eventLogAsWritten)
		}
	}
	return nil
}

func (p *eventLogParser) jobStart(line []byte) error {
	var e struct {
		ID          *int32              `json:"Job ID"`
		SubmittedMs *int64              `json:"Submission Time"`
		Stages      []eventLogStageInfo `json:"Stage Infos"`
		Properties  struct {
			Description   string `json:"spark.job.description"`
			Execution     string `json:"spark.sql.execution.id"`
			RootExecution string `json:"spark.sql.execution.root.id"`
			Site          string `json:"callSite.short"`
		}
	}
	switch err := p.decode(line, &e); {
	case err != nil:
		return err
	case e.ID == nil:
		return p.missing("Job ID")
	case p.jobs[*e.ID] != nil:
		return p.refuse("Job ID", *e.ID, "has started before", "give the log of one application")
	case e.SubmittedMs == nil:
		return p.missing("Submission Time")
	case e.Stages == nil:
		return p.missing("Stage Infos")
	}
	if err := p.checkTime("Submission Time", *e.SubmittedMs, eventLogAnyTime); err != nil {
		return err
	}
	job := &eventLogSparkJob{
		id:          *e.ID,
		file:        p.file,
		line:        p.line,
		started:     p.events,
		submittedMs: *e.SubmittedMs,
		execution:   e.Properties.RootExecution,
		description: eventLogLabel(e.Properties.Description),
		site:        eventLogLabel(e.Properties.Site),
	}
	if job.execution == "" {
		job.execution = e.Properties.Execution
	}
	for i := range e.Stages {
		s := &e.Stages[i]
		if err := p.checkStage(fmt.Sprintf("Stage Infos[%d]", i), s); err != nil {
			return err
		}
		// Jobs that run at the same time may share a stage.
		stage := p.stages[*s.ID]
		if stage == nil {
			stage = &eventLogStage{id: *s.ID, name: eventLogLabel(s.Name), parents: s.Parents, submitted: -1, rdds: eventLogRDDs(s)}
			p.stages[stage.id] = stage
		}
		job.stages = append(job.stages, stage)
	}
	p.jobs[job.id] = job
	p.sparkJobs = append(p.sparkJobs, job)
	return nil
}

// eventLogRDDs makes one text of the ids of a stage's data sets; empty if
// there are none.
func eventLogRDDs(s *eventLogStageInfo) string {
	ids := make([]int32, len(s.RDDs))
	for i := range ids {
		ids[i] = s.RDDs[i].ID
	}
	slices.Sort(ids)
	var b []byte
	for _, id := range ids {
		b = strconv.AppendInt(b, int64(id), 10)
		b = append(b, ' ')
	}
	return string(b)
}

func (p *eventLogParser) jobEnd(line []byte) error {
	var e struct {
		ID      *int32 `json:"Job ID"`
		EndedMs *int64 `json:"Completion Time"`
		Result  struct {
			Result *string
		} `json:"Job Result"`
	}
	switch err := p.decode(line, &e); {
	case err != nil:
		return err
	case e.ID == nil:
		return p.missing("Job ID")
	case e.EndedMs == nil:
		return p.missing("Completion Time")
	case e.Result.Result == nil:
		return p.missing("Job Result.Result")
	}
	job := p.jobs[*e.ID]
	if job == nil {
		return p.unknown("Job ID", *e.ID, "has not started")
	}
	if err := p.checkTime("Completion Time", *e.EndedMs, job.submittedMs); err != nil {
		return err
	}
	job.ended, job.endedMs = p.events, *e.EndedMs
	job.succeeded = *e.Result.Result == "JobSucceeded"
	return nil
}

// unknown is the error of an event that refers to one that the log lacks;
// none if that is allowed.
func (p *eventLogParser) unknown(field string, id int32, problem string) error {
	if p.options.AllowIncomplete {
		return nil
	}
	return p.refuse(field, id, problem+": the log lacks an event", eventLogLacks)
}

const eventLogLacks = "run the application with a larger spark.scheduler.listenerbus.eventqueue.capacity, or allow an incomplete log"

// eventLogAnyTime is the earliest of a time that doesn't end anything.
const eventLogAnyTime = -1

// checkTime checks a time in milliseconds since 1970, and its distance from
// the beginning of what it ends.
func (p *eventLogParser) checkTime(field string, ms, earliest int64) error {
	switch {
	case ms < 0 || ms > eventLogMaxMs:
		return p.refuse(field, ms, "is no time", eventLogAsWritten)
	case ms < earliest:
		return p.refuse(field, ms, fmt.Sprintf("is before the beginning, at %d", earliest), "take out the line, if the clock of the driver was set back")
	case earliest >= 0 && ms-earliest > sparksim.MaxDurationMs:
		return p.refuse(field, ms, fmt.Sprintf("is too long after the beginning, at %d", earliest), eventLogAsWritten)
	}
	return nil
}

func (p *eventLogParser) stageSubmitted(line []byte) error {
	var e struct {
		Stage *eventLogStageInfo `json:"Stage Info"`
	}
	switch err := p.decode(line, &e); {
	case err != nil:
		return err
	case e.Stage == nil:
		return p.missing("Stage Info")
	}
	if err := p.checkStage("Stage Info", e.Stage); err != nil {
		return err
	}
	stage := p.stages[*e.Stage.ID]
	if stage == nil {
		return p.unknown("Stage Info.Stage ID", *e.Stage.ID, "belongs to no job")
	}
	if stage.submitted < 0 {
		stage.submitted = int(*e.Stage.Tasks)
	}
	return nil
}

func (p *eventLogParser) taskEnd(line []byte) error {
	var e struct {
		Stage   *int32 `json:"Stage ID"`
		Attempt int32  `json:"Stage Attempt ID"`
		Type    string `json:"Task Type"`
		Reason  struct {
			Reason *string
		} `json:"Task End Reason"`
		Info struct {
			ID        *int64  `json:"Task ID"`
			Index     *int32  `json:"Index"`
			Partition *int32  `json:"Partition ID"`
			LaunchMs  *int64  `json:"Launch Time"`
			FinishMs  *int64  `json:"Finish Time"`
			Executor  *string `json:"Executor ID"`
		} `json:"Task Info"`
		Metrics struct {
			Input struct {
				Bytes int64 `json:"Bytes Read"`
			} `json:"Input Metrics"`
		} `json:"Task Metrics"`
	}
	i := &e.Info
	switch err := p.decode(line, &e); {
	case err != nil:
		return err
	case e.Stage == nil:
		return p.missing("Stage ID")
	case e.Reason.Reason == nil:
		return p.missing("Task End Reason.Reason")
	case *e.Reason.Reason == "Resubmitted":
		return nil // a task that had ended, and whose output was lost later
	case i.ID == nil:
		return p.missing("Task Info.Task ID")
	case i.Index == nil:
		return p.missing("Task Info.Index")
	case *i.Index < 0:
		return p.refuse("Task Info.Index", *i.Index, "is negative", eventLogAsWritten)
	case i.Partition != nil && *i.Partition < 0:
		return p.refuse("Task Info.Partition ID", *i.Partition, "is negative", eventLogAsWritten)
	case i.LaunchMs == nil:
		return p.missing("Task Info.Launch Time")
	case i.FinishMs == nil:
		return p.missing("Task Info.Finish Time")
	case i.Executor == nil:
		return p.missing("Task Info.Executor ID")
	case e.Metrics.Input.Bytes < 0:
		return p.refuse("Task Metrics.Input Metrics.Bytes Read", e.Metrics.Input.Bytes, "is negative", eventLogAsWritten)
	}
	if err := p.checkTime("Task Info.Launch Time", *i.LaunchMs, eventLogAnyTime); err != nil {
		return err
	}
	if err := p.checkTime("Task Info.Finish Time", *i.FinishMs, *i.LaunchMs); err != nil {
		return err
	}
	stage := p.stages[*e.Stage]
	if stage == nil {
		return p.unknown("Stage ID", *e.Stage, "belongs to no job")
	}
	if len(p.tasks) == math.MaxInt32 {
		return p.refuse("Task Info.Task ID", *i.ID, "is one task too many", fmt.Sprintf("give a log of at most %d", math.MaxInt32))
	}
	task := eventLogTask{id: *i.ID, launchMs: *i.LaunchMs, finishMs: *i.FinishMs, bytes: e.Metrics.Input.Bytes, executor: p.executor(*i.Executor), partition: -1}
	switch {
	case i.Partition != nil:
		task.partition = *i.Partition
	case e.Attempt == 0: // later attempts count their own tasks
		task.partition = *i.Index
	}
	if *e.Reason.Reason == "Success" {
		stage.done = append(stage.done, int32(len(p.tasks)))
		stage.shuffles = stage.shuffles || e.Type == "ShuffleMapTask"
	}
	p.tasks = append(p.tasks, task)
	return nil
}
