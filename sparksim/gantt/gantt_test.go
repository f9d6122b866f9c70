package gantt

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/testsvg"
	"trailblazer/sparksim"
)

// randomPanel fills the lanes of a cluster with runs.
func randomPanel(random *rand.Rand, executors, jobs, stages int, endMs float64) Panel {
	p := Panel{Title: "random", Notes: []string{"one", "two"}, Executors: executors, EndMs: endMs}
	for range jobs {
		at := random.Float64() * endMs
		p.Jobs = append(p.Jobs, Job{Label: "query 1, 2g", ArrivedMs: at, CompletedMs: at + random.Float64()*(endMs-at)})
	}
	for e := range executors {
		ms, job := 0.0, 0
		for {
			if random.IntN(6) == 0 {
				job = random.IntN(jobs)
				ms += random.ExpFloat64() * endMs / 50
			}
			run := sparksim.Run{Executor: int32(e), Job: int32(job), Stage: int32(random.IntN(stages)), Tasks: 1 + int32(random.IntN(9)), StartMs: ms}
			ms += random.ExpFloat64() * endMs / 300
			if ms > endMs {
				break
			}
			run.EndMs = ms
			p.Runs = append(p.Runs, run)
			if random.IntN(3) == 0 {
				ms += endMs / 1e4
			}
		}
	}
	random.Shuffle(len(p.Runs), func(i, k int) { p.Runs[i], p.Runs[k] = p.Runs[k], p.Runs[i] })
	return p
}

func draw(t *testing.T, c *Chart) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestChartSaysWhatRan(t *testing.T) {
	c := &Chart{Title: "cjs/default-test, seed 1 <&>", Panels: []Panel{
		{
			Title: "fifo", Notes: []string{"average 3 s"}, Executors: 2, EndMs: 10_000,
			Jobs: []Job{{Label: "query \"9\" <b>\x00", CompletedMs: 10_000}, {ArrivedMs: 2000, CompletedMs: math.Inf(1)}, {ArrivedMs: math.Inf(1), CompletedMs: math.Inf(1)}},
			Runs: []sparksim.Run{
				{Executor: 1, Job: 0, Stage: 3, Tasks: 4, StartMs: 0, EndMs: 5000},
				{Executor: 0, Job: 1, Stage: 0, Tasks: 1, StartMs: 2500, EndMs: 10_000},
				// Too short to be seen, and right behind the first.
				{Executor: 1, Job: 0, Stage: 4, Tasks: 2, StartMs: 5000, EndMs: 5001},
			},
		},
		{Title: "fair", Executors: 3, EndMs: 20_000},
	}}
	document := draw(t, c)
	found := testsvg.Texts(t, document)
	testsvg.Inside(t, document)
	testsvg.Golden(t, "testdata/chart.svg", document)
	titles := []string{
		"cjs/default-test, seed 1 <&>",
		"job 0 (query \"9\" <b>\uFFFD), stage 3 and 1 more in 2 runs, 6 tasks on executor 1: 0.0 to 5.0 s",
		"job 1, stage 0, 1 task on executor 0: 2.5 to 10.0 s",
		"the episode ends at 10 s", "the episode ends at 20 s",
	}
	if !slices.Equal(found["title"], titles) {
		t.Errorf("titles %q, want %q", found["title"], titles)
	}
	shown := strings.Join(append(found["text"], found["tspan"]...), "\n")
	for _, want := range []string{
		"fifo", "fair", "average 3 s",
		"running executors: mean 1.3 of 2, utilisation 62.5 %", "running executors: mean 0.0 of 3, utilisation 0.0 %",
		"active jobs: mean 1.8, at most 2", "active jobs: mean 0.0, at most 0",
		"1 of 3 runs are joined", "10 s", "20 s",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("lacks %q:\n%s", want, shown)
		}
	}
	if again := draw(t, c); !bytes.Equal(again, document) {
		t.Error("the same chart is drawn otherwise the second time")
	}
}

// TestBlocksCoverRuns draws random lanes: every run lies in one block of its
// executor and job, and blocks of a lane don't overlap.
func TestBlocksCoverRuns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for trial := range 50 {
		p := randomPanel(random, 1+random.IntN(5), 1+random.IntN(4), 3, 1000)
		short, gap := random.Float64()*10, random.Float64()*3
		list := blocks(p.Runs, short, gap)
		runs, tasks, wantTasks := 0, 0, 0
		for _, r := range p.Runs {
			wantTasks += int(r.Tasks)
			if !slices.ContainsFunc(list, func(b block) bool {
				return b.executor == r.Executor && b.job == r.Job && b.startMs <= r.StartMs && r.EndMs <= b.endMs && (b.runs > 1 || b.stage == r.Stage)
			}) {
				t.Fatalf("trial %d: no block has %+v", trial, r)
			}
		}
		for i, b := range list {
			runs += b.runs
			tasks += b.tasks
			if b.stages > b.runs {
				t.Fatalf("trial %d: %+v has more stages than runs", trial, b)
			}
			for _, other := range list[:i] {
				if other.executor == b.executor && other.startMs < b.endMs && b.startMs < other.endMs {
					t.Fatalf("trial %d: %+v and %+v overlap", trial, other, b)
				}
			}
		}
		if runs != len(p.Runs) || tasks != wantTasks {
			t.Fatalf("trial %d: blocks have %d runs and %d tasks, want %d and %d", trial, runs, tasks, len(p.Runs), wantTasks)
		}
	}
	if list := blocks(nil, 1, 1); len(list) != 0 {
		t.Errorf("no runs give %v", list)
	}
}

func TestCurvesAreWhatRunsAndJobsSay(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for trial := range 30 {
		const end, parts = 1000.0, 37
		p := randomPanel(random, 1+random.IntN(6), 1+random.IntN(5), 3, end)
		means := running(p.Runs, end, parts)
		sum := 0.0
		for i, got := range means {
			from, to := end*float64(i)/parts, end*float64(i+1)/parts
			want := 0.0
			for _, r := range p.Runs {
				want += max(0, min(r.EndMs, to)-max(r.StartMs, from)) / (to - from)
			}
			if math.Abs(got-want) > 1e-9 {
				t.Fatalf("trial %d: part %d has mean %v, want %v", trial, i, got, want)
			}
			sum += got / parts
		}
		if got := meanRunning(p.Runs, end); math.Abs(got-sum) > 1e-9 {
			t.Fatalf("trial %d: mean %v, parts have %v", trial, got, sum)
		}
		curve := active(p.Jobs, end)
		mean, peak := meanAndPeak(curve, end)
		wantMean, wantPeak := 0.0, 0
		for i, point := range curve {
			want := 0
			for _, j := range p.Jobs {
				if j.ArrivedMs <= point.ms && point.ms < j.CompletedMs {
					want++
				}
			}
			if point.value != want || i > 0 && point.ms <= curve[i-1].ms {
				t.Fatalf("trial %d: %d jobs at %v ms, want %d", trial, point.value, point.ms, want)
			}
			wantPeak = max(wantPeak, want)
		}
		for _, j := range p.Jobs {
			wantMean += (j.CompletedMs - j.ArrivedMs) / end
		}
		if math.Abs(mean-wantMean) > 1e-9 || peak != wantPeak {
			t.Fatalf("trial %d: mean %v, peak %d, want %v and %d", trial, mean, peak, wantMean, wantPeak)
		}
	}
}

// TestColours: jobs that follow each other differ, and all stand out from both
// backgrounds.
func TestColours(t *testing.T) {
	seen := map[string]int{}
	for job := range 450 {
		c := colour(job)
		seen[c]++
		if light, dark := testsvg.Contrast(t, c, "#fff"), testsvg.Contrast(t, c, "#12161c"); light < 1.7 || dark < 2.5 {
			t.Errorf("job %d, %s: contrasts %.2f with white and %.2f with dark are too low", job, c, light, dark)
		}
	}
	if len(seen) < 400 {
		t.Errorf("only %d colours for 450 jobs", len(seen))
	}
}

func TestManyJobsStaySmall(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	c := &Chart{Panels: []Panel{randomPanel(random, 50, 450, 20, 1e7)}}
	// Ten times as many runs, too short to be seen.
	p := &c.Panels[0]
	for _, r := range slices.Clone(p.Runs) {
		for k := range 10 {
			part := r
			part.StartMs += (r.EndMs - r.StartMs) * float64(k) / 10
			part.EndMs = r.StartMs + (r.EndMs-r.StartMs)*float64(k+1)/10
			part.Stage += int32(k)
			p.Runs = append(p.Runs, part)
		}
	}
	document := draw(t, c)
	testsvg.Texts(t, document)
	testsvg.Inside(t, document)
	if perRun := float64(len(document)) / float64(len(p.Runs)); len(document) > 6<<20 || perRun > 60 {
		t.Errorf("%d runs make %d bytes", len(p.Runs), len(document))
	}
}

func TestRefusals(t *testing.T) {
	good := func() Panel {
		return Panel{Executors: 2, EndMs: 10, Jobs: []Job{{CompletedMs: 9}}, Runs: []sparksim.Run{{Executor: 1, EndMs: 9}}}
	}
	draw(t, &Chart{Panels: []Panel{good()}})
	for name, spoil := range map[string]func(*Panel){
		"executors":        func(p *Panel) { p.Executors = 0 },
		"end_ms":           func(p *Panel) { p.EndMs = math.NaN() },
		"jobs[0]":          func(p *Panel) { p.Jobs[0].CompletedMs = -1 },
		"runs[0]: exec":    func(p *Panel) { p.Runs[0].Executor = 2 },
		"runs[0]: job":     func(p *Panel) { p.Runs[0].Job = 1 },
		"runs[0]: from":    func(p *Panel) { p.Runs[0].EndMs = 11 },
		"runs[0]: from 3":  func(p *Panel) { p.Runs[0].StartMs, p.Runs[0].EndMs = 3, 2 },
		"runs[0]: a negat": func(p *Panel) { p.Runs[0].Stage = -1 },
	} {
		p := good()
		spoil(&p)
		err := (&Chart{Panels: []Panel{good(), p}}).Write(io.Discard)
		if err == nil || !strings.Contains(err.Error(), "panels[1]: "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&Chart{}).Write(io.Discard); err == nil {
		t.Error("a chart without panels is drawn")
	}
	if err := (&Chart{Panels: []Panel{good()}}).Write(full{}); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func BenchmarkWrite(b *testing.B) {
	random := rand.New(rand.NewPCG(7, 8))
	c := &Chart{Panels: []Panel{randomPanel(random, 50, 450, 20, 1e7)}}
	b.ReportMetric(float64(len(c.Panels[0].Runs)), "runs")
	for b.Loop() {
		if err := c.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
