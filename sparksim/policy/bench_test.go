package policy

import (
	"testing"

	"trailblazer/sparksim"
)

// BenchmarkChoose asks each rule about the views of an episode that it plays,
// in turn.
func BenchmarkChoose(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			rule := newRule(b, name)
			var views []*sparksim.View
			play(b, rule, 50, 200, 1, func(v *sparksim.View) { views = append(views, clone(v)) })
			rule.Start(1)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := rule.Choose(views[i]); err != nil {
					b.Fatal(err)
				}
				if i++; i == len(views) {
					i = 0
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
		})
	}
}

func clone(v *sparksim.View) *sparksim.View {
	c := *v
	c.Jobs = append([]sparksim.JobView(nil), v.Jobs...)
	c.Stages = append([]sparksim.StageView(nil), v.Stages...)
	c.Edges = append([]sparksim.Edge(nil), v.Edges...)
	c.Schedulable = append([]int32(nil), v.Schedulable...)
	return &c
}
