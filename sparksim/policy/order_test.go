package policy

import (
	"testing"

	"trailblazer/sparksim"
)

// TestWhatKnowsMoreIsFaster: the rules come in the order in which their
// sources have them.
func TestWhatKnowsMoreIsFaster(t *testing.T) {
	order := []string{"fifo", "fair", "weighted-fair", "linear", "patient", "thorough"}
	for _, executors := range []int{30, 50} {
		before := 0.0
		for i, name := range order {
			rule, sum := newRule(t, name), 0.0
			for seed := range uint64(5) {
				sum += play(t, rule, executors, 100, seed, func(*sparksim.View) {})
			}
			t.Logf("%d executors, %s: %.1f s", executors, name, sum/5)
			if i > 0 && sum >= before {
				t.Errorf("%d executors: %s takes %.1f s, %s %.1f s", executors, name, sum/5, order[i-1], before/5)
			}
			before = sum
		}
	}
}
