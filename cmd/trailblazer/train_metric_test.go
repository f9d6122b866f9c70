package main

import (
	"path/filepath"
	"strings"
	"testing"
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
