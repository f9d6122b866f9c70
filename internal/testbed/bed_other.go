//go:build !linux

package testbed

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// bed exists on Linux only.
type bed struct{ sender, receiver waiter }

func openBed(float64, int, int) (*bed, error) {
	return nil, unavailable("make a network namespace", errors.New("there are none on "+runtime.GOOS))
}

func (b *bed) setRate(float64) error { return nil }

func (b *bed) start() {}

func driveSoon(ctx context.Context, w waiter, n node, until time.Duration) error {
	return drive(ctx, w, n, until)
}

// Close does nothing.
func (b *bed) Close() {}
