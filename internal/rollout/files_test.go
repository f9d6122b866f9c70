package rollout_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
)

// recorder is a report whose records hold the rewards of an episode, as if they
// were jobs.
type recorder struct {
	report
	refusal error // of records
}

// drawer is a recorder without jobs.
type drawer struct{ rollout.Recorder }

func (r recorder) Recording() json.RawMessage { return json.RawMessage(`{"record": true}`) }
func (r recorder) NewRecord() (rollout.Record, error) {
	return &rewards{}, r.refusal
}
func (r recorder) JobColumns() []string { return []string{"shown", "last"} }
func (r recorder) Draw(w io.Writer, title string, drawings []rollout.Drawing) error {
	fmt.Fprint(w, title)
	for _, d := range drawings {
		if _, err := fmt.Fprintf(w, "; %s %v", d.Policy, d.Record.(*rewards).shown); err != nil {
			return err
		}
	}
	return nil
}

type rewards struct{ shown []float64 }

func (r *rewards) Add(b *env.Batch, row int) error {
	if b.Reward[row] > 4 {
		return errors.New("more than four")
	}
	r.shown = append(r.shown, b.Reward[row])
	return nil
}
func (r *rewards) JobLines() [][]string {
	return [][]string{{fmt.Sprint(len(r.shown)), fmt.Sprint(r.shown[len(r.shown)-1])}}
}

func TestRunWritesJobsAndDrawing(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var log, jobs, drawing bytes.Buffer
		_, err := rollout.Run(t.Context(), newSource(t, nil), recorder{}, rollout.Options{
			Policies: []string{"seeded", "counter"}, Episodes: 2, Seed: 3, Workers: workers, Log: &log, Jobs: &jobs, Drawing: &drawing,
		})
		if err != nil {
			t.Fatal(err)
		}
		// Four steps and the reset.
		if want := "shown,last,policy,episode\n5,3,seeded,0\n5,4,seeded,1\n5,0,counter,0\n5,1,counter,1\n"; jobs.String() != want {
			t.Errorf("jobs\n%s\nwant\n%s", jobs.String(), want)
		}
		if got, want := drawing.String(), "; seeded [0 3 3 3 3]; counter [0 0 0 0 0]"; !strings.HasSuffix(got, ", seed 3"+want) {
			t.Errorf("drawing %q, want ...%q", got, want)
		}
	}
}

// TestDrawingNeedsNoJobs: what draws need not list jobs.
func TestDrawingNeedsNoJobs(t *testing.T) {
	var drawing bytes.Buffer
	_, err := rollout.Run(t.Context(), newSource(t, nil), drawer{recorder{}}, rollout.Options{
		Policies: []string{"seeded", "counter"}, Episodes: 2, Seed: 3, Drawing: &drawing,
	})
	if want := ", seed 3; seeded [0 3 3 3 3]; counter [0 0 0 0 0]"; err != nil || !strings.HasSuffix(drawing.String(), want) {
		t.Errorf("%v, drawing %q, want ...%q", err, drawing.String(), want)
	}
}

// TestOneEpisodeHasNoColumn: a log of single episodes has the report's columns
// and the policy.
func TestOneEpisodeHasNoColumn(t *testing.T) {
	var log, jobs bytes.Buffer
	_, err := rollout.Run(t.Context(), newSource(t, nil), recorder{}, rollout.Options{
		Policies: []string{"seeded", "counter"}, Episodes: 1, Log: &log, Jobs: &jobs,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "shown,last,policy\n5,0,seeded\n5,0,counter\n"; jobs.String() != want {
		t.Errorf("jobs\n%s\nwant\n%s", jobs.String(), want)
	}
	if want := "reward,policy\n0.0,seeded\n"; !strings.HasPrefix(log.String(), want) {
		t.Errorf("log\n%s\nwant it to begin with\n%s", log.String(), want)
	}
}

func TestDefaultEpisodesAreTheReports(t *testing.T) {
	result, err := rollout.Run(t.Context(), newSource(t, nil), report{}, rollout.Options{Policies: []string{"seeded"}})
	if err != nil || result.Results[0].Episodes != 3 {
		t.Errorf("%+v, %v, want 3 episodes", result, err)
	}
}

func TestRecordsFail(t *testing.T) {
	played := 0
	source := newSource(t, func(int) { played++ })
	options := rollout.Options{Policies: []string{"seeded"}, Episodes: 1, Seed: 5, Jobs: io.Discard}
	if _, err := rollout.Run(t.Context(), source, report{}, options); err == nil || played > 0 {
		t.Errorf("a report without records: %v after %d steps", err, played)
	}
	refusal := errors.New("nothing is recorded")
	if _, err := rollout.Run(t.Context(), source, drawer{recorder{}}, options); err == nil || !strings.Contains(err.Error(), "no jobs") || played > 0 {
		t.Errorf("jobs of a report without any: %v after %d steps", err, played)
	}
	if _, err := rollout.Run(t.Context(), source, recorder{refusal: refusal}, options); !errors.Is(err, refusal) || played > 0 {
		t.Errorf("an environment without records: %v after %d steps", err, played)
	}
	if _, err := rollout.Run(t.Context(), source, recorder{}, options); err == nil || !strings.Contains(err.Error(), "more than four") {
		t.Errorf("a record that contradicts itself: %v", err)
	}
	options.Seed, options.Jobs, options.Drawing = 0, nil, &full{room: 3}
	if _, err := rollout.Run(t.Context(), source, recorder{}, options); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

// TestInterruptedRunWritesWhatIsFinished: also episodes behind one that is
// not.
func TestInterruptedRunWritesWhatIsFinished(t *testing.T) {
	var jobs, drawing bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	var steps atomic.Int64
	source := newSource(t, func(int) {
		if steps.Add(1) == 10 { // In the third episode, or in the second of two at once.
			cancel()
		}
	})
	result, err := rollout.Run(ctx, source, recorder{}, rollout.Options{
		Policies: []string{"seeded", "counter"}, Episodes: 4, Workers: 1, Jobs: &jobs, Drawing: &drawing,
	})
	if !errors.Is(err, context.Canceled) || len(result.Results) != 1 || result.Results[0].Episodes != 2 {
		t.Fatalf("%v, %+v, want two episodes of the first policy", err, result)
	}
	if want := "shown,last,policy,episode\n5,0,seeded,0\n5,1,seeded,1\n"; jobs.String() != want {
		t.Errorf("jobs\n%s\nwant\n%s", jobs.String(), want)
	}
	if got := drawing.String(); !strings.HasSuffix(got, "; seeded [0 0 0 0 0]") {
		t.Errorf("drawing %q", got)
	}
}

// stepReport logs what a step says of itself.
type stepReport struct {
	report
	last float64 // value_0 after the last step
}

func (r *stepReport) AppendLog(line []string, step *rollout.Step) ([]string, bool) {
	value := func(b *env.Batch) float64 { return env.Row[float64](&b.Info[0], 0)[0] }
	same := !step.Start() && value(step.Before) == r.last && step.Before.Info[0].Len() == 1
	r.last = value(step.After)
	return append(line, fmt.Sprint(step.Index, " ", same, " ", env.Row[int64](&step.Action[0], 0)[0])), true
}

func TestStepsShowBeforeAndAfter(t *testing.T) {
	var log bytes.Buffer
	if _, err := rollout.Run(t.Context(), newSource(t, nil), &stepReport{}, rollout.Options{Policies: []string{"seeded"}, Episodes: 1, Seed: 4, Log: &log}); err != nil {
		t.Fatal(err)
	}
	if want := "reward,policy\n-1 false 0,seeded\n0 true 4,seeded\n1 true 4,seeded\n2 true 4,seeded\n3 true 4,seeded\n"; log.String() != want {
		t.Errorf("log\n%s\nwant\n%s", log.String(), want)
	}
}

func TestPoliciesAreComparedInPairs(t *testing.T) {
	result, err := rollout.Run(t.Context(), newSource(t, nil), report{}, rollout.Options{Policies: []string{"counter", "seeded", "counter"}, Episodes: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	// Rewards 0, 1, 2, 3, 4 and 1, 2, 3, 4, 5: always one more.
	if result.Results[0].Versus != nil {
		t.Errorf("the first is compared with %+v", result.Results[0].Versus)
	}
	v := result.Results[1].Versus
	if v == nil || v.Policy != "counter" || v.Metric != "reward" || v.Episodes != 5 || v.Difference.Mean != 1 || v.Difference.CI95[1]-v.Difference.CI95[0] > 1e-12 || v.Percent.Mean != 50 || !(v.Percent.CI95[0] < 50 && v.Percent.CI95[1] > 50) {
		t.Errorf("compared: %+v", v)
	}
	if v := result.Results[2].Versus; v.Difference != (rollout.Confidence{}) || *v.Percent != (rollout.Confidence{}) {
		t.Errorf("a policy differs from itself: %+v", v)
	}
	var table bytes.Buffer
	if err := rollout.WriteTable(&table, result, report{}.Metrics()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"vs counter", "+50.0 % [+", "+0.0 % [+0.0, +0.0]", "pairs of the same episode"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("table lacks %q:\n%s", want, table.String())
		}
	}

	// A base of 0 has no percent, and one episode no interval worth a column.
	result, err = rollout.Run(t.Context(), newSource(t, nil), report{}, rollout.Options{Policies: []string{"counter", "seeded"}, Episodes: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if v := result.Results[1].Versus; v == nil || v.Percent != nil || v.Difference.Mean != 1 {
		t.Errorf("compared with 0: %+v", v)
	}
	table.Reset()
	if err := rollout.WriteTable(&table, result, report{}.Metrics()); err != nil || strings.Contains(table.String(), "vs ") {
		t.Errorf("%v\n%s", err, table.String())
	}
}
