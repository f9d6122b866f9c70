package ccenv_test

import (
	"testing"

	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/internal/testcc"
)

// stage is an environment that a test plays.
type stage struct {
	env.Env
	out    *env.Batch
	action env.Arrays
}

func newStage(tb testing.TB, scenario, config string) *stage {
	tb.Helper()
	return open(tb, testcc.OpenFactory(tb, "", scenario, config))
}

func open(tb testing.TB, factory *ccenv.Factory) *stage {
	tb.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		tb.Fatal(err)
	}
	return wrap(factory, e)
}

func wrap(factory *ccenv.Factory, e env.Env) *stage {
	spec := factory.Spec()
	return &stage{e, env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)}
}

func (s *stage) reset(tb testing.TB, seed uint64) {
	tb.Helper()
	if err := s.Reset(&seed, nil, s.out, 0); err != nil {
		tb.Fatal(err)
	}
	s.out.Reward[0], s.out.Terminated[0], s.out.Truncated[0] = 0, false, false
}

// set writes an action.
func (s *stage) set(values ...float64) { copy(env.Row[float64](&s.action[0], 0), values) }

// step takes the action.
func (s *stage) step(tb testing.TB) {
	tb.Helper()
	if err := s.Step(s.action, s.out, 0); err != nil {
		tb.Fatal(err)
	}
}

// act sets and takes an action.
func (s *stage) act(tb testing.TB, values ...float64) {
	tb.Helper()
	s.set(values...)
	s.step(tb)
}

func (s *stage) numbers(path string) []float64 { return env.Row[float64](s.out.Info.Find(path), 0) }
func (s *stage) number(path string) float64    { return s.numbers(path)[0] }
