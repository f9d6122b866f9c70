package collect_test

import (
	"errors"
	"maps"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/datasets/collect"
	"trailblazer/datasets/traj"
)

// TestRefusedChangesNothing: a collection that has no place in a data set, or
// nothing to add, leaves every file as it was, and measures nothing first.
func TestRefusedChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, abrenv.ID, "abr/train", "")
	first := collect.Options{Policies: []string{"bba"}, Episodes: 3, Writer: traj.WriterOptions{Command: "first"}}
	s.run(t, dir, first)
	before := files(t, dir)

	strict := open(t, abrenv.ID, "abr/default-test", "")
	measured := false
	strict.own = map[string]func() env.Policy{"floor": func() env.Policy {
		measured = true
		broken := false
		return &failing{broken: &broken}
	}}
	second := collect.Options{Policies: []string{"bba"}, Episodes: 3, Reference: collect.Reference{Floor: "floor", Episodes: 2}, Writer: traj.WriterOptions{Command: "second"}}
	var other *collect.OtherError
	if _, err := collect.Run(t.Context(), dir, strict, second); !errors.As(err, &other) || other.Command != "first" {
		t.Errorf("another scenario: %v", err)
	}
	w, err := traj.Create(dir, s.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var locked *traj.LockedError
	if _, err := collect.Run(t.Context(), dir, strict, second); !errors.As(err, &locked) {
		t.Errorf("a data set that is being written: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if measured {
		t.Error("references were measured for nothing")
	}
	less := first
	less.Episodes, less.Writer.Command = 2, "less"
	s.run(t, dir, less)
	if after := files(t, dir); !maps.Equal(after, before) {
		for name := range after {
			if after[name] != before[name] {
				t.Errorf("%s differs", name)
			}
		}
	}
}

// TestFillsGaps: what was lost to damage is collected again, as far as so many
// episodes are asked for.
func TestFillsGaps(t *testing.T) {
	s := open(t, abrenv.ID, "abr/train", "")
	o := collect.Options{Policies: []string{"bba", "random"}, Episodes: 3}
	whole, gaps := t.TempDir(), t.TempDir()
	s.run(t, whole, o)
	want := episodes(t, whole)
	w, err := traj.Create(gaps, s.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, i := range []int{0, 3, 5} {
		if _, err := w.Add(episodes(t, whole)[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, run := range []struct{ episodes, before, added int }{{1, 1, 1}, {3, 4, 2}, {2, 4, 0}} {
		o.Episodes = run.episodes
		if result := s.run(t, gaps, o); result.Before != run.before || result.Episodes != run.added {
			t.Errorf("%d episodes: %d were there, %d are new; want %d and %d", run.episodes, result.Before, result.Episodes, run.before, run.added)
		}
	}
	got := map[string]string{}
	for _, e := range episodes(t, gaps) {
		e.ID = 0
		clear(e.Steps.Find(traj.FieldEpisode).Data)
		got[e.Source] = content(t, e)
	}
	for _, e := range want {
		e.ID = 0
		clear(e.Steps.Find(traj.FieldEpisode).Data)
		if got[e.Source] != content(t, e) {
			t.Errorf("episode %s differs", e.Source)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d episodes, want %d", len(got), len(want))
	}
}
