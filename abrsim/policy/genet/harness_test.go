package genet

import (
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/abrsim/policy"
	"trailblazer/api/env"
	"trailblazer/internal/safetensors"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

// trained is the network that the data sets have.
func trained(tb testing.TB) *Network {
	tb.Helper()
	n, err := Load(filepath.Join(testdata.Dir(tb), "abr", "models", "genet.safetensors"))
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// randomFile makes a network's tensors of random weights that keep numbers of
// size 1, and a part of a critic.
func randomFile(seed uint64) *safetensors.File {
	random := rand.New(rand.NewPCG(seed, 0))
	f := &safetensors.File{}
	add := func(name string, out, in int) {
		weight, bias := make([]float32, out*in), make([]float32, out)
		for i := range weight {
			weight[i] = float32(random.NormFloat64() * math.Sqrt(2/float64(in)))
		}
		for i := range bias {
			bias[i] = float32(random.NormFloat64())
		}
		f.Tensors = append(f.Tensors, safetensors.Float32(name+".weight", []int{out, in}, weight), safetensors.Float32(name+".bias", []int{out}, bias))
	}
	for _, part := range []struct {
		name    string
		out, in int
	}{
		{"last_quality", 128, 1}, {"buffer", 128, 1}, {"throughput", 128, 6}, {"download_time", 128, 6}, {"next_sizes", 128, 6}, {"remain", 128, 1},
		{"hidden", 128, 768}, {"out", 3, 128},
	} {
		add("actor."+part.name, part.out, part.in)
	}
	add("critic.out", 1, 128)
	return f
}

func randomNetwork(tb testing.TB) *Network {
	tb.Helper()
	n, err := build(randomFile(1))
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// stage is a rule in an environment.
type stage struct {
	env    env.Env
	policy env.Policy
	out    *env.Batch
	action env.Arrays
	info   []env.Leaf
}

func newStage(tb testing.TB, factory *abrenv.Factory, rule policy.Rule) *stage {
	tb.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { e.Close() })
	p, err := policy.Adapt(rule, factory.Spec())
	if err != nil {
		tb.Fatal(err)
	}
	return &stage{env: e, policy: p, out: env.NewBatch(e.Spec(), 1), action: env.NewArrays(env.Leaves(e.Spec().Action), 1), info: env.Leaves(e.Spec().Info)}
}

// step lets the policy choose, and the environment follow.
func (s *stage) step(tb testing.TB) {
	tb.Helper()
	if err := errors.Join(s.policy.Act(s.out, 0, s.action), s.env.Step(s.action, s.out, 0)); err != nil {
		tb.Fatal(err)
	}
}

// play plays an episode and calls done after the reset and after each step.
func (s *stage) play(tb testing.TB, seed uint64, done func()) {
	tb.Helper()
	if err := s.env.Reset(&seed, nil, s.out, 0); err != nil {
		tb.Fatal(err)
	}
	s.out.Reward[0], s.out.Terminated[0], s.out.Truncated[0] = 0, false, false
	s.policy.Reset(seed)
	for done(); !s.out.Done(0); done() {
		s.step(tb)
	}
	if e, ok := s.policy.(env.EpisodeEnder); ok {
		if err := e.EndEpisode(s.out, 0); err != nil {
			tb.Fatal(err)
		}
	}
}

// mean plays all episodes of a sequential scenario, with other seeds in another
// pass, and returns the mean reward of a chunk, without the first ones.
func (s *stage) mean(tb testing.TB, factory *abrenv.Factory, pass int) float64 {
	tb.Helper()
	sum, n := 0.0, 0
	for episode := range factory.Episodes() {
		s.play(tb, uint64(pass*len(factory.Episodes())+episode), func() { sum, n = sum+s.out.Reward[0], n+1 })
	}
	return sum / float64(n-len(factory.Episodes()))
}

// open opens a scenario of the data sets.
func open(tb testing.TB, scenario string) *abrenv.Factory {
	return testabr.OpenFactory(tb, testdata.Dir(tb), scenario, "")
}
