package client_test

import (
	"math/rand/v2"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/envtest"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

// conform runs the conformance suite through a client and a server over real
// HTTP against the same environment in this process.
func conform(t *testing.T, catalog env.Catalog, id, scenario string, opts ...client.Option) {
	conformWith(t, catalog, client.MakeOptions{Env: id, Scenario: scenario}, nil, opts...)
}

// conformWith does so with a configuration, and with actions that act chooses.
func conformWith(t *testing.T, catalog env.Catalog, options client.MakeOptions, act func(*env.Batch, int, env.Arrays, *rand.Rand), opts ...client.Option) {
	factory, err := catalog.Factory(options.Env, options.Scenario, options.Config)
	if err != nil {
		t.Fatal(err)
	}
	c := serve(t, catalog, envserver.Options{}, opts...)
	envtest.Run(t, envtest.Target{
		Factory: factory,
		Act:     act,
		NewEnv: func(t testing.TB) env.Env {
			e, err := c.Make(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			return e
		},
		NewVector: func(t testing.TB, n int, mode env.AutoresetMode) env.Vector {
			options := options
			options.NumEnvs, options.Autoreset = n, mode
			v, err := c.MakeVec(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			return v
		},
	})
}

func TestConformance(t *testing.T) {
	for _, id := range []string{testenv.Walk, testenv.Flat, testenv.Plain} {
		t.Run(id, func(t *testing.T) { conform(t, &testenv.Catalog{}, id, "") })
	}
	t.Run("stream", func(t *testing.T) { conform(t, &testenv.Catalog{}, testenv.Walk, "", client.WithStream()) })
}
