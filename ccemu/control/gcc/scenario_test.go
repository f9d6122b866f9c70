package gcc_test

import (
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/control/gcc"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/metric"
	"trailblazer/ccemu/scenario"
)

// foresight sends 0.9 of what there will be, which no controller can know.
type foresight struct{ feedback.Controller }

// score plays the first sessions of a set: how large the errors are, what
// share of the playback stalls, and how long packets wait on the average.
func score(t *testing.T, c feedback.Controller, name string, sessions uint64) (s metric.Summary, stalls float64, wait time.Duration) {
	t.Helper()
	set, err := scenario.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	const tick = 100 * time.Millisecond
	var (
		e        ccemu.Emulator
		state    feedback.Sender
		played   metric.Playback
		errors   = make([]metric.Errors, sessions)
		waited   time.Duration
		arrivals int64
	)
	for seed := range sessions {
		session, err := set.Draw(seed, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Reset()
		e.Start(session, seed)
		e.Listen(0, c)
		for e.Now() < time.Duration(session.DurationMs*float64(time.Millisecond)) {
			e.State(0, &state)
			truth := e.Truth(0, tick).AvailableBps
			d := c.Decide(&state)
			if _, ok := c.(foresight); ok {
				d = feedback.Decision{TargetBps: 0.9 * truth}
			}
			errors[seed].Add(d.TargetBps, truth, state.RequestBps)
			e.Apply(0, d)
			e.Advance(e.Now() + tick)
		}
		p := e.Playback(0)
		played.Played += p.Played
		played.Stalled += p.Stalled[0]
		waited += e.Traffic(0).Waited
		arrivals += e.Traffic(0).Arrived.Packets
	}
	return metric.Summarize(errors), metric.StallRate(played), waited / time.Duration(max(arrivals, 1))
}

// TestProdPredicts compares the baseline with plain GCC on the scenarios that
// it is a baseline for, and prints foresight's besides. DESIGN.md tells what
// makes the difference.
func TestProdPredicts(t *testing.T) {
	const sessions = 50
	for _, name := range []string{"cc/test", "cc/ood-capacity", "cc/ood-rtt", "cc/ood-cross"} {
		c := gcc.Config{MinBps: 10e3}
		plain, plainStalls, plainWait := score(t, gcc.New(c), name, sessions)
		prod, prodStalls, prodWait := score(t, gcc.NewProd(c), name, sessions)
		best, bestStalls, bestWait := score(t, foresight{gcc.New(c)}, name, sessions)
		t.Logf("%-15s MAPE %.1f, %.1f, %.1f %%, stalls of 100 ms %.1f, %.1f, %.1f %%, mean wait %v, %v, %v", name,
			100*plain.MAPE, 100*prod.MAPE, 100*best.MAPE, 100*plainStalls, 100*prodStalls, 100*bestStalls,
			plainWait.Round(ms), prodWait.Round(ms), bestWait.Round(ms))
		if most := 0.7 * plain.MAPE; prod.MAPE > most {
			t.Errorf("%s: a MAPE of %.1f %%, want at most 0.7 of %.1f %%", name, 100*prod.MAPE, 100*plain.MAPE)
		}
		if most := plainStalls + 0.08; prodStalls > most {
			t.Errorf("%s: %.1f %% of stalls, want at most 8 points more than %.1f %%", name, 100*prodStalls, 100*plainStalls)
		}
	}
}
