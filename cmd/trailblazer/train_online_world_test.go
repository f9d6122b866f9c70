package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/online"
)

// playsWorld steps environments for a while, always with the expert's actions, and
// returns all that they showed.
func playsWorld(t *testing.T, world *online.World) []byte {
	t.Helper()
	defer world.Vector.Close()
	if err := world.Validate(); err != nil {
		t.Fatal(err)
	}
	spec, n := world.Vector.Spec(), world.Vector.Len()
	action := env.NewArrays(env.Leaves(spec.Action), n)
	batch, err := world.Vector.Reset(env.ResetOptions{Seeds: []uint64{5}})
	if err != nil {
		t.Fatal(err)
	}
	var shown []byte
	for step := range 8 {
		for i := range n {
			if step == 0 {
				world.Experts[i].Reset(5)
			}
			if _, _, err := world.Experts[i].Label(batch, i, action); err != nil {
				t.Fatal(err)
			}
			for k := range batch.Observation {
				shown = append(shown, batch.Observation[k].Bytes(i)...)
			}
			for k := range action {
				shown = append(shown, action[k].Bytes(i)...)
			}
		}
		next, err := world.Vector.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		batch = &next.Batch
	}
	return shown
}

// TestWorldsAreTheSameOnAServer: environments there show what those here show, and
// the experts say the same of it; an expert that reads the environment's own state
// is refused there, and works here.
func TestWorldsAreTheSameOnAServer(t *testing.T) {
	t.Setenv("TRAILBLAZER_DATA", "")
	server := startServe(t, "--addr", "127.0.0.1:0")
	defer server.stop(t)
	c, err := new(dataFlag).catalog()
	if err != nil {
		t.Fatal(err)
	}
	here, err := newWorlds(c, new(remoteFlags), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer here.close()
	there, err := newWorlds(c, &remoteFlags{address: server.url}, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer there.close()
	for _, p := range []online.Played{
		{Environment: "trailblazer/ABR-v0", Scenario: "abr/train", Config: json.RawMessage(`{"max_steps": 30}`), Expert: "offline-table"},
		{Environment: "trailblazer/CC-v0", Scenario: "cc/train", Expert: "oracle"},
		{Environment: "trailblazer/CJS-v0", Scenario: "cjs/train", Expert: "fair"},
	} {
		local, err := here.make(t.Context(), p, 3)
		if err != nil {
			t.Fatal(err)
		}
		remote, err := there.make(t.Context(), p, 3)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := playsWorld(t, local), playsWorld(t, remote); len(a) == 0 || !bytes.Equal(a, b) {
			t.Errorf("%s: the world on the server is another", p.Scenario)
		}
	}
	planner := online.Played{Environment: "trailblazer/CJS-v0", Scenario: "cjs/train", Expert: "lookahead"}
	if world, err := here.make(t.Context(), planner, 2); err != nil || len(world.Experts) != 2 {
		t.Errorf("an expert that plans, here: %v", err)
	}
	if _, err := there.make(t.Context(), planner, 2); err == nil || !strings.Contains(err.Error(), "run the environments here") {
		t.Errorf("an expert that plans, on a server: %v", err)
	}
}

func TestWorldsWithoutExperts(t *testing.T) {
	c, err := new(dataFlag).catalog()
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWorlds(c, new(remoteFlags), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	world, err := w.make(t.Context(), online.Played{Environment: "trailblazer/ABR-v0", Scenario: "abr/train"}, 2)
	if err != nil || world.Experts != nil {
		t.Fatalf("%+v: %v", world, err)
	}
	world.Vector.Close()
	for want, p := range map[string]online.Played{
		"no-such-scenario":                    {Environment: "trailblazer/ABR-v0", Scenario: "no-such-scenario"},
		"nobody":                              {Environment: "trailblazer/ABR-v0", Scenario: "abr/train", Expert: "nobody"},
		"config.environment_config.max_steps": {Environment: "trailblazer/ABR-v0", Scenario: "abr/train", Config: json.RawMessage(`{"max_steps": -3}`)},
	} {
		if _, err := w.make(t.Context(), p, 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
