package rl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/rl"
)

// stub is an environment whose options say how long an episode is, and what goes
// wrong at its third step.
type stub struct {
	spec    *env.Spec
	options stubOptions
	steps   int
	resets  *[]string
}

type stubOptions struct {
	Length int    `json:"length"`
	Fault  string `json:"fault"`
}

type stubFactory struct {
	spec   *env.Spec
	resets *[]string
}

func newStub() stubFactory {
	wide := []float64{math.Inf(1)}
	low := []float64{math.Inf(-1)}
	return stubFactory{resets: new([]string), spec: &env.Spec{
		ID: "trailblazer/Stub-v0", Scenario: "stub",
		Observation: &env.Box{DType: env.Float64, Shape: []int{2}, Low: low, High: wide, Features: []env.Feature{{Name: "seed"}, {Name: "step"}}},
		Action:      &env.Discrete{N: 3},
		Info: &env.Dict{Entries: []env.Entry{
			{Key: "many", Space: &env.Box{DType: env.Int64, Shape: []int{2}, Low: low, High: wide}},
			{Key: "yes", Space: &env.Box{DType: env.Bool, Low: []float64{0}, High: []float64{1}}},
			{Key: "ragged", Space: &env.Sequence{Element: &env.Box{DType: env.Float32, Low: low, High: wide}}},
		}},
		RewardLow: math.Inf(-1), RewardHigh: math.Inf(1), ContentHash: "stub", Config: json.RawMessage("{}"), Metadata: json.RawMessage("{}"),
	}}
}

func (f stubFactory) Spec() *env.Spec { return f.spec }
func (f stubFactory) New(int, int) (env.Env, error) {
	return &stub{spec: f.spec, resets: f.resets}, nil
}

func (s *stub) Spec() *env.Spec { return s.spec }
func (s *stub) Close() error    { return nil }

func (s *stub) Reset(seed *uint64, options json.RawMessage, out *env.Batch, row int) error {
	s.options, s.steps = stubOptions{Length: 4}, 0
	if options != nil {
		if err := json.Unmarshal(options, &s.options); err != nil {
			return err
		}
	}
	*s.resets = append(*s.resets, fmt.Sprintf("%d:%d %s", row, *seed, options))
	if s.options.Fault == "reset" {
		return errors.New("it does not begin")
	}
	env.Row[float64](&out.Observation[0], row)[0] = float64(*seed)
	s.show(out, row)
	return nil
}

func (s *stub) show(out *env.Batch, row int) {
	env.Row[float64](&out.Observation[0], row)[1] = float64(s.steps)
	many := env.Row[int64](&out.Info[0], row)
	many[0], many[1] = int64(s.steps), int64(10*s.steps)
	env.Row[bool](&out.Info[1], row)[0] = s.steps%2 == 1
	env.ResizeRow[float32](&out.Info[2], row, 0)
}

func (s *stub) Step(_ env.Arrays, out *env.Batch, row int) error {
	s.steps++
	out.Reward[row], out.Terminated[row], out.Truncated[row] = 1, s.steps >= s.options.Length, false
	s.show(out, row)
	if s.steps < 3 {
		return nil
	}
	switch s.options.Fault {
	case "reward":
		out.Reward[row] = math.NaN()
	case "observation":
		env.Row[float64](&out.Observation[0], row)[0] = math.NaN()
	case "step":
		return errors.New("it is out of order")
	case "panic":
		panic("it burns")
	}
	return nil
}

// plans are episodes with options of their own.
type plans []string

func (p plans) Draw(episode uint64) (uint64, json.RawMessage) {
	options := p[episode%uint64(len(p))]
	if options == "" {
		return 100 + episode, nil
	}
	return 100 + episode, json.RawMessage(options)
}

func (s setup) with(t *testing.T, e rl.Episodes) *rl.Collector {
	t.Helper()
	c, err := rl.NewCollector(s.world(t), s.actor(t), e, s.options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEpisodesBeginAsDrawn: each environment with its seed and its options, and
// those that wait for others with what they had.
func TestEpisodesBeginAsDrawn(t *testing.T) {
	f := newStub()
	s := setup{factory: f, n: 4, options: rl.CollectOptions{Copies: 2, Temperature: 1, Privileged: []string{"yes", "many"}, Clock: "many"}}
	c := s.with(t, plans{"", `{"length":2}`, `{"length":3}`})
	e := collect(t, c)
	if got, want := strings.Join(*f.resets, ", "), `0:100 , 1:100 , 2:101 {"length":2}, 3:101 {"length":2}, 2:101 {"length":2}, 3:101 {"length":2}`; got != want {
		t.Errorf("resets %s\nwant %s", got, want)
	}
	if got := fmt.Sprint(e.Offsets); got != "[0 4 8 10 12]" {
		t.Errorf("offsets %s", got)
	}
	if got := fmt.Sprint(e.Privileged[:12], e.Clock[:4], c.Privileged()); got != "[0 0 0 1 1 10 0 2 20 1 3 30] [0 1 2 3] 3" {
		t.Errorf("privileged and clock %s", got)
	}
	*f.resets = nil
	e = collect(t, c)
	if got, want := strings.Join((*f.resets)[:4], ", "), `0:102 {"length":3}, 1:102 {"length":3}, 2:103 , 3:103 `; got != want {
		t.Errorf("resets %s\nwant %s", got, want)
	}
	if got := fmt.Sprint(e.Offsets, e.Number, e.Environment); got != "[0 3 6 10 14] [2 2 3 3] [0 1 2 3]" {
		t.Errorf("sequences %s", got)
	}
}

// TestFaults have errors that say what is wrong where, and no experience.
func TestFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"reset": "episode 1 could not begin", "reward": "reward[1]", "observation": "environment 1", "step": "out of order", "panic": "it burns",
	} {
		s := setup{factory: newStub(), n: 3, options: rl.CollectOptions{Temperature: 1}}
		c := s.with(t, plans{"", `{"length": 4, "fault": "` + fault + `"}`, ""})
		_, err := c.Collect(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", fault, err)
		}
		if _, err := c.State(); err == nil {
			t.Errorf("%s: there is a state to go on from", fault)
		}
	}
}

type burning struct{ guide }

func (*burning) Label(*env.Batch, int, env.Arrays) (float64, []float64, error) { panic("it burns") }

func TestExpertsThatFail(t *testing.T) {
	s, _ := guided(2, rl.CollectOptions{Label: true})
	s.experts[1] = new(burning)
	if _, err := s.collector(t).Collect(t.Context()); err == nil || !strings.Contains(err.Error(), "it burns") {
		t.Errorf("an expert that panics: %v", err)
	}
}

func TestCancel(t *testing.T) {
	c := setup{factory: newStub(), n: 2}.collector(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Collect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestRefusals name the field.
func TestRefusals(t *testing.T) {
	stub := newStub()
	for _, test := range []struct {
		field   string
		options rl.CollectOptions
	}{
		{"collect.steps", rl.CollectOptions{Steps: -1}},
		{"collect.copies", rl.CollectOptions{Copies: -1}},
		{"collect.copies", rl.CollectOptions{Copies: 4}},
		{"collect.temperature", rl.CollectOptions{Temperature: math.NaN()}},
		{"collect.reward", rl.CollectOptions{Reward: "praise"}},
		{"collect.reward_floor", rl.CollectOptions{RewardFloor: math.Inf(-1)}},
		{"collect.reward_scale", rl.CollectOptions{RewardScale: -1}},
		{"collect.beta", rl.CollectOptions{Beta: 1.5}},
		{"collect.label_share", rl.CollectOptions{LabelShare: math.NaN()}},
		{"collect.label", rl.CollectOptions{Label: true}},
		{"collect.privileged", rl.CollectOptions{Privileged: []string{"future"}}},
		{"collect.privileged", rl.CollectOptions{Privileged: []string{"ragged"}}},
		{"collect.clock", rl.CollectOptions{Clock: "wall_ms"}},
	} {
		s := setup{factory: stub, n: 3, options: test.options}
		_, err := rl.NewCollector(s.world(t), s.actor(t), rl.Seeds{}, s.options)
		var refused *env.FieldError
		if !errors.As(err, &refused) || refused.Field != test.field {
			t.Errorf("%+v: %v", test.options, err)
		}
	}
	s := setup{factory: stub, n: 3}
	c := s.collector(t)
	if err := c.SetOptions(rl.CollectOptions{Steps: 3}); err == nil {
		t.Error("the number of steps changes")
	}
	if err := c.SetOptions(rl.CollectOptions{Temperature: 2}); err != nil {
		t.Error(err)
	}
	other := s
	other.n = 2
	if _, err := rl.NewCollector(s.world(t), other.actor(t), rl.Seeds{}, s.options); err == nil {
		t.Error("an actor for fewer environments")
	}
	features := newAdapter(t, s).Config()
	if _, err := rl.NewActor(setup{factory: abr(t), n: 1}.actor(t).Model(), features, stub.spec, 1); err == nil {
		t.Error("a model of other environments")
	}
}
