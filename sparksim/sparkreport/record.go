package sparkreport

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/sparksim"
	"trailblazer/sparksim/gantt"
	"trailblazer/sparksim/sparkenv"
)

// Recording implements rollout.Recorder.
func (r *Report) Recording() json.RawMessage { return json.RawMessage(`{"record": true}`) }

// record is what happened in one episode. It implements rollout.JobRecord.
type record struct {
	report *Report
	runs   []sparksim.Run
	jobs   []job // that have arrived
	endMs  float64
	// averageJCTS and boundS are those at the end.
	averageJCTS, boundS float64
}

// job is one job of an episode.
type job struct {
	kind      int // -1 while it is not complete
	arrivedMs float64
	// completedMs is +Inf while it is not complete.
	completedMs float64
}

// NewRecord implements rollout.Recorder.
func (r *Report) NewRecord() (rollout.Record, error) {
	if r.runs < 0 || r.completions < 0 {
		return nil, errors.New(`the environment does not record its episodes: set "record" to true in its config`)
	}
	return &record{report: r}, nil
}

// Add implements rollout.Record.
func (c *record) Add(b *env.Batch, row int) error {
	r := c.report
	c.endMs = float(b, r.wallMs, row)
	c.averageJCTS, c.boundS = float(b, r.averageJCTS, row), float(b, r.boundS, row)
	for v := range slices.Chunk(env.Row[float64](&b.Info[r.runs], row), runColumns) {
		c.runs = append(c.runs, sparksim.Run{
			Executor: int32(v[0]), Job: int32(v[1]), Stage: int32(v[2]), Tasks: int32(v[3]), StartMs: v[4], EndMs: v[5],
		})
	}
	// Of jobs that are not complete it is known how many have arrived by now;
	// those that are tell when exactly.
	for arrived := int(integer(b, r.completed, row) + integer(b, r.activeJobs, row)); len(c.jobs) < arrived; {
		c.jobs = append(c.jobs, job{-1, c.endMs, math.Inf(1)})
	}
	for v := range slices.Chunk(env.Row[float64](&b.Info[r.completions], row), completionColumns) {
		if !(v[0] >= 0 && v[0] < float64(len(c.jobs)) && v[1] >= 0 && v[1] < float64(len(r.manifest.Kinds))) {
			return fmt.Errorf("sparkreport: job %v of kind %v is complete: %d jobs have arrived, and there are %d kinds", v[0], v[1], len(c.jobs), len(r.manifest.Kinds))
		}
		c.jobs[int(v[0])] = job{int(v[1]), v[2], v[3]}
	}
	return nil
}

// JobColumns implements rollout.JobRecorder: the columns of the reference's own
// job logs.
func (r *Report) JobColumns() []string {
	return []string{"job", "arrival_ms", "query", "size", "num_stages", "num_tasks", "completed_ms"}
}

// JobLines implements rollout.JobRecord.
func (c *record) JobLines() [][]string {
	var lines [][]string
	for i, j := range c.jobs {
		if j.kind < 0 {
			continue
		}
		kind := &c.report.manifest.Kinds[j.kind]
		lines = append(lines, []string{
			strconv.Itoa(i), rollout.FormatFloat(j.arrivedMs),
			kind.Query, kind.Size, strconv.Itoa(kind.Stages), strconv.Itoa(kind.Tasks),
			rollout.FormatFloat(j.completedMs),
		})
	}
	return lines
}

// Draw implements rollout.Recorder.
func (r *Report) Draw(w io.Writer, title string, drawings []rollout.Drawing) error {
	chart := gantt.Chart{Title: title}
	for _, d := range drawings {
		c, ok := d.Record.(*record)
		if !ok {
			return fmt.Errorf("sparkreport: %T is no record of this report", d.Record)
		}
		chart.Panels = append(chart.Panels, c.panel(d.Policy))
	}
	return chart.Write(w)
}

func (c *record) panel(policy string) gantt.Panel {
	completed := 0
	jobs := make([]gantt.Job, len(c.jobs))
	for i, j := range c.jobs {
		jobs[i] = gantt.Job{ArrivedMs: j.arrivedMs, CompletedMs: j.completedMs}
		if j.kind >= 0 {
			completed++
			jobs[i].Label = label(&c.report.manifest.Kinds[j.kind])
		}
	}
	return gantt.Panel{
		Title: policy,
		Notes: []string{
			fmt.Sprintf("average job completion time %.1f s", c.averageJCTS),
			fmt.Sprintf("lower bound %.1f s", c.boundS),
			fmt.Sprintf("%d of %d jobs complete", completed, len(jobs)),
		},
		Executors: c.report.manifest.Executors,
		Jobs:      jobs,
		Runs:      c.runs,
		EndMs:     c.endMs,
	}
}

// label says what a kind of job is, as far as it has names.
func label(kind *sparkenv.KindManifest) string {
	switch {
	case kind.Query == "":
		return kind.Size
	case kind.Size == "":
		return "query " + kind.Query
	}
	return "query " + kind.Query + ", " + kind.Size
}
