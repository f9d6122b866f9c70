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
