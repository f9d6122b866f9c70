package collect_test

import (
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/ccemu/ccenv"
	"trailblazer/datasets/collect"
	"trailblazer/sparksim/sparkenv"
)

// BenchmarkCollect fills data sets, with cheap policies: what is left is the
// environment, and to keep its steps.
func BenchmarkCollect(b *testing.B) {
	for _, c := range []struct {
		name, id, scenario, config, policy string
		episodes                           int
	}{
		{"ABR", abrenv.ID, "abr/train", "", "bba", 4000},
		{"CJS", sparkenv.ID, "cjs/train", `{"max_steps": 2000}`, "fifo", 8},
		{"CC", ccenv.ID, "cc/train", packets, "loss-aimd", 20},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := open(b, c.id, c.scenario, c.config)
			steps, bytes := 0, int64(0)
			for b.Loop() {
				result := s.run(b, b.TempDir(), collect.Options{Policies: []string{c.policy}, Episodes: c.episodes})
				steps, bytes = steps+result.Steps, bytes+result.Bytes
			}
			b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
			b.ReportMetric(float64(bytes)/float64(steps), "B/step")
		})
	}
}
