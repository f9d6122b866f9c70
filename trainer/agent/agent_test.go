package agent_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/internal/testrun"
	"trailblazer/sparksim/sparkenv"
	"trailblazer/trainer/agent"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// factories makes an environment of each kind.
func factories(t testing.TB) []env.Factory {
	t.Helper()
	return []env.Factory{abr(t, "abr/train"), cjs(t), cc(t)}
}

func abr(t testing.TB, scenario string) env.Factory {
	t.Helper()
	library, err := abrenv.NewLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	config, err := library.Config(scenario, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := library.Factory(scenario, config)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func cjs(t testing.TB) env.Factory {
	t.Helper()
	library, err := sparkenv.NewLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	config, err := library.Config("cjs/custom", nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := library.Factory("cjs/custom", config)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func cc(t testing.TB) env.Factory {
	t.Helper()
	library, err := ccenv.NewLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	config, err := library.Config("cc/custom", nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := library.Factory("cc/custom", config)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func specs(list []env.Factory) []*env.Spec {
	var all []*env.Spec
	for _, f := range list {
		all = append(all, f.Spec())
	}
	return all
}

// open makes a run in memory.
func open(t testing.TB, o testrun.Options, specs ...*env.Spec) *agent.Run {
	t.Helper()
	m, features := testrun.Make(t, o, specs...)
	r, err := agent.New(m, features)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func policy(t testing.TB, r *agent.Run, spec *env.Spec, o agent.Options) *agent.Policy {
	t.Helper()
	p, err := r.Policy(spec, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// stage is an environment that is played.
type stage struct {
	env    env.Env
	shown  *env.Batch
	action env.Arrays
}

func newStage(t testing.TB, f env.Factory, seed uint64) *stage {
	t.Helper()
	e, err := f.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	s := &stage{e, env.NewBatch(f.Spec(), 1), env.NewArrays(env.Leaves(f.Spec().Action), 1)}
	s.reset(t, seed)
	return s
}

func (s *stage) reset(t testing.TB, seed uint64) {
	t.Helper()
	if err := s.env.Reset(&seed, nil, s.shown, 0); err != nil {
		t.Fatal(err)
	}
	s.shown.Reward[0], s.shown.Terminated[0], s.shown.Truncated[0] = 0, false, false
}

func (s *stage) step(t testing.TB) {
	t.Helper()
	if err := s.env.Step(s.action, s.shown, 0); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) chosen() string {
	text := ""
	for i := range s.action {
		text += string(s.action[i].Bytes(0))
	}
	return text
}

// play plays at most so many steps of an episode, and returns the actions.
func play(t testing.TB, f env.Factory, p env.Policy, seed uint64, steps int) (actions []string) {
	t.Helper()
	s := newStage(t, f, seed)
	p.Reset(seed)
	for ; steps > 0 && !s.shown.Done(0); steps-- {
		if err := p.Act(s.shown, 0, s.action); err != nil {
			t.Fatal(err)
		}
		actions = append(actions, s.chosen())
		s.step(t)
	}
	return actions
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d actions, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: action %d is %q, want %q", what, i, got[i], want[i])
		}
	}
}

// near is same for actions that are numbers, whose last bits may differ: each
// makes the next observation another one.
func near(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d actions, want %d", what, len(got), len(want))
	}
	for i := range got {
		for at := 0; at < len(want[i]); at += 8 {
			a, b := number(got[i][at:]), number(want[i][at:])
			if !(math.Abs(a-b) <= 1e-3*max(math.Abs(a), math.Abs(b))) {
				t.Fatalf("%s: action %d is %v, want %v", what, i, a, b)
			}
		}
	}
}

func number(bytes string) float64 {
	return math.Float64frombits(binary.NativeEndian.Uint64([]byte(bytes[:8])))
}

// different counts the actions that there are.
func different(actions []string) int {
	seen := map[string]bool{}
	for _, a := range actions {
		seen[a] = true
	}
	return len(seen)
}

// TestOneModelActsInAllEnvironments: from memory and from a directory, again
// and again.
func TestOneModelActsInAllEnvironments(t *testing.T) {
	list := factories(t)
	for _, preset := range []string{"small", "decision-transformer", "qwen2"} {
		o := testrun.Options{Preset: preset, Shrink: true, Seed: 3}
		run := open(t, o, specs(list)...)
		dir := filepath.Join(t.TempDir(), "run")
		testrun.Write(t, dir, o, specs(list)...)
		compute, err := kernel.NewCompute(kernel.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := agent.Open(dir, compute)
		if err != nil {
			t.Fatal(err)
		}
		if kept.Hash() == "" || len(kept.Environments()) != 3 {
			t.Errorf("opened %v, hash %q, for %q", kept, kept.Hash(), kept.Environments())
		}
		for _, f := range list {
			id := preset + " in " + f.Spec().ID
			p := policy(t, run, f.Spec(), agent.Options{})
			first := play(t, f, p, 1, 60)
			if different(first) < 2 {
				t.Errorf("%s: all %d actions are the same", id, len(first))
			}
			play(t, f, p, 2, 7) // An episode that is left leaves no trace.
			same(t, id+", again", play(t, f, p, 1, 60), first)
			same(t, id+", from a directory", play(t, f, policy(t, kept, f.Spec(), agent.Options{}), 1, 60), first)
		}
	}
}

// TestPoliciesActTogetherAsTheyDoAlone plays episodes of differing age side by
// side, with members that come and go.
func TestPoliciesActTogetherAsTheyDoAlone(t *testing.T) {
	list := factories(t)
	run := open(t, testrun.Options{Preset: "decision-transformer", Shrink: true}, specs(list)...)
	for _, f := range list {
		t.Run(f.Spec().ID, func(t *testing.T) {
			const n, rounds = 5, 40
			o := agent.Options{Temperature: 1}
			stages, policies, played := make([]*stage, n), make([]*agent.Policy, n), make([][]string, n)
			for i := range stages {
				stages[i] = newStage(t, f, uint64(i))
				policies[i] = policy(t, run, f.Spec(), o)
				policies[i].Reset(uint64(i))
			}
			for round := range rounds {
				var turns []env.Turn
				var who []int
				for i, s := range stages {
					if (round+i)%(i+1) == 0 && !s.shown.Done(0) {
						turns = append(turns, env.Turn{Policy: policies[i], In: s.shown, Action: s.action})
						who = append(who, i)
					}
				}
				if len(turns) == 0 {
					continue
				}
				policies[who[0]].Join(turns)
				for k, i := range who {
					if turns[k].Err != nil {
						t.Fatal(turns[k].Err)
					}
					played[i] = append(played[i], stages[i].chosen())
					stages[i].step(t)
				}
			}
			for i := range played {
				alone := play(t, f, policy(t, run, f.Spec(), o), uint64(i), len(played[i]))
				if f.Spec().ID == ccenv.ID {
					near(t, fmt.Sprintf("member %d", i), played[i], alone)
					continue
				}
				same(t, fmt.Sprintf("member %d", i), played[i], alone)
			}
		})
	}
}

// TestWhatWasDoneIsSeen: an action in the place of the policy's own changes what
// it does later, and its own told again does not.
func TestWhatWasDoneIsSeen(t *testing.T) {
	list := factories(t)
	run := open(t, testrun.Options{Preset: "decision-transformer", Shrink: true, Seed: 2}, specs(list)...)
	others := open(t, testrun.Options{Preset: "decision-transformer", Shrink: true, Seed: 9}, specs(list)...)
	for _, f := range list {
		// Every policy sees the same episode; other replaces what it chose there.
		decide := func(other func(own, other env.Arrays) env.Arrays) (actions []string) {
			s, p := newStage(t, f, 1), policy(t, run, f.Spec(), agent.Options{Temperature: 1})
			leader := policy(t, others, f.Spec(), agent.Options{Temperature: 1})
			leading := env.NewArrays(env.Leaves(f.Spec().Action), 1)
			p.Reset(3)
			leader.Reset(4)
			for range 200 {
				if s.shown.Done(0) {
					break
				}
				for _, one := range []struct {
					p  *agent.Policy
					to env.Arrays
				}{{leader, leading}, {p, s.action}} {
					if err := one.p.Act(s.shown, 0, one.to); err != nil {
						t.Fatal(err)
					}
				}
				actions = append(actions, s.chosen())
				if did := other(s.action, leading); did != nil {
					if err := p.Took(s.shown, 0, did); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.env.Step(leading, s.shown, 0); err != nil {
					t.Fatal(err)
				}
			}
			return actions
		}
		untold := decide(func(_, _ env.Arrays) env.Arrays { return nil })
		same(t, f.Spec().ID+", told its own", decide(func(own, _ env.Arrays) env.Arrays { return own }), untold)
		told := decide(func(_, other env.Arrays) env.Arrays { return other })
		if fmt.Sprint(told) == fmt.Sprint(untold) {
			t.Errorf("%s: what was done in its place changes nothing", f.Spec().ID)
		}
	}
}

// TestABadRowIsOneMembersAlone: those who are decided for with it don't notice.
func TestABadRowIsOneMembersAlone(t *testing.T) {
	estimate := &estimates{value: 1}
	for _, c := range []struct {
		name, preset string
		factory      env.Factory
		bad          agent.Options
		spoil        func(in *env.Batch)
		recovers     bool // once rewards are in order again
	}{
		{"no observation", "small", abr(t, "abr/train"), agent.Options{}, func(in *env.Batch) { in.Observation = nil }, false},
		{"a large reward", "decision-transformer", abr(t, "abr/train"), agent.Options{}, func(in *env.Batch) { in.Reward[0] = 1e300 }, true},
		// Its sums overflow, and who goes on after that without a reset is refused.
		{"a reward that overflows", "decision-transformer", abr(t, "abr/train"), agent.Options{}, func(in *env.Batch) { in.Reward[0] = -3e39 }, false},
		{"a large estimate", "karma", abr(t, "abr/train"), agent.Options{Estimator: estimator(estimate)}, func(*env.Batch) { estimate.value = 1e300 }, false},
		{"links in a circle", "small", cjs(t), agent.Options{}, func(in *env.Batch) { circle(t, in) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			const steps, spoilt = 12, 5
			f, o := c.factory, agent.Options{Estimator: estimator(&estimates{value: 1})}
			run := open(t, testrun.Options{Preset: c.preset, Shrink: true}, f.Spec())
			good, bad := newStage(t, f, 1), newStage(t, f, 2)
			first, second := policy(t, run, f.Spec(), o), policy(t, run, f.Spec(), c.bad)
			first.Reset(1)
			var chosen []string
			for i := range steps {
				turns := []env.Turn{
					{Policy: second, In: bad.shown, Action: bad.action},
					{Policy: first, In: good.shown, Action: good.action},
				}
				switch {
				case i == spoilt:
					c.spoil(bad.shown)
				case i > spoilt:
					bad.shown.Reward[0] = 0
				}
				first.Join(turns)
				if err := turns[1].Err; err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
				if refused := turns[0].Err != nil; refused != (i == spoilt || i > spoilt && !c.recovers) {
					t.Fatalf("step %d: the bad row's error is %v", i, turns[0].Err)
				}
				chosen = append(chosen, good.chosen())
				good.step(t)
				if i < spoilt {
					bad.step(t)
				}
			}
			same(t, "beside a bad row", chosen, play(t, f, policy(t, run, f.Spec(), o), 1, steps))
		})
	}
}

func estimator(e agent.Estimator) func(*env.Spec) (agent.Estimator, error) {
	return func(*env.Spec) (agent.Estimator, error) { return e, nil }
}

// circle turns the second link of a cluster around the first.
func circle(t *testing.T, in *env.Batch) {
	t.Helper()
	for i := range in.Observation {
		if strings.HasSuffix(in.Observation[i].Leaf.Path, "edge_links") {
			if links := env.Row[int64](&in.Observation[i], 0); len(links) >= 4 {
				links[2], links[3] = links[1], links[0]
				return
			}
		}
	}
	t.Fatal("there are no two links")
}

func TestSamplingGoesBySeed(t *testing.T) {
	f := abr(t, "abr/train")
	run := open(t, testrun.Options{Shrink: true}, f.Spec())
	p := policy(t, run, f.Spec(), agent.Options{Temperature: 5})
	draw := func(seed uint64) (levels []string) {
		s := newStage(t, f, 1)
		for k := range uint64(20) {
			p.Reset(seed + k)
			if err := p.Act(s.shown, 0, s.action); err != nil {
				t.Fatal(err)
			}
			levels = append(levels, s.chosen())
		}
		return levels
	}
	first := draw(10)
	same(t, "the same seeds", draw(10), first)
	if different(first) < 3 {
		t.Errorf("20 seeds choose %d levels", different(first))
	}
}

// TestGoals: what an episode aims at, and what it has brought, reaches the model.
func TestGoals(t *testing.T) {
	f := abr(t, "abr/train")
	run := open(t, testrun.Options{Preset: "decision-transformer", Shrink: true, Change: func(c *model.Config, features []feature.Config) {
		c.Backbone.Dropout = 0
		features[0].Condition.Std = 1
	}}, f.Spec())
	if in := policy(t, run, f.Spec(), agent.Options{}).Inputs(); !in.Reward || in.Info || in.Context != 10 {
		t.Errorf("looks at %+v", in)
	}
	own := play(t, f, policy(t, run, f.Spec(), agent.Options{}), 1, 30)
	target := 20.0
	same(t, "the run's own target", play(t, f, policy(t, run, f.Spec(), agent.Options{Target: &target}), 1, 30), own)
	same(t, "half of twice as much", play(t, f, policy(t, run, f.Spec(), agent.Options{Target: new(40.0), TargetScale: 0.5}), 1, 30), own)
	differs := 0
	for _, target := range []float64{-1000, 0, 19, 21, 1000} {
		for i, a := range play(t, f, policy(t, run, f.Spec(), agent.Options{Target: &target}), 1, 30) {
			if a != own[i] {
				differs++
			}
		}
	}
	if differs == 0 {
		t.Error("targets change nothing")
	}
}

// estimates tells a value, and counts how often it was asked.
type estimates struct {
	value float64
	asked int
}

func (e *estimates) Estimate(*env.Batch, int) (float64, error) {
	e.asked++
	if e.value != e.value {
		return 0, errors.New("no idea")
	}
	return e.value, nil
}

func TestEstimators(t *testing.T) {
	f := abr(t, "abr/train")
	run := open(t, testrun.Options{Preset: "karma", Shrink: true, Change: func(c *model.Config, features []feature.Config) {
		features[0].Condition.Std = 1
	}}, f.Spec())
	var field *env.FieldError
	if _, err := run.Policy(f.Spec(), agent.Options{}); !errors.As(err, &field) || field.Remedy == "" {
		t.Errorf("without an estimator: %v", err)
	}
	with := func(e agent.Estimator) agent.Options { return agent.Options{Estimator: estimator(e)} }
	low, high := &estimates{value: -50}, &estimates{value: 80}
	a := play(t, f, policy(t, run, f.Spec(), with(low)), 1, 20)
	b := play(t, f, policy(t, run, f.Spec(), with(high)), 1, 20)
	if fmt.Sprint(a) == fmt.Sprint(b) || low.asked != 20 {
		t.Errorf("estimates change nothing; it was asked %d times in 20 steps", low.asked)
	}
	s := newStage(t, f, 1)
	nan := &estimates{}
	nan.value /= nan.value
	if err := policy(t, run, f.Spec(), with(nan)).Act(s.shown, 0, s.action); err == nil {
		t.Error("an estimator's error is lost")
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	f := abr(t, "abr/train")
	run := open(t, testrun.Options{Shrink: true}, f.Spec())
	fewer := *f.Spec()
	fewer.Action = &env.Discrete{N: 4}
	for name, spec := range map[string]*env.Spec{"another environment": cjs(t).Spec(), "other choices": &fewer} {
		var field *env.FieldError
		if _, err := run.Policy(spec, agent.Options{}); !errors.As(err, &field) || field.Remedy == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	nan := 0.0
	nan /= nan
	for _, o := range []agent.Options{{Temperature: -1}, {Temperature: nan}, {Target: &nan}, {TargetScale: -1}} {
		var field *env.FieldError
		if _, err := run.Policy(f.Spec(), o); !errors.As(err, &field) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := agent.Open(t.TempDir(), run.Model().Compute()); err == nil {
		t.Error("an empty directory is a run")
	}
	if _, err := agent.New(run.Model(), nil); err == nil {
		t.Error("a model without features is a run")
	}
}

// TestWhatCanNotHaveBeenDoneIsRefusedBefore: a stage beyond the list, of which the
// bounds of the action space know nothing.
func TestWhatCanNotHaveBeenDoneIsRefusedBefore(t *testing.T) {
	f := cjs(t)
	p := policy(t, open(t, testrun.Options{Preset: "decision-transformer", Shrink: true}, f.Spec()), f.Spec(), agent.Options{})
	s := newStage(t, f, 1)
	if err := p.Act(s.shown, 0, s.action); err != nil {
		t.Fatal(err)
	}
	if err := p.CheckTook(s.shown, 0, s.action); err != nil {
		t.Errorf("its own action: %v", err)
	}
	for i := range s.action {
		if strings.HasSuffix(s.action[i].Leaf.Path, "stage") {
			env.Row[int64](&s.action[i], 0)[0] = 1000
		}
	}
	refused, ok := errors.AsType[*env.FieldError](p.CheckTook(s.shown, 0, s.action))
	if !ok || refused.Field != "action.stage" {
		t.Errorf("a stage beyond the list: %v", refused)
	}
}
