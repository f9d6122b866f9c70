package policy

import (
	"fmt"
	"slices"

	"trailblazer/api/env"
)

// oracle predicts what the bandwidth will be, which it reads from info.
type oracle struct {
	bottleneck   int // leaf of info
	flows, width int
	maxKbps      float64
}

func newOracle(spec *env.Spec) (env.Policy, error) {
	leaf, err := actionLeaf(spec)
	if err != nil {
		return nil, err
	}
	info := env.Leaves(spec.Info)
	o := &oracle{maxKbps: leaf.High[0]}
	o.bottleneck = slices.IndexFunc(info, func(l env.Leaf) bool { return l.Path == "bottleneck_kbps" && l.DType == env.Float64 && !l.Ragged })
	if o.bottleneck < 0 {
		return nil, fmt.Errorf("policy: the environment's info has no number %q", "bottleneck_kbps")
	}
	o.flows = info[o.bottleneck].Elements()
	o.width = leaf.Elements() / o.flows
	return o, nil
}

// Reset implements [env.Policy].
func (o *oracle) Reset(uint64) {}

// Act implements [env.Policy].
func (o *oracle) Act(in *env.Batch, row int, action env.Arrays) error {
	out := env.Row[float64](&action[0], row)
	clear(out)
	for flow, kbps := range env.Row[float64](&in.Info[o.bottleneck], row) {
		out[flow*o.width] = min(kbps, o.maxKbps)
	}
	return nil
}
