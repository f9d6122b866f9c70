package feed_test

import (
	"slices"
	"strings"
	"testing"

	"trailblazer/datasets/collect"
	"trailblazer/internal/testcollect"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/model"
)

// explored are sessions of which exploration chose a share.
func explored(tb testing.TB, share float64) *feed.Data {
	return opened(tb, testcollect.Collect(tb, testcollect.Wanted{ID: "trailblazer/CC-v0", Scenario: "cc/train", Config: `{"packets": true, "max_steps": 20}`,
		Options: collect.Options{Policies: []string{"max-rate"}, Episodes: 12, Epsilon: share}}))
}

// TestBatchesTeach takes single steps, many of which exploration chose.
func TestBatchesTeach(t *testing.T) {
	one := task(t, model.ObjectiveAction, explored(t, 0.5))
	one.Window, one.Batch, one.SkipExplored = 1, 1, true
	p := plan(t, feed.Options{Tasks: []feed.Task{one}, Seed: 5})
	empty := func(b *model.Batch) bool {
		return !slices.ContainsFunc(b.Targets.Weight, func(w float32) bool { return w > 0 })
	}
	f, err := p.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const batches = 60
	for i := range batches {
		b, err := f.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if empty(b) {
			t.Fatalf("nothing is learned from batch %d", i)
		}
	}
	held, err := p.HeldOut(t.Context(), 10)
	if err != nil || len(held.Batches()) != 10 {
		t.Fatalf("%d batches are held out, %v", len(held.Batches()), err)
	}
	if slices.ContainsFunc(held.Batches(), empty) {
		t.Error("a batch that is held out has nothing to compare with")
	}
	// What was passed over is in the cursor.
	texts, cursors := read(t, p, nil, batches)
	for _, at := range []int{0, 7, 30} {
		if rest, _ := read(t, p, cursors[at], batches-1-at); !slices.Equal(rest, texts[at+1:]) {
			t.Errorf("after batch %d it goes on with others", at)
		}
	}
}

func TestNothingToLearn(t *testing.T) {
	one := task(t, model.ObjectiveAction, explored(t, 1))
	one.Window, one.SkipExplored = 5, true
	f, err := plan(t, feed.Options{Tasks: []feed.Task{one}}).Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Next(t.Context()); err == nil || !strings.Contains(err.Error(), "without a step to learn from") {
		t.Errorf("the error is %v", err)
	}
}
