package sparkreport_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
	"trailblazer/internal/testcjs"
	"trailblazer/sparksim/sparkreport"
)

// episode is what a report makes of one episode.
type episode struct {
	report *sparkreport.Report
	parts  map[string]float64
	lines  [][]string
	record rollout.JobRecord
	out    *env.Batch // at the end
	runsMs float64
}

// playEpisode plays at random in a small cluster that records.
func playEpisode(t *testing.T, config string) *episode {
	t.Helper()
	factory := testcjs.OpenFactory(t, "", "cjs/custom", config)
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := sparkreport.New(e.Spec())
	if err != nil {
		t.Fatal(err)
	}
	record, err := r.NewRecord()
	if err != nil {
		t.Fatal(err)
	}
	p := &episode{report: r, record: record.(rollout.JobRecord), out: env.NewBatch(e.Spec(), 1)}
	before := env.NewBatch(e.Spec(), 1)
	action := env.NewArrays(env.Leaves(e.Spec().Action), 1)
	random := rand.New(rand.NewPCG(1, 2))
	parts := make([]stats.Part, len(r.Metrics()))
	if err := e.Reset(new(uint64(7)), nil, p.out, 0); err != nil {
		t.Fatal(err)
	}
	for index := -1; ; index++ {
		r.Measure(p.out, 0, index < 0, parts)
		line, ok := r.AppendLog(nil, &rollout.Step{Index: index, Before: before, Action: action, After: p.out})
		if ok == (index < 0) {
			t.Fatalf("step %d has a line: %v", index, ok)
		}
		if ok {
			p.lines = append(p.lines, line)
		}
		if err := record.Add(p.out, 0); err != nil {
			t.Fatal(err)
		}
		runs := env.Row[float64](p.out.Info.Find("runs"), 0)
		for run := range slices.Chunk(runs, 6) {
			p.runsMs += run[5] - run[4]
		}
		if p.out.Done(0) {
			break
		}
		before.Info.CopyRow(0, p.out.Info, 0)
		testcjs.Act(p.out, 0, action, random)
		if err := e.Step(action, p.out, 0); err != nil {
			t.Fatal(err)
		}
	}
	p.parts = map[string]float64{}
	for i, m := range r.Metrics() {
		if len(parts[i]) != 1 {
			t.Fatalf("%s was measured %d times in one episode", m.Name, len(parts[i]))
		}
		p.parts[m.Name] = parts[i][0]
	}
	return p
}

func (p *episode) draw(t *testing.T) string {
	t.Helper()
	var picture bytes.Buffer
	if err := p.report.Draw(&picture, "title", []rollout.Drawing{{Policy: "random", Record: p.record}}); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(picture.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return picture.String()
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestEpisode(t *testing.T) {
	p := playEpisode(t, `{"record": true, "cluster": {"executors": 4}, "arrivals": {"jobs": 6}}`)

	// What the jobs say is what the metrics say.
	columns, lines := p.report.JobColumns(), p.record.JobLines()
	if len(lines) != 6 {
		t.Fatalf("%d jobs, want 6", len(lines))
	}
	sum, last := 0.0, 0.0
	for i, line := range lines {
		if len(line) != len(columns) || line[0] != strconv.Itoa(i) || line[2] == "" || number(t, line[4]) < 1 || number(t, line[5]) < 1 {
			t.Errorf("job line %q for %q", line, columns)
		}
		sum += number(t, line[6]) - number(t, line[1])
		last = max(last, number(t, line[6]))
	}
	for name, want := range map[string]float64{
		"average_jct_s": sum / 6 / 1000,
		"makespan_s":    last / 1000,
		"utilisation":   p.runsMs / (4 * last),
		"decisions":     float64(len(p.lines)),
	} {
		if got := p.parts[name]; math.Abs(got-want) > 1e-9*want {
			t.Errorf("%s %v, want %v", name, got, want)
		}
	}
	if bound := p.parts["lower_bound_s"]; !(bound > 0 && bound < p.parts["average_jct_s"]) {
		t.Errorf("lower bound %v at %v", bound, p.parts["average_jct_s"])
	}

	// Rewards add up to the jobs' time, and every step begins where the one
	// before ended.
	rewards, wall := 0.0, "0.0"
	for i, line := range p.lines {
		if len(line) != len(p.report.LogColumns()) || line[0] != strconv.Itoa(i) || line[1] != wall {
			t.Fatalf("line %d: %q after %s ms", i, line, wall)
		}
		rewards += number(t, line[7])
		wall = line[8]
	}
	if math.Abs(rewards+sum) > 1e-6*sum {
		t.Errorf("rewards add up to %v, want %v", rewards, -sum)
	}

	picture := p.draw(t)
	for _, want := range []string{"title", "random", "6 of 6 jobs complete", "job 5 (query "} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
}

func TestCutShort(t *testing.T) {
	p := playEpisode(t, `{"record": true, "cluster": {"executors": 2}, "arrivals": {"jobs": 30}, "time_limit_ms": 300000}`)
	lines := p.record.JobLines()
	completed := env.Row[int64](p.out.Info.Find("completed_jobs"), 0)[0]
	active := env.Row[int64](p.out.Info.Find("active_jobs"), 0)[0]
	if int64(len(lines)) != completed || active == 0 {
		t.Fatalf("%d job lines, want those of %d completed jobs, with %d left", len(lines), completed, active)
	}
	want := strconv.FormatInt(completed, 10) + " of " + strconv.FormatInt(completed+active, 10) + " jobs complete"
	if picture := p.draw(t); !strings.Contains(picture, want) {
		t.Errorf("the picture lacks %q", want)
	}
}

func TestRefusals(t *testing.T) {
	factory := testcjs.OpenFactory(t, "", "cjs/custom", "")
	r, err := sparkreport.New(factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.NewRecord(); err == nil || !strings.Contains(err.Error(), "record") {
		t.Errorf("an environment that does not record: %v", err)
	}

	recording := testcjs.OpenFactory(t, "", "cjs/custom", string(r.Recording())).Spec()
	if r, err = sparkreport.New(recording); err != nil {
		t.Fatal(err)
	}
	record, err := r.NewRecord()
	if err != nil {
		t.Fatal(err)
	}
	out := env.NewBatch(recording, 1)
	copy(env.ResizeRow[float64](out.Info.Find("completions"), 0, 1), []float64{0, 0, 1, 2})
	if err := record.Add(out, 0); err == nil || !strings.Contains(err.Error(), "0 jobs have arrived") {
		t.Errorf("a job that has not arrived is complete: %v", err)
	}
	env.Row[int64](out.Info.Find("completed_jobs"), 0)[0] = 1
	env.Row[float64](out.Info.Find("completions"), 0)[1] = 1e9
	if err := record.Add(out, 0); err == nil || !strings.Contains(err.Error(), "kinds") {
		t.Errorf("a kind that there is not: %v", err)
	}
	if err := r.Draw(io.Discard, "", []rollout.Drawing{{}}); err == nil {
		t.Error("no record is drawn")
	}

	for name, spoil := range map[string]func(*env.Spec){
		"manifest":   func(s *env.Spec) { s.Metadata = []byte("[]") },
		"wall_ms":    func(s *env.Spec) { s.Info = &env.Dict{} },
		"the action": func(s *env.Spec) { s.Action = &env.Discrete{N: 2} },
	} {
		spec := *factory.Spec()
		spoil(&spec)
		if _, err := sparkreport.New(&spec); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
