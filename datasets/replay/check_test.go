package replay_test

import (
	"reflect"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/replay"
	"trailblazer/datasets/traj"
)

// TestCheckerSaysWhatVerifySays, of each episode.
func TestCheckerSaysWhatVerifySays(t *testing.T) {
	c, factory := walks(t)
	set := open(t, recorded(t, factory, 1, env.SameStep, sample, 20))
	wrong := pick(t, set, func(h *traj.Header) bool { return h.Complete && h.Seeded })
	lost := pick(t, set, func(h *traj.Header) bool { return h.Complete && !h.Seeded })
	set = changed(t, set, factory.Spec(), wrong, func(e *traj.Episode) { traj.Of[float64](e.Steps.Find(traj.FieldReward))[2]++ })
	set = changed(t, set, factory.Spec(), lost, func(e *traj.Episode) { e.Start = nil })
	result := verify(t, set, c, replay.Options{})
	checker, err := replay.NewChecker(set, factory)
	if err != nil {
		t.Fatal(err)
	}
	defer checker.Close()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	var differences []replay.Difference
	for i := range headers {
		e, err := set.Episode(&headers[i])
		if err != nil {
			t.Fatal(err)
		}
		d, reason, err := checker.Check(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if d != nil {
			differences = append(differences, *d)
		}
		if (reason != "") != (e.ID == lost) {
			t.Errorf("episode %d can't be played again: %q", e.ID, reason)
		}
	}
	if len(differences) != 1 || !reflect.DeepEqual(differences, result.Differences) {
		t.Errorf("%+v, Verify says %+v", differences, result.Differences)
	}
}
