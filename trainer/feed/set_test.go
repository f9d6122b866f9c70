package feed_test

import (
	"context"
	"fmt"
	"testing"

	"trailblazer/datasets/collect"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testcollect"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/model"
)

// player are short videos on two traces, labelled with advantages: 6 or 5 steps
// an episode.
func player(tb testing.TB, episodes int, seed uint64) *feed.Data {
	return opened(tb, testcollect.Collect(tb, testcollect.Wanted{ID: "trailblazer/ABR-v0", Scenario: "abr/custom", Config: "{" + testabr.OwnData + "}",
		Options: collect.Options{Policies: []string{"bba", "random"}, Episodes: episodes, Seed: seed, Epsilon: 0.1, Writer: traj.WriterOptions{GroupSteps: 40}}}))
}

// cluster are small clusters without labels.
func cluster(tb testing.TB, episodes int) *feed.Data {
	return opened(tb, testcollect.Collect(tb, testcollect.Wanted{ID: "trailblazer/CJS-v0", Scenario: "cjs/custom",
		Options: collect.Options{Policies: []string{"linear"}, Episodes: episodes}}))
}

// calls are sessions of so many steps, labelled with the true bandwidth.
func calls(tb testing.TB, episodes, steps int) *feed.Data {
	return opened(tb, testcollect.Collect(tb, testcollect.Wanted{ID: "trailblazer/CC-v0", Scenario: "cc/train", Config: fmt.Sprintf(`{"packets": true, "max_steps": %d}`, steps),
		Options: collect.Options{Policies: []string{"max-rate"}, Episodes: episodes, Epsilon: 0.2}}))
}

func opened(tb testing.TB, dir string) *feed.Data {
	tb.Helper()
	d, set, err := feed.OpenSet(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { set.Close() })
	return d
}

// task reads data sets with the default features of the first.
func task(tb testing.TB, objective string, data ...*feed.Data) feed.Task {
	tb.Helper()
	spec, err := data[0].Spec()
	if err != nil {
		tb.Fatal(err)
	}
	features, err := feature.Default(spec)
	if err != nil {
		tb.Fatal(err)
	}
	t := feed.Task{Features: features, Objective: objective, Batch: 4, Holdout: feed.Holdout{Share: 0.25, By: "seed"}}
	for _, d := range data {
		t.Sets = append(t.Sets, feed.Set{Data: d})
	}
	return t
}

func plan(tb testing.TB, o feed.Options) *feed.Plan {
	tb.Helper()
	p, err := feed.NewPlan(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// read takes some batches from a cursor on, as text, with the cursor after each.
func read(tb testing.TB, p *feed.Plan, cursor []byte, batches int) (texts []string, cursors [][]byte) {
	tb.Helper()
	f, err := p.Open(tb.Context(), cursor)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for range batches {
		b, err := f.Next(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		texts, cursors = append(texts, text(b)), append(cursors, f.Cursor())
	}
	return texts, cursors
}

func text(b *model.Batch) string { return fmt.Sprintf("%+v", *b) }

// sequences are the sequences of a batch of vectors, as texts.
func sequences(b *model.Batch) []string {
	var list []string
	for s := range len(b.Offsets) - 1 {
		low, high := int(b.Offsets[s]), int(b.Offsets[s+1])
		steps := len(b.Times)
		list = append(list, fmt.Sprint(
			rows(b.Vector, steps, low, high), b.Times[low:high], rows(b.Condition, steps, low, high),
			rows(b.Actions.Choice, steps, low, high), rows(b.Actions.Value, steps, low, high),
			rows(b.Targets.Actions.Choice, steps, low, high), rows(b.Targets.Actions.Value, steps, low, high),
			rows(b.Targets.Advantage, steps, low, high), b.Targets.Weight[low:high]))
	}
	return list
}

// rows are some rows of an array of so many, or none of an empty one.
func rows[T any](values []T, steps, low, high int) []T {
	width := len(values) / steps
	return values[low*width : high*width]
}

// windows makes all sequences of a data set naively, by episode.
func windows(tb testing.TB, t feed.Task, d *feed.Data) map[int64][]string {
	tb.Helper()
	spec, err := d.Spec()
	if err != nil {
		tb.Fatal(err)
	}
	a, err := feature.New(t.Features, spec)
	if err != nil {
		tb.Fatal(err)
	}
	schema, err := d.Info.Schema()
	if err != nil {
		tb.Fatal(err)
	}
	r, err := a.Record(schema, t.Objective)
	if err != nil {
		tb.Fatal(err)
	}
	source, err := d.Read(tb.Context(), sample.Query{BatchSize: 1 << 20}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer source.Close()
	all, err := source.Next(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	if err := r.Show(all.Frame); err != nil {
		tb.Fatal(err)
	}
	list := map[int64][]string{}
	for i, episode := range all.Episodes {
		first, end := int(all.RowOffsets[i]), int(all.RowOffsets[i+1])
		for low := first; ; low += t.Stride {
			low = max(min(low, end-t.Window), first)
			high := min(low+t.Window, end)
			list[episode] = append(list[episode], sequences(pack(tb, t, a, r, first, low, high))[0])
			if high == end {
				break
			}
		}
	}
	return list
}

// pack makes a batch of one window of the episode that begins at first.
func pack(tb testing.TB, t feed.Task, a *feature.Adapter, r *feature.Recorded, first, low, high int) *model.Batch {
	b := new(model.Batch)
	feature.Start(&b.Steps)
	for row := low; row < high; row++ {
		if err := a.Observe(r.Batch, row, &b.Steps); err != nil {
			tb.Fatal(err)
		}
		b.Times = append(b.Times, int32(row-first))
		if err := a.Taken(r.Batch, row, r.Action, row, &b.Actions); err != nil {
			tb.Fatal(err)
		}
		weight := float32(1)
		switch t.Objective {
		case model.ObjectiveAction:
			if err := a.Taken(r.Batch, row, r.Action, row, &b.Targets.Actions); err != nil {
				tb.Fatal(err)
			}
		case model.ObjectiveExpert:
			if err := a.Taken(r.Batch, row, r.Expert, row, &b.Targets.Actions); err != nil {
				tb.Fatal(err)
			}
		default:
			for _, x := range r.Advantage[row*r.Choices:][:r.Choices] {
				b.Targets.Advantage = append(b.Targets.Advantage, float32(x))
			}
		}
		if low > first && row < low+t.Lead || t.SkipExplored && r.Explored[row] {
			weight = 0
		}
		if r.Condition != nil {
			b.Condition = append(b.Condition, float32((r.Condition[row]-a.Config().Condition.Mean)/2))
		}
		b.Targets.Weight = append(b.Targets.Weight, weight)
	}
	b.Offsets = append(b.Offsets, int32(high-low))
	return b
}
