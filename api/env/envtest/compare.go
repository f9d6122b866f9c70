package envtest

import (
	"bytes"
	"fmt"
	"math"

	"trailblazer/api/env"
)

// differ says how row i of a differs from row j of b in any bit, or nothing.
func differ(a *env.Batch, i int, b *env.Batch, j int) string {
	if d := differArrays("observation", a.Observation, i, b.Observation, j); d != "" {
		return d
	}
	if d := differArrays("info", a.Info, i, b.Info, j); d != "" {
		return d
	}
	if math.Float64bits(a.Reward[i]) != math.Float64bits(b.Reward[j]) {
		return fmt.Sprintf("reward is %v and %v", a.Reward[i], b.Reward[j])
	}
	if a.Terminated[i] != b.Terminated[j] || a.Truncated[i] != b.Truncated[j] {
		return fmt.Sprintf("terminated is %v and %v, truncated %v and %v", a.Terminated[i], b.Terminated[j], a.Truncated[i], b.Truncated[j])
	}
	return ""
}

func differArrays(name string, a env.Arrays, i int, b env.Arrays, j int) string {
	if len(a) != len(b) {
		return fmt.Sprintf("%s has %d and %d arrays", name, len(a), len(b))
	}
	for k := range a {
		if x, y := a[k].Bytes(i), b[k].Bytes(j); !bytes.Equal(x, y) {
			return fmt.Sprintf("%s %q is %x and %x", name, a[k].Leaf.Path, x, y)
		}
	}
	return ""
}
