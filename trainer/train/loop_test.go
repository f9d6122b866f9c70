package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/train"
)

func TestAFinishedRunStays(t *testing.T) {
	g := newGame(t)
	_, err := g.run(t, context.Background())
	check(t, err)
	want := g.remains(t)
	g.play.calls = 0
	run, err := g.run(t, context.Background())
	check(t, err)
	if run.Status != checkpoint.Finished || run.Best == nil || g.play.calls != 0 {
		t.Errorf("the run is %+v after %d more validations", run, g.play.calls)
	}
	same(t, "again", g.remains(t), want)
}

func TestTheBestIsKept(t *testing.T) {
	g := newGame(t)
	g.config.Average = 0
	g.play.scores = []float64{1, 3, 2}
	var weights [][]byte
	g.play.before = func(call int) error {
		data, err := os.ReadFile(filepath.Join(g.dir, "model.safetensors"))
		if call > 1 {
			check(t, err)
		}
		weights = append(weights, data)
		return nil
	}
	run, err := g.run(t, context.Background())
	check(t, err)
	if run.Best.Step != 10 || *run.Best.Score != 3 || run.Best.By != "a game" {
		t.Errorf("the best is %+v", run.Best)
	}
	if bytes.Equal(weights[1], weights[2]) {
		t.Error("a better model was not kept")
	}
	if data, err := os.ReadFile(filepath.Join(g.dir, "model.safetensors")); err != nil || !bytes.Equal(data, weights[2]) {
		t.Error("a worse model was kept", err)
	}
}

// TestTheRecordIsOfTheModel lets a run die after its first model, before
// anything else is saved.
func TestTheRecordIsOfTheModel(t *testing.T) {
	g := newGame(t)
	died := errors.New("died")
	g.play.before = func(call int) error {
		if call == 2 {
			return died
		}
		return nil
	}
	if _, err := g.run(t, context.Background()); !errors.Is(err, died) {
		t.Fatal(err)
	}
	run, err := checkpoint.Read(g.dir)
	check(t, err)
	if run.Best == nil || run.Best.Step != 5 || run.Step != 0 {
		t.Errorf("the run is %+v, its best %+v", run, run.Best)
	}
}

func TestPatience(t *testing.T) {
	g := newGame(t)
	g.config.Steps, g.config.Schedule.Steps, g.config.Validation = 1000, 1000, train.Validation{Every: 2, Patience: 3}
	g.play.scores = []float64{1, 2, 0, 2, 1, 5, 6}
	run, err := g.run(t, context.Background())
	check(t, err)
	if run.Status != checkpoint.Early || run.Step != 10 || run.Best.Step != 4 {
		t.Errorf("the run is %+v, the best %+v", run, run.Best)
	}
}

func TestChoosingWithoutGames(t *testing.T) {
	g := newGame(t)
	g.play = nil
	run, err := g.run(t, context.Background())
	check(t, err)
	if run.Best.By != "loss on held-out episodes" || *run.Best.Score >= 0 {
		t.Errorf("the best is %+v", run.Best)
	}
	g = newGame(t)
	g.play, g.heldOut = nil, false
	run, err = g.run(t, context.Background())
	check(t, err)
	if run.Best.By != "the last step" || run.Best.Score != nil || run.Best.Step != 12 {
		t.Errorf("the best is %+v", run.Best)
	}
}

func TestItLearns(t *testing.T) {
	g := newGame(t)
	g.config.Steps, g.config.Schedule.Steps, g.config.LogEvery, g.config.Validation.Every = 150, 150, 25, 150
	g.play = nil
	_, err := g.run(t, context.Background())
	check(t, err)
	points, err := checkpoint.ReadMetrics(g.dir)
	check(t, err)
	first, last := points[0].Tasks, points[len(points)-1].Tasks
	for i := range first {
		if !(last[i].Loss < first[i].Loss/2) {
			t.Errorf("the loss of %s went from %v to %v", first[i].Task, first[i].Loss, last[i].Loss)
		}
	}
	if last[0].Accuracy < 0.8 {
		t.Errorf("the accuracy is %v", last[0].Accuracy)
	}
}

func TestWhatCannotBeLearned(t *testing.T) {
	g := newGame(t)
	g.config.Schedule.Rate, g.config.ClipNorm, g.config.Schedule.Warmup = 1e30, 0, 0
	_, err := g.run(t, context.Background())
	if err == nil || !strings.Contains(err.Error(), "step") || !strings.Contains(err.Error(), "learning rate") && !strings.Contains(err.Error(), "schedule.rate") {
		t.Errorf("the error is %v", err)
	}
}

// TestUselessData comes to a dead end that going on would come to again.
func TestUselessData(t *testing.T) {
	g := newGame(t)
	want := &env.FieldError{Field: "data", Value: "of no use", Remedy: "give other data"}
	g.stop = func(number uint64) error {
		if number == 7 {
			return fmt.Errorf("data set x: %w", want)
		}
		return nil
	}
	run, err := g.run(t, context.Background())
	var noData *train.DataError
	if !errors.Is(err, want) || errors.As(err, &noData) || run.Status == checkpoint.Stopped {
		t.Errorf("the error is a %T, %v; the run is %s", err, err, run.Status)
	}
}

func TestProgress(t *testing.T) {
	g := newGame(t)
	_, err := g.run(t, context.Background())
	check(t, err)
	news := 0
	for _, p := range g.told {
		if p.New {
			news++
		}
		if p.Steps != 12 || math.IsNaN(p.Loss) || p.Left < 0 {
			t.Errorf("told %+v", p)
		}
	}
	if last := g.told[len(g.told)-1]; news != 3 || last.Loss == 0 || last.Step != 12 || last.Best == nil || last.Validated == nil {
		t.Errorf("%d validations, last %+v", news, last)
	}
}
