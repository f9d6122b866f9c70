package checkpoint_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/internal/testsvg"
	"trailblazer/trainer/checkpoint"
)

func points() []checkpoint.Point {
	scores := []float64{0.25, 0.5}
	played := func(v float64) []checkpoint.Played {
		return []checkpoint.Played{{Scenario: "abr/valid", Metric: "qoe", Value: v, Episodes: 8}}
	}
	return []checkpoint.Point{
		{Kind: checkpoint.Trained, Step: 50, LearningRate: 1e-3, GradNorm: 0.7, Seconds: 1, DataStepsPerSecond: 9000,
			Tasks: []checkpoint.TaskPoint{{Task: "abr", Batches: 50, Loss: 1.5, Parts: []checkpoint.Part{{Name: "choice", Value: 1.5}}}}},
		{Kind: checkpoint.Validated, Step: 50, Score: &scores[0], Best: true, Seconds: 1.2, Tasks: []checkpoint.TaskPoint{{Task: "abr", Batches: 4, Loss: 1.6, Scenarios: played(0.25)}}},
		{Kind: checkpoint.Trained, Step: 100, Seconds: 2, Tasks: []checkpoint.TaskPoint{{Task: "abr", Batches: 50, Loss: 1.1}}},
		{Kind: checkpoint.Validated, Step: 100, Score: &scores[1], Seconds: 2.2, Tasks: []checkpoint.TaskPoint{{Task: "abr", Batches: 4, Loss: 1.3, Scenarios: played(0.5)}}},
	}
}

func TestMetricsGoOnWhereTheStateWas(t *testing.T) {
	d := create(t)
	all := points()
	m, err := d.Metrics(0)
	check(t, err)
	check(t, m.Append(&all[0]))
	check(t, m.Append(&all[1]))
	size, err := m.Sync()
	check(t, err)
	check(t, m.Append(&all[2])) // beyond the state
	check(t, m.Close())
	file, err := os.OpenFile(filepath.Join(d.Path(), "metrics.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	check(t, err)
	_, err = file.WriteString(`{"kind":"tra`) // killed
	check(t, err)
	check(t, file.Close())
	read, err := checkpoint.ReadMetrics(d.Path())
	check(t, err)
	if !reflect.DeepEqual(read, all[:3]) {
		t.Errorf("after the kill: %+v", read)
	}

	m, err = d.Metrics(size)
	check(t, err)
	check(t, m.Append(&all[2]))
	check(t, m.Append(&all[3]))
	check(t, m.Close())
	read, err = checkpoint.ReadMetrics(d.Path())
	check(t, err)
	if !reflect.DeepEqual(read, all) {
		t.Errorf("read %+v, want %+v", read, all)
	}
	_, err = d.Metrics(1 << 20)
	wantError(t, err, "metrics.jsonl", "when the run was stopped")
}

// TestUnmeasuredLoss: it is left out, and one of 0 is not.
func TestUnmeasuredLoss(t *testing.T) {
	for _, p := range []checkpoint.TaskPoint{{Task: "abr"}, {Task: "abr", Batches: 3}} {
		text, err := json.Marshal(p)
		check(t, err)
		if strings.Contains(string(text), `"loss"`) != (p.Batches > 0) || !strings.Contains(string(text), `"abr"`) {
			t.Errorf("%+v is written as %s", p, text)
		}
	}
}

func TestMetricsRefuseWhatIsNoNumber(t *testing.T) {
	d := create(t)
	m, err := d.Metrics(0)
	check(t, err)
	defer m.Close()
	wantError(t, m.Append(&checkpoint.Point{Kind: checkpoint.Trained, Step: 3, GradNorm: math.NaN()}), "step 3", "NaN")
}

func TestDamagedMetrics(t *testing.T) {
	dir := t.TempDir()
	none, err := checkpoint.ReadMetrics(dir)
	if none != nil || err != nil {
		t.Fatalf("without a file: %v, %v", none, err)
	}
	for text, want := range map[string]string{
		"{\"kind\":\"train\",\"step\":1,\"seconds\":0}\n{\"kind\":\n": "line 2",
		"{\"kind\":\"test\",\"step\":1,\"seconds\":0}\n":              `"test"`,
		"{\"kind\":\"train\",\"loss\":1}\n":                           "loss",
	} {
		check(t, os.WriteFile(filepath.Join(dir, "metrics.jsonl"), []byte(text), 0o600))
		_, err := checkpoint.ReadMetrics(dir)
		wantError(t, err, "metrics.jsonl", want)
	}
}

func TestCurves(t *testing.T) {
	d := create(t)
	check(t, d.SaveCurves(points()))
	drawn, err := os.ReadFile(filepath.Join(d.Path(), "curves.svg"))
	check(t, err)
	testsvg.Golden(t, filepath.Join("testdata", "curves.svg"), drawn)
	for _, few := range [][]checkpoint.Point{nil, points()[:1], points()[1:2]} {
		checkpoint.DrawCurves("run", few)
	}
}

func TestCurvesOfOnlineRuns(t *testing.T) {
	d := create(t)
	number := func(x float64) *float64 { return &x }
	metrics, err := d.Metrics(0)
	check(t, err)
	for step, o := range []checkpoint.Online{
		{Stage: "dagger", Algorithm: "dagger", Return: number(1)}, {Stage: "tune", Algorithm: "ppo", Return: number(2), Entropy: number(0.5), Explained: number(-1)},
	} {
		check(t, metrics.Append(&checkpoint.Point{Kind: checkpoint.Trained, Step: step + 1, Online: &o}))
	}
	check(t, metrics.Append(&checkpoint.Point{Kind: checkpoint.Validated, Step: 2, Score: number(3), Best: true}))
	check(t, metrics.Close())
	points, err := checkpoint.ReadMetrics(d.Path())
	check(t, err)
	drawn := checkpoint.DrawCurves("run", points)
	for _, want := range []string{"return of an episode", "entropy of the policy", "explains", ">dagger<", ">tune<", ">iterations<", "that of iteration 2", "score"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the curves don't have %q", want)
		}
	}
	if strings.Contains(drawn, "KL") {
		t.Error("what was not measured is drawn")
	}
}

// TestCurvesSayWhatTheyCut: of returns the worst are cut, which is said, and never the
// best nor the last.
func TestCurvesSayWhatTheyCut(t *testing.T) {
	curves := func(returns []float64) string {
		var points []checkpoint.Point
		for i, r := range returns {
			points = append(points, checkpoint.Point{Kind: checkpoint.Trained, Step: i + 1, Online: &checkpoint.Online{Stage: "ppo", Return: &r}})
		}
		return checkpoint.DrawCurves("run", points)
	}
	returns := make([]float64, 40)
	for i := range returns {
		returns[i] = float64(i % 7)
	}
	returns[0], returns[20] = -1530, 900
	if drawn := curves(returns); !strings.Contains(drawn, "1 of 40 points lie below, down to -1530") || !strings.Contains(drawn, ">800<") || strings.Contains(drawn, "above") {
		t.Errorf("it draws\n%s", drawn)
	}
	returns[0], returns[39] = 0, -1530
	if drawn := curves(returns); strings.Contains(drawn, "points lie") || !strings.Contains(drawn, ">-1500<") {
		t.Errorf("it draws\n%s", drawn)
	}
}

func FuzzMetrics(f *testing.F) {
	f.Add([]byte("{\"kind\":\"train\",\"step\":1,\"tasks\":[{\"task\":\"abr\",\"loss\":1}],\"seconds\":0}\n"))
	f.Add([]byte("{\"kind\":\"valid\",\"step\":1,\"score\":1e300,\"seconds\":0}\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		check(t, os.WriteFile(filepath.Join(dir, "metrics.jsonl"), data, 0o600))
		if read, err := checkpoint.ReadMetrics(dir); err == nil {
			checkpoint.DrawCurves("run", read)
		}
	})
}

func FuzzRun(f *testing.F) {
	f.Add([]byte(`{"version": 1, "status": "finished", "step": 4, "steps": 4, "best": {"step": 1, "by": "x"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		check(t, os.WriteFile(filepath.Join(dir, "run.json"), data, 0o600))
		if run, err := checkpoint.Read(dir); (run == nil) == (err == nil) {
			t.Fatalf("%+v, %v", run, err)
		}
	})
}
