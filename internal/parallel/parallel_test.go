package parallel

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestRunDoesEveryPieceOnce(t *testing.T) {
	for _, workers := range []int{0, 1, 3, 50} {
		const n = 20
		var times [n]atomic.Int32
		var started, ended atomic.Int32
		seen := 0
		err := Run(t.Context(), Work{
			N: n, Workers: workers,
			Start: func() (func(context.Context, int) error, func()) {
				started.Add(1)
				return func(_ context.Context, i int) error { times[i].Add(1); return nil }, func() { ended.Add(1) }
			},
			Progress: func(done, total int) {
				if seen++; done != seen || total != n {
					t.Errorf("progress %d of %d, want %d of %d", done, total, seen, n)
				}
			},
		})
		if err != nil || seen != n || started.Load() != ended.Load() || started.Load() > n {
			t.Errorf("%d workers: %v, %d pieces, %d workers began and %d ended", workers, err, seen, started.Load(), ended.Load())
		}
		for i := range times {
			if got := times[i].Load(); got != 1 {
				t.Errorf("%d workers: piece %d was done %d times", workers, i, got)
			}
		}
	}
}

func TestRunStops(t *testing.T) {
	broken := errors.New("broken")
	done := 0
	one := func(do func(ctx context.Context, i int) error) Work {
		return Work{N: 100, Workers: 1, Start: func() (func(context.Context, int) error, func()) { return do, func() {} }}
	}
	err := Run(t.Context(), one(func(_ context.Context, i int) error {
		if done++; i == 3 {
			return broken
		}
		return nil
	}))
	if !errors.Is(err, broken) || done != 4 {
		t.Errorf("%v after %d pieces, want %v after 4", err, done, broken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done = 0
	err = Run(ctx, one(func(_ context.Context, i int) error {
		if done++; i == 5 {
			cancel()
		}
		return nil
	}))
	if !errors.Is(err, context.Canceled) || done != 6 {
		t.Errorf("%v after %d pieces, want the context's error after 6", err, done)
	}
}
