package client_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/envserver/catalog"
	"trailblazer/envserver/decision"
	"trailblazer/internal/testrun"
)

// BenchmarkServedPolicy asks a small model over the wire for ABR decisions:
// callers at the same time, each with some environments. ns/op is of a decision;
// p50 and p99 are of a call.
func BenchmarkServedPolicy(b *testing.B) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "run")
	testrun.Write(b, dir, testrun.Options{}, factory.Spec())
	service, err := decision.New(c, []decision.Policy{{Name: "run", Environments: []string{abrenv.ID},
		New: func(spec *env.Spec) (env.Policy, error) { return c.PolicyFor(dir, spec) }}}, decision.Options{})
	if err != nil {
		b.Fatal(err)
	}
	address := listen(b, c, envserver.Options{Services: []envserver.Service{service.Mount()}})
	for _, size := range []struct{ callers, envs int }{{1, 1}, {1, 64}, {8, 1}, {64, 1}} {
		b.Run(fmt.Sprintf("%dx%d", size.callers, size.envs), func(b *testing.B) {
			benchmarkServed(b, address, factory, size.callers, size.envs)
		})
	}
}

func benchmarkServed(b *testing.B, address string, factory env.Factory, callers, envs int) {
	remote, err := client.Dial(address)
	if err != nil {
		b.Fatal(err)
	}
	defer remote.Close()
	seats, shown := make([]*client.Policy, callers), make([]*env.Batch, callers)
	for i := range seats {
		if seats[i], err = remote.Policy(b.Context(), client.PolicyOptions{Scenario: "abr/train", NumEnvs: envs}); err != nil {
			b.Fatal(err)
		}
		defer seats[i].Close()
		shown[i] = env.NewBatch(factory.Spec(), envs)
		for row := range envs {
			e, err := factory.New(row, envs)
			if err != nil {
				b.Fatal(err)
			}
			seed := uint64(i*envs + row)
			if err := e.Reset(&seed, nil, shown[i], row); err != nil {
				b.Fatal(err)
			}
		}
	}
	var mu sync.Mutex
	var times []time.Duration
	var group sync.WaitGroup
	b.ResetTimer()
	for i, seat := range seats {
		group.Go(func() {
			var own []time.Duration
			start := slices.Repeat([]bool{true}, envs)
			for k := range max(b.N/(callers*envs), 1) {
				q := client.Question{Shown: shown[i]}
				if k%48 == 0 { // As in a video of 48 chunks.
					q.Start = start
				}
				begin := time.Now()
				if _, err := seat.Ask(context.Background(), q); err != nil {
					b.Error(err)
					return
				}
				own = append(own, time.Since(begin))
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, own...)
		})
	}
	group.Wait()
	b.StopTimer()
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds())/1e3, "p99-µs")
}
