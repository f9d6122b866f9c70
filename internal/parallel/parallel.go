// Package parallel spreads numbered pieces of work over cores. Its one noun is
// Work, which Run does.
package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Work is pieces 0 to N-1, each done by one of several workers.
type Work struct {
	N int
	// Workers is how many there are; 0 or less stands for one per core.
	Workers int
	// Start makes what one worker needs for itself: do does a piece, end is
	// called after the worker's last.
	Start func() (do func(ctx context.Context, i int) error, end func())
	// Progress, where it is set, is called after every piece, by one worker at
	// a time.
	Progress func(done, total int)
}

// Run does all pieces. It begins no more of them after an error, which it
// returns, or once ctx ends, whose error it returns then.
func Run(ctx context.Context, w Work) error {
	workers := w.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		next  atomic.Int64
		group sync.WaitGroup
		mu    sync.Mutex // of done and Progress
		done  int
	)
	for range min(workers, w.N) {
		group.Go(func() {
			do, end := w.Start()
			defer end()
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= w.N {
					return
				}
				if err := do(ctx, i); err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				if done++; w.Progress != nil {
					w.Progress(done, w.N)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}
