package rl_test

import (
	"errors"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/reference"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/rl"
)

// likelihood is what the model says of a whole experience's sequences.
func likelihood(t *testing.T, s setup, e *rl.Experience) []float32 {
	t.Helper()
	m := s.actor(t).Model()
	tape := kernel.NewTape(m.Compute())
	tape.Begin(kernel.Eval, 0)
	p, err := m.Policy(tape, 0, &e.Steps, &e.Actions)
	if err != nil {
		t.Fatal(err)
	}
	return p.LogProbability.Value
}

// TestPolicyOfWhatWasCollected: what the model says of whole sequences is what it
// said step by step, also where a collection began in the middle of an episode.
func TestPolicyOfWhatWasCollected(t *testing.T) {
	for name, s := range map[string]setup{
		"mlp":         {factory: abr(t), n: 3, options: rl.CollectOptions{Steps: 20, Temperature: 1}},
		"transformer": {factory: abr(t), n: 3, preset: "small", options: rl.CollectOptions{Steps: 20, Temperature: 1}},
		"actions":     {factory: abr(t), n: 2, preset: "llama", change: unwindowed, options: rl.CollectOptions{Steps: 12, Temperature: 1}},
		"graph":       {factory: cjs(t), n: 2, preset: "small", options: rl.CollectOptions{Steps: 10, Temperature: 1}},
		"values":      {factory: cc(t), n: 2, change: spread, options: rl.CollectOptions{Steps: 10, Temperature: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.collector(t)
			for range 2 {
				replay(t, s, collect(t, c))
			}
		})
	}
}

// TestSameBitsOnAnyCores plays the same with any number of workers.
func TestSameBitsOnAnyCores(t *testing.T) {
	for name, s := range map[string]setup{
		"abr": {factory: abr(t), n: 70, options: rl.CollectOptions{Steps: 10, Temperature: 1, Copies: 2}},
		"cjs": {factory: cjs(t), n: 9, options: rl.CollectOptions{Temperature: 1, Copies: 3, Steps: 25}},
		"cc":  {factory: cc(t), n: 40, change: spread, options: rl.CollectOptions{Steps: 5, Temperature: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			want := ""
			for _, s.workers = range []int{1, 2, 7} {
				c := s.collector(t)
				got := text(t, collect(t, c)) + text(t, collect(t, c))
				if want == "" {
					want = got
				} else if got != want {
					t.Errorf("%d workers collect something else", s.workers)
				}
			}
		})
	}
}

// TestResume goes on from a state to the same bits.
func TestResume(t *testing.T) {
	for name, s := range map[string]setup{
		"abr":         {factory: abr(t), n: 34, expert: "offline-beam:width=2", change: imitate, options: rl.CollectOptions{Steps: 20, Temperature: 1, Copies: 17, Label: true, LabelShare: 0.005}},
		"transformer": {factory: abr(t), n: 3, preset: "decision-transformer", change: unwindowed, options: rl.CollectOptions{Steps: 20, Temperature: 1}},
		"cjs":         {factory: cjs(t), n: 3, options: rl.CollectOptions{Steps: 25, Temperature: 1}},
		"whole":       {factory: reference.CartPole(), n: 4, options: rl.CollectOptions{Copies: 2, Temperature: 1}},
		"at the end":  {factory: abr(t), n: 3, options: rl.CollectOptions{Steps: 47, Temperature: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.collector(t)
			for range 3 {
				collect(t, c)
			}
			state, err := c.State()
			if err != nil {
				t.Fatal(err)
			}
			want := text(t, collect(t, c)) + text(t, collect(t, c))
			other := s.collector(t)
			if name == "abr" {
				collect(t, other) // One that is in the middle of others.
			}
			if err := other.SetState(state); err != nil {
				t.Fatal(err)
			}
			if got := text(t, collect(t, other)) + text(t, collect(t, other)); got != want {
				t.Error("it goes on to something else")
			}
		})
	}
}

// TestStatesThatDontFit are refused.
func TestStatesThatDontFit(t *testing.T) {
	s := setup{factory: abr(t), n: 2, options: rl.CollectOptions{Steps: 3}}
	c := s.collector(t)
	collect(t, c)
	state, err := c.State()
	if err != nil {
		t.Fatal(err)
	}
	s.n = 3
	for name, raw := range map[string]string{
		"no JSON": "{", "others": string(state), "random": strings.Replace(string(state), `"random":"`, `"random":"AAAA`, 1),
		"no vector": `{"lanes":[{"episode":{}},{},{}]}`, "vector": `{"lanes":[{"turn":1},{},{}],"vector":"AAAA"}`,
	} {
		other := s.collector(t)
		if name == "random" {
			s.n = 2
			other = s.collector(t)
			s.n = 3
		}
		if err := other.SetState([]byte(raw)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	driven := setup{factory: reference.Driven(5), n: 2, options: rl.CollectOptions{Steps: 3}}.collector(t)
	collect(t, driven)
	if _, err := driven.State(); !errors.Is(err, env.ErrNoSnapshot) {
		t.Errorf("environments without snapshots: %v", err)
	}
}
