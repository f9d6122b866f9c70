package rollout

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"trailblazer/internal/stats"
)

// player plays all episodes of one policy.
type player struct {
	source  Source
	report  Report
	options *Options
	policy  string
	total   int
	// remembers says that the policy carries something from episode to
	// episode, so that they are played one after another.
	remembers bool
	files     *files
}

// episode is the outcome of one.
type episode struct {
	index  int
	parts  []stats.Part
	steps  int
	lines  [][]string // of the step log
	record Record
}

// play returns the finished episodes in their order.
func (p *player) play(ctx context.Context) ([]*episode, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var next atomic.Int64
	var group sync.WaitGroup
	done := make([]*episode, p.total)
	finished := make(chan int)
	for range p.workers() {
		group.Go(func() {
			if err := p.work(ctx, &next, done, finished); err != nil {
				cancel(err)
			}
		})
	}
	go func() { group.Wait(); close(finished) }()

	// Episodes are written in order as soon as all before them are there.
	count, written := 0, 0
	var writeErr error
	write := func(e *episode) {
		if writeErr == nil {
			if writeErr = p.files.add(p.policy, e); writeErr != nil {
				cancel(writeErr)
			}
		}
	}
	ready := make([]bool, p.total)
	for k := range finished {
		ready[k] = true
		count++
		if p.options.Progress != nil {
			p.options.Progress(p.policy, count, p.total)
		}
		for ; written < p.total && ready[written]; written++ {
			write(done[written])
		}
	}
	episodes := make([]*episode, 0, count)
	for k, e := range done {
		if e == nil {
			continue
		}
		if k >= written { // Some before it are missing for good.
			write(e)
		}
		episodes = append(episodes, e)
	}
	if count < p.total {
		return episodes, context.Cause(ctx)
	}
	return episodes, writeErr
}

// workers returns how many episodes may be played at once.
func (p *player) workers() int {
	if p.remembers {
		return 1
	}
	workers := p.options.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return min(workers, p.total)
}

// work plays episodes until none is left.
func (p *player) work(ctx context.Context, next *atomic.Int64, done []*episode, finished chan<- int) error {
	e, err := p.source.NewEnv(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	policy, err := p.source.NewPolicy(p.policy)
	if err != nil {
		return err
	}
	stage, err := newStage(p, e, policy)
	if err != nil {
		return err
	}
	for {
		k := int(next.Add(1) - 1)
		if k >= len(done) {
			return nil
		}
		one, err := stage.episode(ctx, k)
		if err != nil {
			return fmt.Errorf("policy %s, episode %d: %w", p.policy, k, err)
		}
		done[k] = one
		finished <- k
	}
}
