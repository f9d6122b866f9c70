package train_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/train"
)

func TestTheSameBits(t *testing.T) {
	first := newGame(t)
	run, err := first.run(t, context.Background())
	check(t, err)
	want := first.remains(t)
	if run.Status != checkpoint.Finished || run.Step != 12 || run.Best == nil {
		t.Errorf("the run is %+v", run)
	}
	var points []checkpoint.Point
	check(t, json.Unmarshal([]byte(want["metrics"]), &points))
	var steps []int
	for _, p := range points {
		steps = append(steps, p.Step)
		if len(p.Tasks) != 2 || p.Kind == checkpoint.Validated && (p.Score == nil || len(p.Tasks[1].Scenarios) != 1) {
			t.Errorf("the point is %+v", p)
		}
	}
	if want := []int{3, 5, 6, 9, 10, 12, 12}; !reflect.DeepEqual(steps, want) {
		t.Errorf("points at the steps %v, want %v", steps, want)
	}
	for _, workers := range []int{1, 3} {
		again := newGame(t)
		again.workers = workers
		_, err := again.run(t, context.Background())
		check(t, err)
		same(t, "again", again.remains(t), want)
	}
	other := newGame(t)
	other.config.Seed++
	_, err = other.run(t, context.Background())
	check(t, err)
	if other.remains(t)["model"] == want["model"] {
		t.Error("another seed gives the same model")
	}
}

// TestGoingOn interrupts a run before some of its batches, and goes on with
// another number of workers.
func TestGoingOn(t *testing.T) {
	whole := newGame(t)
	_, err := whole.run(t, context.Background())
	check(t, err)
	want := whole.remains(t)
	for _, batch := range []uint64{0, 1, 2, 9, 10, 20, 23} {
		g := newGame(t)
		ctx, cancel := context.WithCancel(context.Background())
		g.stop = func(number uint64) error {
			if number == batch {
				cancel()
			}
			return nil
		}
		run, err := g.run(t, ctx)
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("batch %d: %v", batch, err)
		}
		if run.Status != checkpoint.Stopped || run.Step != int(batch/2) || g.closed != 1 {
			t.Fatalf("batch %d: the run is %+v, %d feeds were closed", batch, run, g.closed)
		}
		g.stop, g.workers = nil, 2
		_, err = g.run(t, context.Background())
		check(t, err)
		same(t, "after a stop", g.remains(t), want)
	}
}

func TestGoingOnAfterAnInterruptedValidation(t *testing.T) {
	whole := newGame(t)
	_, err := whole.run(t, context.Background())
	check(t, err)
	g := newGame(t)
	ctx, cancel := context.WithCancel(context.Background())
	g.play.before = func(call int) error {
		if call == 2 {
			cancel()
			return ctx.Err()
		}
		return nil
	}
	run, err := g.run(t, ctx)
	if !errors.Is(err, context.Canceled) || run.Step != 10 {
		t.Fatalf("%v, step %d", err, run.Step)
	}
	g.play = new(player)
	_, err = g.run(t, context.Background())
	check(t, err)
	same(t, "after a stop", g.remains(t), whole.remains(t))
}

// TestGoingOnWithoutData lets no more data come, before some of a run's batches.
func TestGoingOnWithoutData(t *testing.T) {
	whole := newGame(t)
	_, err := whole.run(t, context.Background())
	check(t, err)
	want := whole.remains(t)
	died := errors.New("died")
	for _, batch := range []uint64{1, 11, 12} {
		g := newGame(t)
		g.stop = func(number uint64) error {
			if number == batch {
				return died
			}
			return nil
		}
		var noData *train.DataError
		run, err := g.run(t, context.Background())
		if !errors.Is(err, died) || !errors.As(err, &noData) {
			t.Fatal(err)
		}
		if run.Status != checkpoint.Stopped || run.Step != int(batch/2) {
			t.Errorf("without data after batch %d the run is %+v", batch, run)
		}
		g.stop = nil
		_, err = g.run(t, context.Background())
		check(t, err)
		same(t, "with data again", g.remains(t), want)
	}
}

// TestNothingIsSavedBeforeTheFirstStep ends runs before anything is learned: there
// is nothing to go on from, and room for another run.
func TestNothingIsSavedBeforeTheFirstStep(t *testing.T) {
	for name, stop := range map[string]func(cancel func()) error{
		"interrupted": func(cancel func()) error { cancel(); return nil },
		"no data":     func(func()) error { return errors.New("died") },
		"no use": func(func()) error {
			return &env.FieldError{Field: "data", Value: "of no use", Remedy: "give other data"}
		},
	} {
		g := newGame(t)
		g.config.SaveSeconds = 0
		ctx, cancel := context.WithCancel(context.Background())
		g.stop = func(uint64) error { return stop(cancel) }
		_, err := g.run(t, ctx)
		cancel()
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		d, err := checkpoint.Create(g.dir)
		check(t, err)
		if begun, err := d.Begun(); begun || err != nil {
			t.Errorf("%s: there is something to go on from, %v", name, err)
		}
		check(t, d.Close())
		run, err := checkpoint.Read(g.dir)
		check(t, err)
		if over := name == "no use"; (run.Status == checkpoint.Stopped) == over {
			t.Errorf("%s: the run is %s", name, run.Status)
		}
	}
}
