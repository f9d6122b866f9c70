package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver/catalog"
)

// remoteFlags are --server and --token.
type remoteFlags struct {
	address string
	token   string
}

func (r *remoteFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.address, "server", "", "address of a server to use instead of this process: http://host:port or unix:///path")
	cmd.Flags().StringVar(&r.token, "token", os.Getenv("TRAILBLAZER_TOKEN"), "bearer token for the server (or set TRAILBLAZER_TOKEN)")
}

func (r *remoteFlags) dial() (*client.Client, error) {
	return client.Dial(r.address, client.WithToken(r.token))
}

// source opens a scenario on the server; policies are made here.
func (r *remoteFlags) source(ctx context.Context, c *catalog.Catalog, name string, config json.RawMessage) (*scenarioSource, error) {
	remote, err := r.dial()
	if err != nil {
		return nil, err
	}
	environments, err := remote.List(ctx)
	if err != nil {
		return nil, err
	}
	id, scenario, err := findScenario(environments, name)
	if err != nil {
		return nil, err
	}
	spec, err := remote.Describe(ctx, id, name, config)
	if err != nil {
		return nil, err
	}
	return &scenarioSource{
		spec:       spec,
		dataSource: scenario.DataSource,
		newEnv: func(ctx context.Context) (env.Env, error) {
			return remote.Make(ctx, client.MakeOptions{Env: id, Scenario: name, Config: config, Label: "rollout"})
		},
		newPolicy: func(policy string) (env.Policy, error) { return c.PolicyFor(policy, spec) },
		close:     func() error { remote.Close(); return nil },
	}, nil
}

// listing is a catalog, here or on a server.
type listing struct {
	environments []env.Environment
	describe     func(ctx context.Context, id, scenario string, config json.RawMessage) (*env.Spec, error)
	close        func()
}

func openListing(cmd *cobra.Command, data *dataFlag, remote *remoteFlags) (*listing, error) {
	if remote.address != "" {
		c, err := remote.dial()
		if err != nil {
			return nil, err
		}
		environments, err := c.List(cmd.Context())
		return &listing{environments, c.Describe, c.Close}, err
	}
	c, err := data.catalog()
	if err != nil {
		return nil, err
	}
	describe := func(_ context.Context, id, scenario string, config json.RawMessage) (*env.Spec, error) {
		factory, err := c.Factory(id, scenario, config)
		if err != nil {
			return nil, err
		}
		return factory.Spec(), nil
	}
	return &listing{c.Environments(), describe, func() {}}, nil
}
