package naive_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"trailblazer/internal/splitmix"
	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
	"trailblazer/sparksim/internal/naive"
	"trailblazer/sparksim/workload"
)

// TestGoldens replays the reference's episodes: each decision is the golden's
// and the one that the policy's own rule gives, and all numbers are equal.
func TestGoldens(t *testing.T) {
	data := filepath.Join(testdata.Dir(t), "cjs")
	kinds, err := workload.LoadTPCH(filepath.Join(data, "tpch_json"))
	if err != nil {
		t.Fatal(err)
	}
	arrivals, err := workload.LoadSequence(filepath.Join(data, "jobseq", "jobseq_seed666_cap200.csv"), kinds)
	if err != nil {
		t.Fatal(err)
	}
	for _, episode := range []struct {
		name      string
		executors int
		cap       func(v sparksim.View) int32
	}{
		{"fifo_default", 50, fifoCap},
		{"fifo_ood1", 30, fifoCap},
		{"fair_default", 50, fairCap},
		{"fair_ood1", 30, fairCap},
	} {
		t.Run(episode.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(testdata.Dir(t), "..", "golden", "cjs", episode.name+"_seed666_")
			stream := splitmix.Seed(666)
			m := naive.New(episode.executors, 2000, 1000, kinds, arrivals, &stream)
			for step, r := range testdata.ReadCSV(t, file+"steps.csv")[1:] {
				if step%200 == 0 {
					if err := m.Check(); err != nil {
						t.Fatalf("step %d: %v", step, err)
					}
				}
				v := m.View()
				before := []string{r[0], text(m.NowMs()), strconv.Itoa(len(v.Jobs)), strconv.Itoa(len(v.Stages)), strconv.Itoa(len(v.Schedulable))}
				stage, executors := decide(v, episode.cap(v))
				reward := m.Step(stage, executors)
				got := append(before, strconv.Itoa(stage), strconv.Itoa(executors), text(reward), text(m.NowMs()))
				compare(t, got, r)
			}
			if !m.Done() {
				t.Error("jobs are left")
			}
			if err := m.Check(); err != nil {
				t.Error(err)
			}
			for i, r := range testdata.ReadCSV(t, file+"jobs.csv")[1:] {
				kind := kinds[arrivals[i].Kind]
				compare(t, []string{
					strconv.Itoa(i), text(arrivals[i].AtMs), kind.Query(), kind.Size(),
					strconv.Itoa(kind.Stages()), strconv.Itoa(kind.Tasks()), text(m.CompletedMs(i)),
				}, r)
			}
		})
	}
}

// text is how Python writes a float of everyday size.
func text(x float64) string {
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if x == float64(int64(x)) {
		s += ".0"
	}
	return s
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	for k := range want {
		if got[k] != want[k] {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	}
}

func fifoCap(v sparksim.View) int32 { return int32((v.Executors + 1) / 2) }

func fairCap(v sparksim.View) int32 {
	jobs := max(1, len(v.Jobs))
	return int32((v.Executors + jobs - 1) / jobs)
}

// decide is the rule of FIFO and Fair for jobs with up to so many executors.
func decide(v sparksim.View, most int32) (stage, executors int) {
	if v.Source < len(v.Jobs) {
		if stage, ok := find(v, v.Source); ok {
			return stage, v.Committable
		}
	}
	for j, job := range v.Jobs {
		if job.Supply >= most || j == v.Source {
			continue
		}
		if stage, ok := find(v, j); ok {
			return stage, min(v.Committable, int(most-job.Supply))
		}
	}
	return sparksim.Pass, v.Committable
}

// find returns the place in the list of a job's first schedulable stage
// without incomplete parents, or else of its first schedulable one.
func find(v sparksim.View, job int) (place int, ok bool) {
	child := map[int32]bool{}
	for _, e := range v.Edges {
		child[e.To] = true
	}
	for _, frontier := range []bool{true, false} {
		for place, s := range v.Schedulable {
			if s >= v.Jobs[job].First && s < v.Jobs[job].End && !(frontier && child[s]) {
				return place, true
			}
		}
	}
	return 0, false
}
