package workload

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// eventLogGroup is the Spark jobs that make one job, in the order in which
// they started.
type eventLogGroup struct {
	execution *eventLogExecution // nil if it is no SQL query
	jobs      []*eventLogSparkJob
	stages    []*eventLogStage // that ran, by id
	tasks     [][]int32        // of each of them, those that count
}

// finish makes the jobs, once all events have been read.
func (p *eventLogParser) finish() (*EventLog, error) {
	if !p.ended && !p.options.AllowIncomplete {
		return nil, refuse(p.file, p.line, "event log", "", "ends without SparkListenerApplicationEnd: the application was still running, or the log was cut off", eventLogIncomplete)
	}
	p.assignSlots()
	log := p.log
	log.Slots = p.mostSlots()
	for _, g := range p.groups() {
		first, last := g.jobs[0], g.jobs[len(g.jobs)-1]
		if lacks := g.lacksEnd(); lacks != "" {
			if !p.options.AllowIncomplete {
				return nil, refuse(first.file, first.line, fmt.Sprintf("job %d", first.id), "", "belongs to "+lacks+", whose end the log lacks", eventLogIncomplete)
			}
			log.Unfinished++
			continue
		}
		// Adaptive execution cancels Spark jobs that it finds it doesn't need,
		// but a query that fails does so with the last.
		if !last.succeeded {
			log.Failed++
			continue
		}
		g.own()
		switch complete, err := p.count(g); {
		case err != nil:
			return nil, err
		case !complete:
			log.Unfinished++
		case len(g.stages) == 0:
			log.Empty++
		default:
			job, err := p.job(g)
			if err != nil {
				return nil, err
			}
			log.Jobs = append(log.Jobs, job)
		}
	}
	slices.SortStableFunc(log.Jobs, func(a, b EventLogJob) int { return cmp.Compare(a.AtMs, b.AtMs) })
	for i := len(log.Jobs) - 1; i >= 0; i-- {
		log.Jobs[i].AtMs -= log.Jobs[0].AtMs
		if log.Jobs[i].AtMs > sparksim.MaxDurationMs {
			return nil, refuse(p.file, 0, "event log", "", "has jobs more than thirty years apart", eventLogAsWritten)
		}
	}
	return &log, nil
}

// groups puts together the Spark jobs of each SQL query.
func (p *eventLogParser) groups() []*eventLogGroup {
	var groups []*eventLogGroup
	byExecution := make(map[string]*eventLogGroup)
	for _, job := range p.sparkJobs {
		if job.execution == "" || p.options.SparkJobs {
			groups = append(groups, &eventLogGroup{jobs: []*eventLogSparkJob{job}})
			continue
		}
		g := byExecution[job.execution]
		if g == nil {
			g = &eventLogGroup{execution: p.executions[job.execution]}
			byExecution[job.execution] = g
			groups = append(groups, g)
		}
		g.jobs = append(g.jobs, job)
	}
	return groups
}

// lacksEnd says what has no end, if anything.
func (g *eventLogGroup) lacksEnd() string {
	for _, job := range g.jobs {
		if job.ended == 0 {
			return fmt.Sprintf("Spark job %d", job.id)
		}
	}
	if g.execution != nil && !g.execution.ended {
		return "SQL execution " + g.jobs[0].execution
	}
	return ""
}

// own takes the stages that ran for the group's jobs. One that ran for jobs
// of several groups belongs to the first.
func (g *eventLogGroup) own() {
	for _, job := range g.jobs {
		for _, stage := range job.stages {
			if job.succeeded && stage.owner == nil && (stage.submitted > 0 || len(stage.done) > 0) {
				stage.owner, stage.job = g, job
				g.stages = append(g.stages, stage)
			}
		}
	}
	slices.SortFunc(g.stages, func(a, b *eventLogStage) int { return cmp.Compare(a.id, b.id) })
	for i, stage := range g.stages {
		stage.place = i
	}
}

// count finds the tasks that count: of each partition the one that succeeded
// first. Where the log doesn't say the partition, they count as long as tasks
// are missing. It reports whether every stage has one.
func (p *eventLogParser) count(g *eventLogGroup) (complete bool, err error) {
	g.tasks = make([][]int32, len(g.stages))
	for i, stage := range g.stages {
		seen := make(map[int32]bool, len(stage.done))
		var unknown []int32
		for _, task := range stage.done {
			switch partition := p.tasks[task].partition; {
			case partition < 0:
				unknown = append(unknown, task)
			case !seen[partition]:
				seen[partition] = true
				g.tasks[i] = append(g.tasks[i], task)
			}
		}
		want := max(stage.submitted, 0)
		if more := want - len(g.tasks[i]); more > 0 {
			g.tasks[i] = append(g.tasks[i], unknown[:min(more, len(unknown))]...)
		}
		have := len(g.tasks[i])
		if have < want && !p.options.AllowIncomplete {
			return false, refuse(stage.job.file, stage.job.line, fmt.Sprintf("stage %d", stage.id), have, fmt.Sprintf("tasks succeeded of the %d that it ran: the log lacks events", want), eventLogLacks)
		}
		if have == 0 || have > sparksim.MaxTasks {
			return false, nil
		}
	}
	return true, nil
}

// job describes a group whose tasks have been counted.
func (p *eventLogParser) job(g *eventLogGroup) (EventLogJob, error) {
	edges, err := p.edges(g)
	if err != nil {
		return EventLogJob{}, err
	}
	first := g.jobs[0]
	endedMs := first.endedMs
	job := EventLogJob{AtMs: float64(first.submittedMs)}
	for _, j := range g.jobs {
		endedMs = max(endedMs, j.endedMs)
		job.SparkJobs = append(job.SparkJobs, int(j.id))
	}
	job.TookMs = float64(endedMs - first.submittedMs)
	job.Spec = sparksim.JobSpec{Query: g.label(), Edges: edges}
	bytes := 0.0
	for i, level := range p.levels(g) {
		stage := g.stages[i]
		job.SparkStages = append(job.SparkStages, int(stage.id))
		job.Spec.Stages = append(job.Spec.Stages, sparksim.StageSpec{Tasks: max(stage.submitted, len(g.tasks[i])), Levels: []sparksim.Level{level}})
		for _, task := range g.tasks[i] {
			bytes += float64(p.tasks[task].bytes)
		}
	}
	job.Spec.Size = eventLogSize(bytes)
	if _, err := sparksim.NewJob(job.Spec); err != nil {
		wrong, ok := errors.AsType[*setting.Error](err)
		if !ok {
			return EventLogJob{}, err
		}
		return EventLogJob{}, &FormatError{File: first.file, Line: first.line, Err: prefixed(fmt.Sprintf("job %d: ", first.id), wrong)}
	}
	return job, nil
}

// label is what the application says of the job.
func (g *eventLogGroup) label() string {
	first := g.jobs[0]
	inQuery := ""
	if g.execution != nil {
		inQuery = g.execution.description
	}
	// Spark names a stage after the place in the program that made it.
	last := g.stages[len(g.stages)-1]
	return cmp.Or(first.description, inQuery, first.site, last.name, fmt.Sprintf("job %d", first.id))
}
