package rl

import (
	"runtime"
	"testing"

	"trailblazer/api/env"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/reference"
)

// cartPole is what CleanRL's ppo.py does with CartPole, but for networks and
// optimizers of actor and critic of their own: 8 environments, 128 steps each, 4
// epochs of 4 minibatches.
func cartPole(tb testing.TB, seed uint64) (*school, PPO) {
	s := newSchool(tb, reference.CartPole(), lessons{seed: seed, environments: 8, collect: CollectOptions{Steps: 128}, widths: []int{64, 64}})
	p := DefaultPPO()
	p.Rate, p.CriticRate, p.Minibatch = 1e-3, 1e-3, 256
	return s, p
}

// TestCartPole: PPO comes to a mean return of 475, which counts as solved, of the
// last 100 episodes within 100,000 steps, as CleanRL's and Stable-Baselines3's
// do. The race detector makes it slow, and is content with a beginning.
func TestCartPole(t *testing.T) {
	seeds, steps, want := uint64(3), 100_000, 475.0
	if raceEnabled {
		seeds, steps, want = 1, 12_000, 60
	}
	for seed := range seeds {
		s, p := cartPole(t, seed)
		iterations := steps / (8 * 128)
		for i := range iterations {
			left := 1 - float64(i)/float64(iterations)
			q := p
			q.Rate, q.CriticRate, q.Entropy = p.Rate*left, p.CriticRate*left, p.Entropy*left
			s.update(t, q)
		}
		if got := s.last(100); got < want {
			t.Errorf("seed %d: a mean return of %.1f in the last 100 episodes of %d steps, want at least %v", seed, got, steps, want)
		}
	}
}

// BenchmarkPPO is steps of environments a second, with all that is learned from
// them; benchmarks/throughput.py does the same in Python.
func BenchmarkPPO(b *testing.B) {
	library, err := catalog.New(catalog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	abr, err := library.Factory("trailblazer/ABR-v0", "abr/train", nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		factory env.Factory
	}{{"CartPole", reference.CartPole()}, {"ABR", abr}} {
		b.Run(c.name, func(b *testing.B) {
			s := newSchool(b, c.factory, lessons{environments: 8, collect: CollectOptions{Steps: 128}, widths: []int{64, 64}, workers: runtime.GOMAXPROCS(0)})
			p := DefaultPPO()
			b.ResetTimer()
			for range b.N {
				s.update(b, p)
			}
			b.ReportMetric(float64(b.N*8*128)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}
