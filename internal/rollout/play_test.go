package rollout_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// TestPlayReturnsWhatRunSumsUp: every episode's parts, from which the means of
// a result follow.
func TestPlayReturnsWhatRunSumsUp(t *testing.T) {
	var log bytes.Buffer
	options := rollout.Options{Policies: []string{"seeded", "counter"}, Episodes: 5, Seed: 2, Log: &log}
	played, err := rollout.Play(t.Context(), newSource(t, nil), report{}, options)
	if err != nil || log.Len() > 0 {
		t.Fatalf("%v, log %q", err, log.String())
	}
	result, err := rollout.Run(t.Context(), newSource(t, nil), report{}, options)
	if err != nil {
		t.Fatal(err)
	}
	for i, episodes := range played {
		var parts []stats.Part
		for k, e := range episodes {
			if e.Index != k || e.Steps != 4 || len(e.Parts) != 1 {
				t.Fatalf("policy %d, episode %d: %+v", i, k, e)
			}
			parts = append(parts, e.Parts[0])
		}
		if got, want := stats.PooledMean(parts).Value, result.Results[i].Metrics["reward"].Mean; len(parts) != 5 || got != want {
			t.Errorf("policy %d: %d episodes with mean %v, want 5 with %v", i, len(parts), got, want)
		}
	}
}

func TestPlayStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	source := newSource(t, func(int) {
		if steps++; steps == 26 { // In the second policy's second episode.
			cancel()
		}
	})
	played, err := rollout.Play(ctx, source, report{}, rollout.Options{Policies: []string{"seeded", "counter"}, Episodes: 5, Workers: 1})
	if !errors.Is(err, context.Canceled) || len(played) != 2 || len(played[0]) != 5 || len(played[1]) != 1 {
		t.Errorf("%v, %d policies: %v", err, len(played), played)
	}
	if _, err := rollout.Play(t.Context(), newSource(t, nil), report{}, rollout.Options{Policies: []string{"nope"}}); err == nil {
		t.Error("an unknown policy was played")
	}
}
