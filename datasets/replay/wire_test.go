package replay_test

import (
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testcc"
	"trailblazer/internal/testcjs"
	"trailblazer/sparksim/sparkenv"
)

// TestSessionsAreExact: what a server records of its sessions, driven over
// HTTP in every mode, can be played again here. One session is closed, the
// server ends the others.
func TestSessionsAreExact(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		id, scenario, config string
		act                  act
		steps                int
	}{
		{abrenv.ID, "abr/train", `{"max_steps": 20}`, sample, 50},
		{sparkenv.ID, "cjs/custom", `{"arrivals": {"jobs": 2}}`, testcjs.Act, 80},
		{ccenv.ID, "cc/train", `{"max_steps": 12}`, testcc.Act, 30},
	} {
		t.Run(test.scenario, func(t *testing.T) {
			factory, err := c.Factory(test.id, test.scenario, json.RawMessage(test.config))
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "set")
			w := create(t, dir, factory.Spec())
			recorder := into(w)
			server, err := envserver.New(c, envserver.Options{Recorder: recorder})
			if err != nil {
				t.Fatal(err)
			}
			web := httptest.NewServer(server.Handler())
			defer web.Close()
			dialled, err := client.Dial(web.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer dialled.Close()
			for _, mode := range []env.AutoresetMode{env.NextStep, env.SameStep, env.Disabled} {
				v, err := dialled.MakeVec(t.Context(), client.MakeOptions{Env: test.id, Scenario: test.scenario, Config: json.RawMessage(test.config),
					NumEnvs: 3, Autoreset: mode, Record: &client.Recording{Dataset: "d"}})
				if err != nil {
					t.Fatal(err)
				}
				drive(t, v, nil, test.act, test.steps)
				if mode == env.SameStep {
					if err := v.Close(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			if err := recorder.Close(); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			wantExact(t, open(t, dir), c)
		})
	}
}
