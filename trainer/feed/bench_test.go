package feed_test

import (
	"testing"

	"trailblazer/datasets/collect"
	"trailblazer/internal/testcollect"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/model"
)

// BenchmarkFeed reads batches of each task, with the features of the defaults.
func BenchmarkFeed(b *testing.B) {
	videos := opened(b, testcollect.Collect(b, testcollect.Wanted{ID: "trailblazer/ABR-v0", Scenario: "abr/train",
		Options: collect.Options{Policies: []string{"bba", "mpc"}, Episodes: 100}}))
	sessions := opened(b, testcollect.Collect(b, testcollect.Wanted{ID: "trailblazer/CC-v0", Scenario: "cc/train", Config: `{"packets": true}`,
		Options: collect.Options{Policies: []string{"gcc"}, Episodes: 60}}))
	clusters := opened(b, testcollect.Collect(b, testcollect.Wanted{ID: "trailblazer/CJS-v0", Scenario: "cjs/train",
		Options: collect.Options{Policies: []string{"linear"}, Episodes: 2}}))
	for _, c := range []struct {
		name, objective string
		data            *feed.Data
		window, batch   int
	}{
		{"abr", model.ObjectiveAdvantage, videos, 0, 64},
		{"cc", model.ObjectiveExpert, sessions, 40, 64},
		{"cjs", model.ObjectiveAction, clusters, 20, 16},
	} {
		b.Run(c.name, func(b *testing.B) {
			one := task(b, c.objective, c.data)
			one.Window, one.Batch, one.Holdout.Share = c.window, c.batch, 0
			f, err := plan(b, feed.Options{Tasks: []feed.Task{one}}).Open(b.Context(), nil)
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			steps := 0
			b.ReportAllocs()
			for b.Loop() {
				batch, err := f.Next(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				steps += len(batch.Times)
			}
			b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}
