package sparkenv_test

import (
	"math/rand/v2"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testcjs"
	"trailblazer/sparksim/sparkenv"
)

// stage is an environment that a test plays.
type stage struct {
	env.Env
	out    *env.Batch
	action env.Arrays
	random *rand.Rand
}

func newStage(tb testing.TB, dir, scenario, config string) *stage {
	tb.Helper()
	return open(tb, testcjs.OpenFactory(tb, dir, scenario, config))
}

func open(tb testing.TB, factory *sparkenv.Factory) *stage {
	tb.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		tb.Fatal(err)
	}
	spec := factory.Spec()
	return &stage{e, env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1), rand.New(rand.NewPCG(1, 2))}
}

func (s *stage) reset(tb testing.TB, seed uint64, options string) {
	tb.Helper()
	if err := s.Reset(&seed, []byte(options), s.out, 0); err != nil {
		tb.Fatal(err)
	}
	s.out.Reward[0], s.out.Terminated[0], s.out.Truncated[0] = 0, false, false
}

// set writes an action.
func (s *stage) set(stage, executors int64) {
	env.Row[int64](s.action.Find("stage"), 0)[0] = stage
	env.Row[int64](s.action.Find("executors"), 0)[0] = executors
}

// act takes a random legal action.
func (s *stage) act(tb testing.TB) {
	tb.Helper()
	testcjs.Act(s.out, 0, s.action, s.random)
	if err := s.Step(s.action, s.out, 0); err != nil {
		tb.Fatal(err)
	}
}

// finish plays random legal actions to the end of the episode.
func (s *stage) finish(tb testing.TB) {
	tb.Helper()
	for !s.out.Done(0) {
		s.act(tb)
	}
}

func (s *stage) number(path string) float64 { return env.Row[float64](s.out.Info.Find(path), 0)[0] }
func (s *stage) integer(path string) int64  { return env.Row[int64](s.out.Info.Find(path), 0)[0] }

// arrivals are those of the jobs completed in an episode, by job.
func (s *stage) arrivals(tb testing.TB, seed uint64, options string) []float64 {
	tb.Helper()
	s.reset(tb, seed, options)
	list := make([]float64, s.integer("total_jobs"))
	for !s.out.Done(0) {
		s.act(tb)
		rows := env.Row[float64](s.out.Info.Find("completions"), 0)
		for i := 0; i < len(rows); i += 4 {
			list[int(rows[i])] = rows[i+2]
		}
	}
	return list
}
