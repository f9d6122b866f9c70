package sparkenv

import "trailblazer/sparksim"

// limits computes what no scheduler can undercut.
type limits struct{}

func newLimits(config sparksim.Config, kinds []*sparksim.Job) *limits { return &limits{} }

func (l *limits) averageJCTS(arrivals []sparksim.Arrival) float64 { return 0 }
