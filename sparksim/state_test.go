package sparksim_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

// session is a cluster in the middle of an episode.
type session struct {
	*sparksim.Cluster
	arrivals []sparksim.Arrival
	stream   splitmix.Stream
	random   *rand.Rand
}

// smallJobs is a workload of the smallest built-in jobs.
func smallJobs(tb testing.TB) sparksim.Workload {
	tb.Helper()
	w, err := workload.NewGenerated(workload.Synthetic(1)[:44], workload.Poisson{Jobs: 6})
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

func newSession(tb testing.TB, w sparksim.Workload, seed uint64) *session {
	tb.Helper()
	c, err := sparksim.New(sparksim.Config{Executors: 7}, w.Kinds())
	if err != nil {
		tb.Fatal(err)
	}
	s := &session{Cluster: c, arrivals: w.Arrivals(nil, seed), stream: splitmix.Seed(seed), random: rand.New(rand.NewPCG(seed, 1))}
	s.Reset(s.arrivals, &s.stream)
	return s
}

// act takes a random decision, a pass now and then.
func (s *session) act(tb testing.TB, random *rand.Rand) sparksim.Reward {
	tb.Helper()
	stage, executors := sparksim.Pass, 1
	if !s.CanPass() || random.IntN(5) > 0 {
		stage, executors = random.IntN(s.Schedulable()), 1+random.IntN(s.Committable())
	}
	reward, err := s.Step(stage, executors)
	if err != nil {
		tb.Fatal(err)
	}
	return reward
}

// TestState saves a cluster after every decision, restores it elsewhere, and
// plays both on: they stay equal to the end of the episode.
func TestState(t *testing.T) {
	w := smallJobs(t)
	for seed := range uint64(3) {
		a := newSession(t, w, seed)
		b := newSession(t, w, seed+100)
		for step := 0; !a.Done(); step++ {
			state := a.AppendState(nil)
			b.stream = a.stream
			if err := b.RestoreState(state, a.arrivals, &b.stream, nil); err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, step, err)
			}
			if got := b.AppendState(nil); !bytes.Equal(got, state) {
				t.Fatalf("seed %d, step %d: the restored cluster saves another state", seed, step)
			}
			if !slices.Equal(a.Runs(), b.Runs()) || !slices.Equal(a.Completions(), b.Completions()) || a.BusyMs() != b.BusyMs() || a.AverageJCTMs() != b.AverageJCTMs() {
				t.Fatalf("seed %d, step %d: the restored cluster reports other runs", seed, step)
			}
			random := rand.New(rand.NewPCG(seed, uint64(step)))
			other := *random
			for range 1 + step%40 {
				if b.Done() {
					break
				}
				b.act(t, &other)
			}
			if step%97 == 0 { // Play both to the same place.
				same := rand.New(rand.NewPCG(seed, uint64(step)))
				c := newSession(t, w, 7)
				c.stream = a.stream
				if err := c.RestoreState(state, a.arrivals, &c.stream, nil); err != nil {
					t.Fatal(err)
				}
				for range 1 + step%40 {
					if c.Done() {
						break
					}
					c.act(t, same)
				}
				if !bytes.Equal(b.AppendState(nil), c.AppendState(nil)) || b.stream != c.stream {
					t.Fatalf("seed %d, step %d: two restored clusters part", seed, step)
				}
			}
			a.act(t, a.random)
		}
	}
}

// FuzzRestoreState feeds a cluster with damaged states: it refuses them and
// stays as it was, or plays on to the end of the episode.
func FuzzRestoreState(f *testing.F) {
	w := smallJobs(f)
	s := newSession(f, w, 3)
	for step := 0; !s.Done(); step++ {
		if step%25 == 0 {
			f.Add(s.AppendState(nil), uint16(step), byte(step))
		}
		s.act(f, s.random)
	}
	f.Fuzz(func(t *testing.T, state []byte, at uint16, value byte) {
		if len(state) > 0 {
			state = slices.Clone(state)
			state[int(at)%len(state)] ^= value
		}
		s := newSession(t, w, 3)
		before := s.AppendState(nil)
		if err := s.RestoreState(state, s.arrivals, &s.stream, nil); err != nil {
			if !bytes.Equal(s.AppendState(nil), before) {
				t.Fatalf("a refused state (%v) changed the cluster", err)
			}
			return
		}
		for range 2000 {
			if s.Done() {
				return
			}
			s.act(t, s.random)
		}
	})
}
