package decima

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/internal/testview"
)

// BenchmarkChoose measures a decision by the number of stages in the view.
func BenchmarkChoose(b *testing.B) {
	rule := New(randomNetwork(b), Greedy)
	for _, stages := range []int{30, 250, 1000} {
		v := viewOf(stages)
		b.Run(fmt.Sprintf("stages=%d", len(v.Stages)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rule.Choose(v); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(v.Schedulable)), "schedulable")
		})
	}
}

// viewOf is a random view of about so many stages whose executors are all free.
func viewOf(stages int) *sparksim.View {
	random := rand.New(rand.NewPCG(1, 2))
	for {
		v := testview.Random(random, 50, stages/3)
		if n := len(v.Stages); n >= stages && n <= stages+stages/10 && v.Committable > 45 {
			return v
		}
	}
}
