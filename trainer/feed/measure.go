package feed

import (
	"context"
	"errors"
	"io"

	"trailblazer/trainer/feature"
)

// How many steps of a task its scales are measured in: of vectors, and of
// graphs, whose steps have hundreds of nodes.
const (
	measuredSteps  = 1 << 16
	measuredGraphs = 1 << 13
)

// Measure measures the scales of the features in what is learned: in the first
// 65,536 steps of an order that does not depend on the seed, or 8,192 of graphs,
// from all data sets of a task in proportion to their weights. It returns the
// features of all tasks, which the plan uses from then on; those that keep
// names stay as they are. The target of episodes that are played becomes the
// given quantile of the conditions at the starts of those that are learned from.
func (p *Plan) Measure(ctx context.Context, quantile float64, keep func(task int) bool) ([]*feature.Config, error) {
	for task := range p.options.Tasks {
		if keep != nil && keep(task) {
			continue
		}
		c, err := p.measure(ctx, task, quantile)
		if err != nil {
			return nil, err
		}
		p.options.Tasks[task].Features = c
	}
	return p.Features(), nil
}

func (p *Plan) measure(ctx context.Context, task int, quantile float64) (*feature.Config, error) {
	t := &p.options.Tasks[task]
	streams, err := p.openOnce(ctx, task, func(s *selection) map[int64]bool { return s.learned })
	defer closeAll(streams)
	if err != nil {
		return nil, err
	}
	most, weights := measuredSteps, 0.0
	if len(t.Features.Nodes) > 0 {
		most = measuredGraphs
	}
	for _, s := range streams {
		weights += s.at.Weight
	}
	var fitter *feature.Fitter
	for _, s := range streams {
		spec := s.adapter.Spec()
		if fitter == nil {
			fitter, err = feature.NewFitter(t.Features, spec)
		} else {
			err = fitter.Bind(spec)
		}
		if err != nil {
			return nil, s.data.err(err)
		}
		for left := int(float64(most) * (s.at.Weight / weights)); left >= 0; {
			w, err := s.take(ctx)
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = fitter.Add(s.recorded, w.low, w.high)
			}
			if err != nil {
				return nil, s.data.err(err)
			}
			left -= w.high - w.low
		}
	}
	var starts []float64
	for _, s := range p.selections[task] {
		starts = append(starts, s.starts...)
	}
	return fitter.Config(starts, quantile)
}
