package workload

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomEventLog is a log of queries whose Spark jobs overlap, share and skip
// stages, fail and retry.
func randomEventLog(rng *rand.Rand) []byte {
	var w eventLogText
	cores := 1 + rng.IntN(4)
	w.executor("1", cores)
	type running struct {
		id     int
		stages []stageText
		left   []stageText
	}
	var open []*running
	var known []stageText
	jobs, stages, atMs := 0, 0, 0
	for jobs < 12 || len(open) > 0 {
		atMs += rng.IntN(20)
		if jobs < 12 && (len(open) == 0 || rng.IntN(3) == 0) {
			job := &running{id: jobs}
			for range 1 + rng.IntN(4) {
				if len(known) > 0 && rng.IntN(3) == 0 { // the output of another, under a number of its own
					s := known[rng.IntN(len(known))]
					s.id, s.parents = stages, nil
					job.stages = append(job.stages, s)
				} else {
					s := stageText{id: stages, tasks: rng.IntN(4), rdds: []int{stages, stages + 1}}
					for _, p := range job.stages {
						if rng.IntN(2) == 0 {
							s.parents = append(s.parents, p.id)
						}
					}
					job.stages = append(job.stages, s)
					job.left = append(job.left, s)
				}
				stages++
			}
			w.job(job.id, atMs, query(fmt.Sprint(jobs/6)), job.stages...)
			open = append(open, job)
			jobs++
			continue
		}
		at := rng.IntN(len(open))
		job := open[at]
		if len(job.left) == 0 {
			result := "JobSucceeded"
			if rng.IntN(8) == 0 {
				result = "JobFailed"
			}
			w.jobEnd(job.id, atMs, result)
			open = slices.Delete(open, at, at+1)
			continue
		}
		s := job.left[0]
		job.left = job.left[1:]
		known = append(known, s)
		w.submit(s.id, s.tasks)
		for i := range s.tasks {
			from := atMs + rng.IntN(10)
			if rng.IntN(4) == 0 {
				w.task(taskText{stage: s.id, index: i, partition: i, from: from, to: from + 2, reason: "ExceptionFailure"})
			}
			w.task(taskText{stage: s.id, index: i, partition: i, from: from, to: from + rng.IntN(9), bytes: rng.IntN(3)})
			atMs += rng.IntN(5)
		}
	}
	return w.done()
}

// checkEventLog checks what holds of all logs that are read.
func checkEventLog(t *testing.T, log *EventLog) {
	t.Helper()
	if len(log.Jobs) == 0 {
		return
	}
	kinds, _, err := EventLogFile(log.Jobs).Compile()
	if err != nil {
		t.Fatal(err)
	}
	for i := range log.Jobs {
		job := &log.Jobs[i]
		fresh := 0
		for s, stage := range job.Spec.Stages {
			l := stage.Levels[0]
			fresh += len(l.Fresh)
			if l.Executors != job.Spec.Stages[0].Levels[0].Executors || len(l.Fresh)+len(l.First)+len(l.Rest) > stage.Tasks {
				t.Fatalf("job %d, stage %d: %+v", i, s, stage)
			}
		}
		if fresh != job.Spec.Stages[0].Levels[0].Executors {
			t.Fatalf("job %d: %d fresh durations, level %d", i, fresh, job.Spec.Stages[0].Levels[0].Executors)
		}
		if !slices.IsSorted(job.SparkStages) || len(job.SparkStages) != len(job.Spec.Stages) || !(job.TookMs >= 0) {
			t.Fatalf("job %d: %+v", i, job)
		}
		for e, edge := range kinds[i].Edges() {
			if int(edge.From) != job.Spec.Edges[e][0] || int(edge.To) != job.Spec.Edges[e][1] {
				t.Fatalf("job %d: edges %v are not in order", i, job.Spec.Edges)
			}
		}
	}
}

// What stages wait for, directly or not, is what Spark and the order of the
// jobs say, and no edge of the order says what others do.
func TestEventLogDependencies(t *testing.T) {
	edges := 0
	for seed := range uint64(200) {
		text := randomEventLog(rand.New(rand.NewPCG(seed, 2)))
		p := newEventLogParser(EventLogOptions{})
		if err := p.read(bytes.NewReader(text), "log", true); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		log, err := p.finish()
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkEventLog(t, log)
		for i := range log.Jobs {
			job := &log.Jobs[i]
			edges += len(job.Spec.Edges)
			n := len(job.SparkStages)
			got, want := newClosure(n), newClosure(n)
			for _, e := range job.Spec.Edges {
				got.add(e[0], e[1])
			}
			place := make(map[int32]int)
			for s, id := range job.SparkStages {
				place[int32(id)] = s
			}
			for child, id := range job.SparkStages {
				stage := p.stages[int32(id)]
				for _, parent := range ranFor(p, stage.owner, stage.parents) {
					want.add(place[parent], child)
				}
			}
			// Every stage of a job waits for every stage of those that had
			// ended before, at least through others of its job.
			direct := slices.Clone(want)
			for child, id := range job.SparkStages {
				for parent, before := range job.SparkStages[:child] {
					c, b := p.stages[int32(id)].job, p.stages[int32(before)].job
					if b.ended < c.started {
						want.add(parent, child)
					}
				}
			}
			if got.close(); !slices.EqualFunc(got, want.close(), slices.Equal) {
				t.Fatalf("seed %d, job %d: stages %v, edges %v; closure\n%v, want\n%v", seed, i, job.SparkStages, job.Spec.Edges, got, want)
			}
			for _, e := range job.Spec.Edges {
				without := newClosure(n)
				for _, other := range job.Spec.Edges {
					if other != e {
						without.add(other[0], other[1])
					}
				}
				if !direct[e[0]][e[1]] && without.close()[e[0]][e[1]] {
					t.Fatalf("seed %d, job %d: edge %v of %v is not needed", seed, i, e, job.Spec.Edges)
				}
			}
		}
	}
	if edges < 500 {
		t.Errorf("only %d edges", edges)
	}
}

// ranFor are the stages of a job that stand for others of Spark's.
func ranFor(p *eventLogParser, g *eventLogGroup, ids []int32) []int32 {
	var found []int32
	for _, id := range ids {
		stage := p.stages[id]
		if stage.owner == g {
			found = append(found, id)
			continue
		}
		writer := int32(-1)
		for _, s := range g.stages {
			if s.rdds == stage.rdds && s.id < id {
				writer = s.id
			}
		}
		if writer >= 0 {
			found = append(found, writer)
		} else {
			found = append(found, ranFor(p, g, stage.parents)...)
		}
	}
	return found
}

// closure says which stages wait for which: closure[parent][child].
type closure [][]bool

func newClosure(n int) closure {
	c := make(closure, n)
	for i := range c {
		c[i] = make([]bool, n)
	}
	return c
}

func (c closure) add(parent, child int) { c[parent][child] = true }

func (c closure) close() closure {
	for k := range c {
		for i := range c {
			for j := range c {
				c[i][j] = c[i][j] || c[i][k] && c[k][j]
			}
		}
	}
	return c
}

func FuzzReadEventLog(f *testing.F) {
	real := realEventLog(f)
	lines := bytes.SplitAfter(real, []byte("\n"))
	f.Add(bytes.Join(lines[:40], nil), true, false)
	f.Add(randomEventLog(rand.New(rand.NewPCG(1, 2))), false, false)
	f.Add(randomEventLog(rand.New(rand.NewPCG(2, 2))), false, true)
	for _, text := range []string{
		"", "\n\n", "{}", "[]", "null", "{\"Event\":null}", "{\"Event\":\"SparkListenerJobStart\"}",
		`{"Event":"SparkListenerJobStart","Job ID":0,"Submission Time":0,"Stage Infos":[{"Stage ID":0,"Number of Tasks":2000000000}]}`,
		`{"Event":"SparkListenerJobStart","Job ID":-1,"Submission Time":0,"Stage Infos":[{"Stage ID":-5,"Number of Tasks":1,"Parent IDs":[-6]}],"Properties":null}`,
		`{"Event":"SparkListenerExecutorAdded","Executor ID":"","Executor Info":{"Total Cores":2147483647}}`,
	} {
		f.Add([]byte(text), true, true)
	}
	f.Fuzz(func(t *testing.T, text []byte, allowIncomplete, sparkJobs bool) {
		log, err := ReadEventLog(bytes.NewReader(text), "fuzz", EventLogOptions{AllowIncomplete: allowIncomplete, SparkJobs: sparkJobs})
		if err != nil {
			if wrong, ok := errors.AsType[*FormatError](err); !ok || wrong.Err.Problem == "" || wrong.Err.Remedy == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		checkEventLog(t, log)
	})
}
