package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
)

// TestValidationMetric chooses models by another metric than the report's first,
// and refuses those by which none can be chosen.
func TestValidationMetric(t *testing.T) {
	dir := t.TempDir()
	by := func(metric string) []string {
		return toy("bandwidth-mlp", filepath.Join(dir, metric), "--set", "validation.play.metric="+metric)
	}
	result := runOnline(t, by("reward")...)
	played := result.Best.Tasks[0].Scenarios[0]
	if played.Metric != "reward" || played.Value > 1 || result.Best.By != "the score of reward in cc/train" || *result.Best.Score != played.Score {
		t.Errorf("the best is %+v: %+v", result.Best, played)
	}
	r := result.Validation.References[0]
	if want := 100 * (played.Value - r.Floor) / (r.Ceiling - r.Floor); want != played.Score || r.Ceiling <= r.Floor {
		t.Errorf("a score of %v for %v, between %v and %v", played.Score, played.Value, r.Floor, r.Ceiling)
	}
	for metric, want := range map[string]string{
		"qoe":     `validation.play.metric is "qoe": give one of mape, ape_median, `,
		"skipped": "or leave it empty for the first",
	} {
		if _, err := runCommand(t, by(metric)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one with %q", metric, err, want)
		}
	}
	// The expert of bitrates stands still more than the lowest bitrate does.
	if _, err := runCommand(t, toy("pensieve", filepath.Join(dir, "still"), "--set", "validation.play.metric=rebuffer_s")...); err == nil || !strings.Contains(err.Error(), "no better than") {
		t.Errorf("standing still: %v", err)
	}
}

// TestLossesAreBounded: scores count an episode's loss up to a bound, and values
// as they are.
func TestLossesAreBounded(t *testing.T) {
	dir := t.TempDir()
	played := map[string]checkpoint.Played{}
	for _, bound := range []string{"0", "1e9", "0.3", "1e-9"} {
		result := runOnline(t, toy("hindsight", filepath.Join(dir, bound), "--set", "validation.play.most_loss="+bound)...)
		p := result.Best.Tasks[0].Scenarios[0]
		p.Score = *result.Best.Score
		played[bound] = p
	}
	free := played["0"]
	for bound, p := range played {
		if math.Abs(p.Value-free.Value) > 1e-9 || p.Episodes != free.Episodes {
			t.Errorf("with %s %+v is played, without %+v", bound, p, free)
		}
	}
	if math.Abs(played["1e9"].Score-free.Score) > 1e-6 {
		t.Errorf("a bound that none reaches scores %v, and none %v", played["1e9"].Score, free.Score)
	}
	// Who loses somewhat in every episode is as bad as the floor then.
	if math.Abs(played["1e-9"].Score) > 1e-3 {
		t.Errorf("a bound that all reach scores %v", played["1e-9"].Score)
	}
	if p := played["0.3"]; math.Abs(p.Score-free.Score) < 1e-3 || p.Score >= 100 {
		t.Errorf("a bound scores %v, and none %v", p.Score, free.Score)
	}
	if _, err := runCommand(t, toy("hindsight", filepath.Join(dir, "bad"), "--set", "validation.play.most_loss=-1")...); err == nil || !strings.Contains(err.Error(), "most_loss") {
		t.Errorf("a negative bound: %v", err)
	}
}
