package rl_test

import (
	"testing"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testserve"
	"trailblazer/trainer/rl"
)

// TestOverTheWire collects on a server what is collected here, to the bit, and
// goes on there from a state that was saved here.
func TestOverTheWire(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := testserve.Start(t, testserve.Options{Catalog: c})
	remote, err := client.Dial(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	for name, s := range map[string]setup{
		"abr":   {factory: abr(t), n: 5, options: rl.CollectOptions{Steps: 30, Temperature: 1, Privileged: []string{"rebuffer_s"}}},
		"cjs":   {factory: cjs(t), n: 4, options: rl.CollectOptions{Temperature: 1, Copies: 2, Clock: "wall_ms"}},
		"cc":    {factory: cc(t), n: 2, change: spread, options: rl.CollectOptions{Steps: 10, Temperature: 1}},
		"abr 1": {factory: abr(t), n: 1, options: rl.CollectOptions{Steps: 60}},
	} {
		t.Run(name, func(t *testing.T) {
			here := s.collector(t)
			spec := s.factory.Spec()
			v, err := remote.MakeVec(t.Context(), client.MakeOptions{Env: spec.ID, Scenario: spec.Scenario, Config: spec.Config, NumEnvs: s.n, Autoreset: env.Disabled})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			there, err := rl.NewCollector(&rl.World{Vector: v}, s.actor(t), rl.Seeds{}, s.options)
			if err != nil {
				t.Fatal(err)
			}
			for call := range 2 {
				if text(t, collect(t, here)) != text(t, collect(t, there)) {
					t.Errorf("call %d: another experience", call)
				}
			}
			state, err := here.State()
			if err != nil {
				t.Fatal(err)
			}
			collect(t, there)
			if err := there.SetState(state); err != nil {
				t.Fatal(err)
			}
			if text(t, collect(t, here)) != text(t, collect(t, there)) {
				t.Error("from a saved state there comes another experience")
			}
		})
	}
}
