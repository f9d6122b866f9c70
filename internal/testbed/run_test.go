package testbed

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/control"
	"trailblazer/ccemu/feedback"
)

// TestReality plays two short loops for real and looks only at whether they
// have been played: how long things take is the machine's.
func TestReality(t *testing.T) {
	if testing.Short() {
		t.Skip("takes six seconds of real time")
	}
	p := Plan{
		Duration: 2 * time.Second, CapacityKbps: []float64{2000, 1000}, Repeats: 1, Delay: 5 * time.Millisecond,
		Controller: func() (feedback.Controller, error) { return control.New("constant", []float64{500}) },
	}
	before := openFiles(t)
	var told []string
	r, err := Run(t.Context(), p, func(what string, done, total time.Duration) {
		if done == total {
			told = append(told, what)
		}
	})
	var missing *Unavailable
	if errors.As(err, &missing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(r.OpenLoop) != 4 || len(r.ClosedLoop) != 7 || r.Packets < 300 || r.Repeats != 1 {
		t.Fatalf("%+v", r)
	}
	if dropped := r.OpenLoop[2]; dropped.Real.Mean == 0 || int(dropped.Real.Mean) > r.Packets/2 {
		t.Errorf("%v of %d packets were dropped", dropped.Real.Mean, r.Packets)
	}
	if target, delay := r.ClosedLoop[0], r.ClosedLoop[1]; target.Real.Mean != 500 || !(delay.Real.Mean >= 5) {
		t.Errorf("the target is %v kbps, the delay %v ms", target.Real.Mean, delay.Real.Mean)
	}
	if !slices.Equal(told, []string{"open loop 1", "closed loop 1"}) {
		t.Errorf("told of %q", told)
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d files are open, %d were before", after, before)
	}
}

// TestInterrupt: a context that ends is the end, and nothing is left.
func TestInterrupt(t *testing.T) {
	before := openFiles(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Run(ctx, Plan{}, func(string, time.Duration, time.Duration) { cancel() })
	var missing *Unavailable
	if errors.As(err, &missing) {
		t.Skip(err)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d files are open, %d were before", after, before)
	}
}

// openFiles counts the process's, among which are its namespaces.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("there is no /proc/self/fd to count open files in")
	}
	return len(list)
}
