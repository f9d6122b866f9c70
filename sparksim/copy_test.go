package sparksim_test

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

// shownBy is what a scheduler sees and an observer measures.
func shownBy(c *sparksim.Cluster) []any {
	v := new(sparksim.View)
	c.Observe(v)
	return []any{v, c.Running(), c.BusyMs(), c.AverageJCTMs(), append([]sparksim.Run{}, c.Runs()...), append([]int32{}, c.Completions()...), c.Jobs(), c.Arrived()}
}

// TestCopy copies a cluster after every decision and plays the copy: it goes
// where the original goes later, and leaves the original alone.
func TestCopy(t *testing.T) {
	w := smallJobs(t)
	for seed := range uint64(3) {
		a := newSession(t, w, seed)
		var b session // The zero Cluster may be made a copy.
		b.Cluster = new(sparksim.Cluster)
		for step := 0; !a.Done(); step++ {
			b.CopyFrom(a.Cluster)
			b.stream = a.stream
			b.SetStream(&b.stream)
			state, stream := a.AppendState(nil), a.stream
			if !bytes.Equal(b.AppendState(nil), state) || !reflect.DeepEqual(shownBy(b.Cluster), shownBy(a.Cluster)) {
				t.Fatalf("seed %d, step %d: the copy is another cluster", seed, step)
			}
			before := shownBy(a.Cluster)
			random := rand.New(rand.NewPCG(seed, uint64(step)))
			for range 1 + step%60 {
				if !b.Done() {
					b.act(t, random)
				}
			}
			if !bytes.Equal(a.AppendState(nil), state) || a.stream != stream || !reflect.DeepEqual(shownBy(a.Cluster), before) {
				t.Fatalf("seed %d, step %d: playing the copy changed the original", seed, step)
			}
			random = rand.New(rand.NewPCG(seed, uint64(step)))
			for range 1 + step%60 {
				if !a.Done() {
					a.act(t, random)
				}
			}
			if !bytes.Equal(b.AppendState(nil), a.AppendState(nil)) || b.stream != a.stream || !reflect.DeepEqual(shownBy(b.Cluster), shownBy(a.Cluster)) {
				t.Fatalf("seed %d, step %d: the copy went elsewhere", seed, step)
			}
		}
	}
}

// TestCopyTakesStatesAndEpisodes: a copy of a cluster of another kind restores
// and begins what the original would.
func TestCopyTakesStatesAndEpisodes(t *testing.T) {
	w := smallJobs(t)
	a := newSession(t, w, 1)
	b, err := sparksim.New(sparksim.Config{Executors: 90}, w.Kinds()[:3])
	if err != nil {
		t.Fatal(err)
	}
	b.Reset([]sparksim.Arrival{{Kind: 2}}, &a.stream)
	if err := b.RestoreState(b.AppendState(nil), b.Arrivals(), &a.stream, nil); err != nil {
		t.Fatal(err)
	}
	b.CopyFrom(a.Cluster)
	for range 50 {
		a.act(t, a.random)
	}
	if err := b.RestoreState(a.AppendState(nil), a.arrivals, &a.stream, nil); err != nil {
		t.Errorf("a copy refuses the original's state: %v", err)
	}
	if !bytes.Equal(b.AppendState(nil), a.AppendState(nil)) {
		t.Error("a copy restores another state")
	}
	b.CopyFrom(b)
	if !bytes.Equal(b.AppendState(nil), a.AppendState(nil)) {
		t.Error("a copy of itself is another cluster")
	}
}

func TestCopyAllocatesNothing(t *testing.T) {
	a := newSession(t, smallJobs(t), 1)
	for range 100 {
		a.act(t, a.random)
	}
	var b sparksim.Cluster
	arrivals := slices.Clone(a.arrivals)
	if n := testing.AllocsPerRun(10, func() {
		b.CopyFrom(a.Cluster)
		if err := b.SetFuture(arrivals, 1); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a copy with a future of its own allocates %v times", n)
	}
}

// BenchmarkCopy copies a cluster in the middle of an episode of 200 jobs, and
// gives the copy a future.
func BenchmarkCopy(b *testing.B) {
	w, err := workload.NewGenerated(workload.Synthetic(1), workload.Poisson{})
	if err != nil {
		b.Fatal(err)
	}
	a := newSession(b, w, 1)
	for a.Completed() < 100 {
		a.act(b, a.random)
	}
	var c sparksim.Cluster
	b.ReportAllocs()
	for b.Loop() {
		c.CopyFrom(a.Cluster)
		if err := c.SetFuture(a.arrivals, 1); err != nil {
			b.Fatal(err)
		}
	}
}
