package policy

import "trailblazer/sparksim"

// newFIFO is the reference's FIFO: half of the cluster to a job, by arrival.
func newFIFO() *share {
	return &share{cap: func(v *sparksim.View) int { return ceilDiv(v.Executors, 2) }}
}
