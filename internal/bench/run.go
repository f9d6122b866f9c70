package bench

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// mostAtOnce is how many pairs of scenario and policy are played at the same
// time: enough to keep all cores busy while the last episodes of one end, or
// while a policy that remembers plays them one after another.
const mostAtOnce = 4

// Run plays a suite and says what came of it. When ctx ends, it returns what
// is finished, marked as incomplete, together with ctx's error.
func Run(ctx context.Context, suite *Suite, options Options) (*Report, error) {
	p, err := newPlan(suite, &options)
	if err != nil {
		return nil, err
	}
	recordings, notes, err := p.readRecordings(ctx)
	if err != nil {
		return nil, err
	}
	p.notes = append(p.notes, notes...)
	cells, err := p.playAll(ctx)
	if err != nil && !errors.Is(err, context.Cause(ctx)) {
		return nil, err
	}
	for i := range cells {
		cells[i] = append(cells[i], recordings[i]...)
	}
	report := p.report(cells)
	report.Incomplete = err != nil
	return report, err
}

// playAll plays every policy in every scenario. Cells are by scenario, then in
// the policies' order; the error is the first that stopped one.
func (p *plan) playAll(ctx context.Context) ([][]*cell, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := p.options.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	cells := make([][]*cell, len(p.scenarios))
	type place struct{ scenario, policy int }
	places := make(chan place)
	var group sync.WaitGroup
	var mu sync.Mutex // of progress
	done, total := 0, len(p.scenarios)*len(p.policies)
	for i := range cells {
		cells[i] = make([]*cell, len(p.policies))
	}
	for range min(workers, mostAtOnce) {
		group.Go(func() {
			for at := range places {
				c := p.play(ctx, p.scenarios[at.scenario], p.policies[at.policy])
				cells[at.scenario][at.policy] = c
				if c.err != nil {
					cancel(c.err)
				}
				mu.Lock()
				if done++; p.options.Progress != nil {
					p.options.Progress(done, total)
				}
				mu.Unlock()
			}
		})
	}
	for i := range cells {
		for k := range cells[i] {
			places <- place{i, k}
		}
	}
	close(places)
	group.Wait()
	return cells, context.Cause(ctx)
}
