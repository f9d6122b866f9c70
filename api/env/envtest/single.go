package envtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"trailblazer/api/env"
)

// solo is one environment with its row.
type solo struct {
	target *Target
	env    env.Env
	action env.Arrays
	out    *env.Batch
	random *rand.Rand
}

func (target *Target) solo(t testing.TB, e env.Env, seed uint64) *solo {
	t.Cleanup(func() { e.Close() })
	return &solo{target, e, env.NewArrays(env.Leaves(e.Spec().Action), 1), env.NewBatch(e.Spec(), 1), rand.New(rand.NewPCG(seed, 1))}
}

func (s *solo) reset(t testing.TB, seed *uint64) {
	t.Helper()
	if err := s.env.Reset(seed, nil, s.out, 0); err != nil {
		t.Fatalf("reset: %v", err)
	}
	s.out.Reward[0], s.out.Terminated[0], s.out.Truncated[0] = 0, false, false
}

func (s *solo) step(t testing.TB) {
	t.Helper()
	s.target.Act(s.out, 0, s.action, s.random)
	if err := s.env.Step(s.action, s.out, 0); err != nil {
		t.Fatalf("step: %v", err)
	}
}

func (target Target) testSpec(t *testing.T) {
	e := target.NewEnv(t)
	defer e.Close()
	spec := e.Spec()
	if spec != e.Spec() {
		t.Error("Spec returns another pointer the second time")
	}
	for _, part := range []struct {
		name  string
		space env.Space
	}{{"observation", spec.Observation}, {"action", spec.Action}, {"info", spec.Info}} {
		if part.space == nil {
			t.Fatalf("%s space is nil", part.name)
		}
		if err := part.space.Validate(); err != nil {
			t.Errorf("%s space: %v", part.name, err)
		}
	}
	for _, e := range spec.Info.Entries {
		// Gymnasium and its wrappers write these themselves.
		switch {
		case e.Key == "episode", e.Key == "final_obs", e.Key == "final_info", strings.HasPrefix(e.Key, "_"):
			t.Errorf("info %q is a name that Gymnasium uses", e.Key)
		}
	}
	name, version, ok := strings.Cut(spec.ID, "-v")
	if !ok || !strings.HasPrefix(name, "trailblazer/") || version == "" {
		t.Errorf("id %q: want trailblazer/NAME-vN", spec.ID)
	}
	if len(spec.ContentHash) != 64 {
		t.Errorf("content hash %q: want 64 hex digits", spec.ContentHash)
	}
	if !json.Valid(spec.Config) {
		t.Errorf("config is no JSON: %q", spec.Config)
	}
	if !(spec.RewardLow <= spec.RewardHigh) {
		t.Errorf("reward bounds [%v, %v]", spec.RewardLow, spec.RewardHigh)
	}
	here := target.Factory.Spec()
	if spec.Episodes != here.Episodes || spec.MaxEpisodeSteps != here.MaxEpisodeSteps {
		t.Errorf("%d episodes of %d steps, the reference has %d of %d", spec.Episodes, spec.MaxEpisodeSteps, here.Episodes, here.MaxEpisodeSteps)
	}
	if here.ContentHash != spec.ContentHash || here.ID != spec.ID || here.Scenario != spec.Scenario {
		t.Errorf("spec is %s %s %s, the reference's %s %s %s", spec.ID, spec.Scenario, spec.ContentHash, here.ID, here.Scenario, here.ContentHash)
	}
}

func (target Target) testSpaces(t *testing.T) {
	e := target.NewEnv(t)
	want, got := target.Factory.Spec(), e.Spec()
	defer e.Close()
	for _, part := range []struct {
		name      string
		want, got env.Space
	}{{"observation", want.Observation, got.Observation}, {"action", want.Action, got.Action}, {"info", want.Info, got.Info}} {
		a, b := env.Leaves(part.want), env.Leaves(part.got)
		if len(a) != len(b) {
			t.Errorf("%s: %d leaves, want %d", part.name, len(b), len(a))
			continue
		}
		for i := range a {
			if a[i].Path != b[i].Path || a[i].DType != b[i].DType || a[i].RowBytes() != b[i].RowBytes() || a[i].Ragged != b[i].Ragged {
				t.Errorf("%s leaf %d is %+v, want %+v", part.name, i, b[i], a[i])
			}
		}
	}
}

// checkRow fails unless what row i shows belongs to the declared spaces.
func checkRow(t testing.TB, spec *env.Spec, b *env.Batch, i int) {
	t.Helper()
	for _, part := range []struct {
		name   string
		space  env.Space
		values env.Arrays
	}{{"observation", spec.Observation, b.Observation}, {"info", spec.Info, b.Info}} {
		checker := env.NewChecker(part.name, env.Leaves(part.space))
		if err := checker.CheckRow(part.values, i); err != nil {
			t.Fatalf("outside its space: %v", err)
		}
	}
	r := b.Reward[i]
	if math.IsNaN(r) || r < spec.RewardLow || r > spec.RewardHigh {
		t.Fatalf("reward %v is outside [%v, %v]", r, spec.RewardLow, spec.RewardHigh)
	}
}

// checkComponents fails unless the reward_* infos sum to the reward.
func checkComponents(t testing.TB, b *env.Batch, i int) {
	t.Helper()
	sum, found := 0.0, false
	for k := range b.Info {
		if a := &b.Info[k]; strings.HasPrefix(a.Leaf.Path, "reward_") {
			sum, found = sum+env.Row[float64](a, i)[0], true
		}
	}
	if found && math.Abs(sum-b.Reward[i]) > 1e-9*(1+math.Abs(sum)) {
		t.Fatalf("reward is %v, its components sum to %v", b.Reward[i], sum)
	}
}

func (target Target) testEpisode(t *testing.T) {
	for _, seed := range target.Seeds {
		s := target.solo(t, target.NewEnv(t), seed)
		spec := s.env.Spec()
		s.reset(t, &seed)
		checkRow(t, spec, &env.Batch{Observation: s.out.Observation, Info: s.out.Info, Reward: []float64{spec.RewardLow}}, 0)
		for step := 1; ; step++ {
			s.step(t)
			checkRow(t, spec, s.out, 0)
			checkComponents(t, s.out, 0)
			if s.out.Done(0) {
				break
			}
			if spec.MaxEpisodeSteps > 0 && step >= spec.MaxEpisodeSteps {
				t.Fatalf("seed %d: no end after the declared %d steps", seed, step)
			}
			if step >= target.MaxSteps {
				break
			}
		}
	}
}

func (target Target) testCallOrder(t *testing.T) {
	s := target.solo(t, target.NewEnv(t), 0)
	env.Sample(s.action, 0, s.random)
	if err := s.env.Step(s.action, s.out, 0); !errors.Is(err, env.ErrNotReset) {
		t.Errorf("step before reset: %v, want ErrNotReset", err)
	}
	s.reset(t, &target.Seeds[0])
	for step := 0; !s.out.Done(0); step++ {
		if step == target.MaxSteps {
			t.Skipf("no episode ends within %d steps", step)
		}
		s.step(t)
	}
	if err := s.env.Step(s.action, s.out, 0); !errors.Is(err, env.ErrFinished) {
		t.Errorf("step after the end: %v, want ErrFinished", err)
	}
	s.reset(t, nil)
	s.step(t)
	if err := s.env.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := s.env.Step(s.action, s.out, 0); !errors.Is(err, env.ErrClosed) {
		t.Errorf("step after close: %v, want ErrClosed", err)
	}
	if err := s.env.Reset(nil, nil, s.out, 0); !errors.Is(err, env.ErrClosed) {
		t.Errorf("reset after close: %v, want ErrClosed", err)
	}
}

func (target Target) testDeterminism(t *testing.T) {
	for _, seed := range target.Seeds {
		a := target.solo(t, target.NewEnv(t), seed)
		reference, err := target.Factory.New(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		b := target.solo(t, reference, seed)
		a.reset(t, &seed)
		b.reset(t, &seed)
		a.twin(t, b, target.MaxSteps)
		// The second episode, which no seed starts, must be the same too.
		a.reset(t, nil)
		b.reset(t, nil)
		a.twin(t, b, target.MaxSteps)
	}
}

// twin steps both and fails where they differ.
func (s *solo) twin(t testing.TB, other *solo, steps int) {
	t.Helper()
	for step := 0; step < steps; step++ {
		if diff := differ(s.out, 0, other.out, 0); diff != "" {
			t.Fatalf("step %d: %s", step, diff)
		}
		if s.out.Done(0) {
			return
		}
		s.step(t)
		other.step(t)
	}
}

func (target Target) testBadActions(t *testing.T) {
	seed := target.Seeds[0]
	a := target.solo(t, target.NewEnv(t), seed)
	b := target.solo(t, target.NewEnv(t), seed)
	a.reset(t, &seed)
	b.reset(t, &seed)
	tried := 0
	for k := range a.action {
		for _, corrupt := range corruptions(&a.action[k]) {
			bad := env.NewArrays(env.Leaves(a.env.Spec().Action), 1)
			target.Act(a.out, 0, bad, rand.New(rand.NewPCG(seed, 2)))
			if !corrupt.write(&bad[k]) {
				continue
			}
			tried++
			var field *env.FieldError
			if err := a.env.Step(bad, a.out, 0); !errors.As(err, &field) {
				t.Errorf("action leaf %q with %s: %v, want a FieldError", a.action[k].Leaf.Path, corrupt.name, err)
			} else if field.Field == "" || field.Value == "" || field.Remedy == "" {
				t.Errorf("action leaf %q with %s: %+v lacks field, value or remedy", a.action[k].Leaf.Path, corrupt.name, field)
			}
		}
	}
	if tried == 0 {
		t.Skip("every bit pattern is a legal action")
	}
	a.twin(t, b, target.MaxSteps) // Nothing changed.
}

type corruption struct {
	name  string
	write func(a *env.Array) bool
}

func corruptions(a *env.Array) []corruption {
	low, high := a.Leaf.Low[0], a.Leaf.High[0]
	return []corruption{
		{"NaN", func(a *env.Array) bool { return setFirst(a, math.NaN()) }},
		{"a number below", func(a *env.Array) bool { return !math.IsInf(low, -1) && setFirst(a, low-1) }},
		{"a number above", func(a *env.Array) bool { return !math.IsInf(high, 1) && setFirst(a, high+1) }},
	}
}

// setFirst writes v to the first element where the type can hold it.
func setFirst(a *env.Array, v float64) bool {
	switch a.Leaf.DType {
	case env.Float32:
		row := env.Row[float32](a, 0)
		if len(row) == 0 {
			return false
		}
		row[0] = float32(v)
	case env.Float64:
		row := env.Row[float64](a, 0)
		if len(row) == 0 {
			return false
		}
		row[0] = v
	case env.Int64:
		row := env.Row[int64](a, 0)
		if len(row) == 0 || math.IsNaN(v) {
			return false
		}
		row[0] = int64(v)
	default:
		return false
	}
	return true
}

func (target Target) testBadOptions(t *testing.T) {
	seed := target.Seeds[0]
	a := target.solo(t, target.NewEnv(t), seed)
	b := target.solo(t, target.NewEnv(t), seed)
	a.reset(t, &seed)
	b.reset(t, &seed)
	for _, options := range []string{`{"no_such_option": 1}`, `[]`, `{`, `3`} {
		var field *env.FieldError
		if err := a.env.Reset(nil, json.RawMessage(options), a.out, 0); !errors.As(err, &field) {
			t.Errorf("reset with options %s: %v, want a FieldError", options, err)
		}
	}
	a.twin(t, b, target.MaxSteps)
}

func (target Target) testSnapshot(t *testing.T) {
	seed := target.Seeds[0]
	a := target.solo(t, target.NewEnv(t), seed)
	saver, ok := a.env.(env.Snapshotter)
	if !ok {
		t.Skip("no snapshots")
	}
	a.reset(t, &seed)
	for range 5 {
		if !a.out.Done(0) {
			a.step(t)
		}
	}
	state := saver.AppendState(nil)
	if again := saver.AppendState(nil); !bytes.Equal(state, again) {
		t.Fatal("saving the same state twice gives other bytes")
	}

	b := target.solo(t, target.NewEnv(t), seed)
	for _, bad := range [][]byte{nil, {0}, state[:len(state)/2], append(bytes.Clone(state), 0)} {
		if err := b.env.(env.Snapshotter).RestoreState(bad, b.out, 0); err == nil {
			t.Errorf("%d bytes that are no state were taken", len(bad))
		}
	}
	if err := b.env.(env.Snapshotter).RestoreState(state, b.out, 0); err != nil {
		t.Fatalf("restore: %v", err)
	}
	// A restored state shows no reward and no flags.
	b.out.Reward[0], b.out.Terminated[0], b.out.Truncated[0] = a.out.Reward[0], a.out.Terminated[0], a.out.Truncated[0]
	b.random = rand.New(rand.NewPCG(seed, 3))
	a.random = rand.New(rand.NewPCG(seed, 3))
	a.twin(t, b, target.MaxSteps)
	if !bytes.Equal(saver.AppendState(nil), b.env.(env.Snapshotter).AppendState(nil)) {
		t.Error("equal futures, but the states differ")
	}
}
