package policy

import "trailblazer/sparksim"

// newFair is the reference's Fair: equal parts of the cluster to all jobs.
func newFair() *share {
	return &share{cap: func(v *sparksim.View) int { return ceilDiv(v.Executors, max(1, len(v.Jobs))) }}
}
