package feed_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"trailblazer/datasets/sample"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/model"
)

// TestEpochIsAllThatIsNotHeldOut reads one epoch of a data set, and what is held
// out of it: together they are all its windows, each once, and no episode is in
// both.
func TestEpochIsAllThatIsNotHeldOut(t *testing.T) {
	sessions, videos := calls(t, 30, 25), player(t, 20, 0)
	for _, c := range []struct {
		name   string
		data   *feed.Data
		change func(t *feed.Task)
	}{
		{"bandwidths", sessions, func(t *feed.Task) { t.Objective, t.Window, t.Stride, t.Lead = model.ObjectiveExpert, 10, 4, 3 }},
		{"actions", sessions, func(t *feed.Task) { t.Window, t.Stride = 7, 7 }},
		{"whole episodes", sessions, func(t *feed.Task) { t.Window, t.Stride, t.Batch = 100, 100, 3 }},
		{"advantages", videos, func(t *feed.Task) {
			t.Objective, t.Window, t.Stride, t.SkipExplored = model.ObjectiveAdvantage, 4, 2, true
		}},
		{"returns", videos, func(t *feed.Task) {
			t.Window, t.Stride = 3, 1
			t.Features.Condition.Kind, t.Features.Condition.Mean, t.Features.Condition.Std = model.ConditionReturn, 5, 2
		}},
		{"values", videos, func(t *feed.Task) {
			t.Window, t.Stride = 3, 1
			t.Features.Condition.Kind, t.Features.Condition.Mean, t.Features.Condition.Std = model.ConditionValue, 5, 2
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := task(t, model.ObjectiveAction, c.data)
			c.change(&one)
			p := plan(t, feed.Options{Tasks: []feed.Task{one}, Seed: 3})
			left := map[string]int{}
			of := map[string]int64{}
			all := 0
			for episode, list := range windows(t, one, c.data) {
				for _, w := range list {
					left[w]++
					of[w] = episode
					all++
				}
			}
			held, err := p.HeldOut(t.Context(), 1000)
			if err != nil {
				t.Fatal(err)
			}
			side := map[int64]string{}
			take := func(b *model.Batch, name string) (n int) {
				for _, w := range sequences(b) {
					n++
					if left[w]--; left[w] < 0 {
						t.Fatalf("%s: a window that there is not, or too often: %.200s", name, w)
					}
					if c.data == sessions { // Windows of videos may be alike.
						if was := side[of[w]]; was != "" && was != name {
							t.Fatalf("episode %d is %s and %s", of[w], was, name)
						}
						side[of[w]] = name
					}
				}
				return n
			}
			out := 0
			for _, b := range held.Batches() {
				out += take(b, "held out")
			}
			f, err := p.Open(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			n := 0
			for n+one.Batch <= all-out {
				b, err := f.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				n += take(b, "learned")
			}
			if rest := all - out - n; rest >= one.Batch {
				t.Errorf("%d of %d windows are left", rest, all)
			}
			if used := p.Used()[0]; used.HeldOut == 0 || used.Learned+used.HeldOut != len(c.data.Episodes) {
				t.Errorf("%+v", used)
			}
		})
	}
}

// mixture is three tasks, one of two data sets.
func mixture(t testing.TB) feed.Options {
	abr := task(t, model.ObjectiveAdvantage, player(t, 12, 0), player(t, 6, 100))
	abr.Window, abr.Stride, abr.Odds = 4, 2, 2
	abr.Sets[1].Weight = 1000
	cjs := task(t, model.ObjectiveAction, cluster(t, 4))
	cjs.Window, cjs.Nodes = 10, 300
	cc := task(t, model.ObjectiveExpert, calls(t, 12, 30))
	cc.Window, cc.Lead, cc.Odds = 8, 2, 3
	return feed.Options{Tasks: []feed.Task{abr, cjs, cc}, Seed: 11, Ahead: 3}
}

// TestGoesOnWithTheSameBits interrupts a mixture after every batch.
func TestGoesOnWithTheSameBits(t *testing.T) {
	p := plan(t, mixture(t))
	if _, err := p.Measure(t.Context(), 0.9, nil); err != nil {
		t.Fatal(err)
	}
	const batches = 60
	want, cursors := read(t, p, nil, batches)
	for n := range batches - 3 {
		got, again := read(t, p, cursors[n], 3)
		for i := range got {
			if got[i] != want[n+1+i] {
				t.Fatalf("batch %d after %d is another one", n+1+i, n)
			}
			if string(again[i]) != string(cursors[n+1+i]) {
				t.Fatalf("batch %d after %d has the cursor %s, and not %s", n+1+i, n, again[i], cursors[n+1+i])
			}
		}
	}
	o := mixture(t)
	o.Ahead = 1
	other := plan(t, o)
	if _, err := other.Measure(t.Context(), 0.9, nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := read(t, other, nil, batches); !slices.Equal(got, want) {
		t.Error("the same data, collected again, give other batches")
	}
	o.Seed++
	if got, _ := read(t, plan(t, o), nil, 3); slices.Equal(got, want[:3]) {
		t.Error("another seed gives the same batches")
	}
}

// TestOdds counts batches of tasks, and windows of data sets.
func TestOdds(t *testing.T) {
	o := mixture(t)
	p := plan(t, o)
	f, err := p.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const batches = 600
	counts := map[int]int{}
	for range batches {
		b, err := f.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		counts[b.Task]++
		if n := len(b.Offsets) - 1; n != 4 && b.Task != 1 || n > 4 || n < 1 {
			t.Fatalf("task %d: %d sequences", b.Task, n)
		}
		if nodes := b.Graph.JobOffsets[len(b.Graph.JobOffsets)-1]; b.Task == 1 && int(nodes) < 300 && len(b.Offsets) < 5 {
			t.Fatalf("a batch of %d nodes has %d sequences", nodes, len(b.Offsets)-1)
		}
	}
	for i, want := range []int{200, 100, 300} {
		if n := counts[i]; n < want*3/4 || n > want*5/4 {
			t.Errorf("task %d has %d of %d batches, want about %d", i, n, batches, want)
		}
	}
}

// flaky is a source that fails once, after some batches.
type flaky struct {
	sample.Source
	left *int
}

var errLost = errors.New("the line is cut")

func (f flaky) Next(ctx context.Context) (*sample.Batch, error) {
	if *f.left--; *f.left == 0 {
		return nil, errLost
	}
	return f.Source.Next(ctx)
}

func TestErrorsEndTheFeedWhereItCanGoOn(t *testing.T) {
	d := calls(t, 8, 40)
	one := task(t, model.ObjectiveAction, d)
	one.Window, one.Batch = 5, 16
	p := plan(t, feed.Options{Tasks: []feed.Task{one}})
	const batches = 30
	want, _ := read(t, p, nil, batches)
	read, left := d.Read, 3
	d.Read = func(ctx context.Context, q sample.Query, cursor []byte) (sample.Source, error) {
		s, err := read(ctx, q, cursor)
		return flaky{s, &left}, err
	}
	var cursor []byte
	failures := 0
	for n := 0; n < batches; {
		f, err := p.Open(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for n < batches {
			b, err := f.Next(t.Context())
			if err != nil {
				if !errors.Is(err, errLost) {
					t.Fatal(err)
				}
				if _, again := f.Next(t.Context()); !errors.Is(again, errLost) {
					t.Errorf("the next call says %v", again)
				}
				failures++
				break
			}
			if text(b) != want[n] {
				t.Fatalf("batch %d is another one", n)
			}
			n++
		}
		cursor = f.Cursor()
		f.Close()
	}
	if failures != 1 {
		t.Errorf("%d failures", failures)
	}
}

// TestWaitingEnds ends the context of a call, and calls again.
func TestWaitingEnds(t *testing.T) {
	one := task(t, model.ObjectiveAction, calls(t, 3, 40))
	one.Holdout.Share = 0
	p := plan(t, feed.Options{Tasks: []feed.Task{one}})
	want, _ := read(t, p, nil, 4)
	f, err := p.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for n := 0; n < len(want); {
		// Either a batch was ready, or the context's end is what there is.
		b, err := f.Next(ended)
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if b, err = f.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if text(b) != want[n] {
			t.Fatalf("batch %d is another one", n)
		}
		n++
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := f.Next(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
}

func TestCursorsThatAreNone(t *testing.T) {
	one := task(t, model.ObjectiveAction, calls(t, 3, 10))
	p := plan(t, feed.Options{Tasks: []feed.Task{one}})
	_, cursors := read(t, p, nil, 1)
	cursor := string(cursors[0])
	one.Lead = 1
	other := plan(t, feed.Options{Tasks: []feed.Task{one}})
	for want, c := range map[string]struct {
		plan   *feed.Plan
		cursor string
	}{
		"no cursor":        {p, cursor[1:]},
		"of version 7":     {p, strings.Replace(cursor, `"version":1`, `"version":7`, 1)},
		"of other options": {other, cursor},
		"of other data":    {p, strings.Replace(cursor, `"window":`, `"window":-`, 1)},
		"cursor":           {p, strings.Replace(cursor, `"source":"`, `"source":"AAAA`, 1)},
	} {
		if c.cursor == cursor && c.plan == p {
			c.cursor = "{}" // Nothing was replaced.
		}
		if f, err := c.plan.Open(t.Context(), []byte(c.cursor)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
			if f != nil {
				f.Close()
			}
		}
	}
}

func FuzzCursor(f *testing.F) {
	one := task(f, model.ObjectiveAction, calls(f, 3, 10))
	p := plan(f, feed.Options{Tasks: []feed.Task{one}})
	_, cursors := read(f, p, nil, 3)
	for _, c := range cursors {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, cursor []byte) {
		feed, err := p.Open(t.Context(), cursor)
		if err != nil {
			return
		}
		defer feed.Close()
		if b, err := feed.Next(t.Context()); err == nil && len(b.Times) == 0 {
			t.Error("an empty batch")
		}
	})
}

// TestSourceThatEnds is told apart from the end of the data.
func TestSourceThatEnds(t *testing.T) {
	d := calls(t, 2, 10)
	read := d.Read
	d.Read = func(ctx context.Context, q sample.Query, cursor []byte) (sample.Source, error) {
		q.Epochs = 1
		return read(ctx, q, cursor)
	}
	one := task(t, model.ObjectiveAction, d)
	one.Holdout.Share = 0
	f, err := plan(t, feed.Options{Tasks: []feed.Task{one}}).Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Next(t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), d.Name) {
		t.Error(err)
	}
}
