package rl_test

import (
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
	"trailblazer/trainer/rl"
)

// BenchmarkCollect plays with small models. It measures steps of environments, of
// all that Collect does: with labels that is also to make the tables of each
// episode's link, one for each 64 copies.
func BenchmarkCollect(b *testing.B) {
	wide := func(c *model.Config, _ []feature.Config) {
		c.Backbone.Width = 160
		for i := range c.Tasks[0].Encoder.Parts {
			c.Tasks[0].Encoder.Parts[i].Widths = []int{160, 160}
		}
	}
	regress := func(c *model.Config, f []feature.Config) {
		c.Tasks[0].Objective = model.Objective{Kind: model.ObjectiveAdvantage, Floor: -6, Scale: 4}
	}
	for _, test := range []struct {
		name    string
		factory env.Factory
		setup   setup
	}{
		{"ABR", abr(b), setup{n: 256, options: rl.CollectOptions{Steps: 48, Temperature: 1}}},
		{"ABR/wide", abr(b), setup{n: 256, change: wide, options: rl.CollectOptions{Steps: 48, Temperature: 1}}},
		{"ABR/transformer", abr(b), setup{n: 256, preset: "small", options: rl.CollectOptions{Steps: 48, Temperature: 1}}},
		{"ABR/labels", abr(b), setup{n: 256, expert: "offline-table", change: regress, options: rl.CollectOptions{Steps: 48, Copies: 64, Label: true, Temperature: 1}}},
		{"CJS", cjs(b), setup{n: 16, options: rl.CollectOptions{Temperature: 1}}},
		{"CC", cc(b), setup{n: 16, options: rl.CollectOptions{Steps: 50}}},
	} {
		b.Run(test.name, func(b *testing.B) {
			test.setup.factory = test.factory
			c := test.setup.collector(b)
			collect(b, c)
			steps := 0
			b.ReportAllocs()
			for b.Loop() {
				e, err := c.Collect(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				steps += e.Len()
			}
			b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}
