package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	client "trailblazer/clients/go"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
	"trailblazer/trainer/online"
)

// worlds makes environments to learn in, each with its expert: here, or on a
// server. The same learner plays in both.
type worlds struct {
	catalog *catalog.Catalog
	// pool is shared by all that are here.
	pool *vector.Pool
	// server is where they run; nil for here.
	server *client.Client
}

// newWorlds opens the server, where there is one. Results don't depend on how many
// workers step environments.
func newWorlds(c *catalog.Catalog, remote *remoteFlags, workers int) (*worlds, error) {
	w := &worlds{catalog: c}
	if remote.address == "" {
		w.pool = vector.NewPool(workers)
		return w, nil
	}
	var err error
	w.server, err = remote.dial()
	return w, err
}

// close frees what all worlds share.
func (w *worlds) close() {
	if w.pool != nil {
		w.pool.Close()
	}
	if w.server != nil {
		w.server.Close()
	}
}

// make makes a world of n environments.
func (w *worlds) make(ctx context.Context, p online.Played, n int) (*online.World, error) {
	settings, err := w.catalog.Settings(p.Environment, p.Expert)
	if err != nil {
		return nil, err
	}
	if p.Config, err = merge(settings, p.Config); err != nil {
		return nil, err
	}
	var world *online.World
	if w.server != nil {
		world, err = w.there(ctx, p, n)
	} else {
		world, err = w.here(p, n)
	}
	if refused, ok := errors.AsType[*env.FieldError](err); ok {
		// The environment's "config" is a part of the run's.
		if field, ok := strings.CutPrefix(refused.Field, "config."); ok {
			return nil, &env.FieldError{Field: "config.environment_config." + field, Value: refused.Value, Remedy: refused.Remedy}
		}
	}
	return world, err
}

// keeper keeps the environments that a factory makes: experts may look into them.
type keeper struct {
	env.Factory
	made []env.Env
}

// New implements env.Factory.
func (k *keeper) New(index, count int) (env.Env, error) {
	e, err := k.Factory.New(index, count)
	if err == nil {
		k.made = append(k.made, e)
	}
	return e, err
}

func (w *worlds) here(p online.Played, n int) (*online.World, error) {
	factory, err := w.catalog.Factory(p.Environment, p.Scenario, p.Config)
	if err != nil {
		return nil, err
	}
	expert, err := w.catalog.Expert(orNone(p.Expert), factory)
	if err != nil {
		return nil, fmt.Errorf("expert: %w", err)
	}
	made := &keeper{Factory: factory}
	v, err := vector.New(made, n, env.Disabled, w.pool)
	if err != nil {
		return nil, err
	}
	if err := w.knows(expert, p); err != nil {
		v.Close()
		return nil, err
	}
	return withExperts(v, expert, func(i int) env.Env { return made.made[i] })
}

// sessionLease is how long a server keeps environments while the learner learns
// from what they have shown.
const sessionLease = time.Hour

func (w *worlds) there(ctx context.Context, p online.Played, n int) (*online.World, error) {
	v, err := w.server.MakeVec(ctx, client.MakeOptions{Env: p.Environment, Scenario: p.Scenario, Config: p.Config,
		NumEnvs: n, Autoreset: env.Disabled, Lease: sessionLease, Label: "train online"})
	if err != nil {
		return nil, err
	}
	expert, err := w.catalog.ExpertFor(orNone(p.Expert), v.Spec())
	if err != nil {
		v.Close()
		return nil, fmt.Errorf("expert: %w", err)
	}
	if err := w.knows(expert, p); err != nil {
		v.Close()
		return nil, err
	}
	return withExperts(v, expert, func(int) env.Env { return nil })
}

// knows refuses an expert that does not know what it has to.
func (w *worlds) knows(expert *catalog.Expert, p online.Played) error {
	if !p.Values || expert == nil || expert.Value {
		return nil
	}
	list, _, err := w.catalog.Experts(p.Environment)
	if err != nil {
		return err
	}
	remedy := "set least_value to null"
	var known []string
	for i := range list {
		if list[i].Value {
			known = append(known, list[i].Name)
		}
	}
	if known != nil {
		remedy = "give one of " + strings.Join(known, ", ") + ", or " + remedy
	}
	return &env.FieldError{Field: "expert", Value: p.Expert + ", which does not know what an episode can bring, as least_value asks", Remedy: remedy}
}

// orNone asks for nobody where no expert is named.
func orNone(expert string) string {
	if expert == "" {
		return catalog.NoExpert
	}
	return expert
}

// withExperts gives each environment of a vector an expert of its own, nil for none.
func withExperts(v env.Vector, expert *catalog.Expert, at func(i int) env.Env) (*online.World, error) {
	world := new(online.World)
	world.Vector = v
	if expert == nil {
		return world, nil
	}
	world.LookBack, world.Remember = expert.LooksBack, expert.Remembers
	world.Labels = traj.Labels{Expert: expert.Name, Value: expert.Value, Advantage: expert.Advantage}
	for i := range v.Len() {
		one, err := expert.New(at(i))
		if err != nil {
			v.Close()
			return nil, fmt.Errorf("expert: %w", err)
		}
		world.Experts = append(world.Experts, one)
	}
	return world, nil
}
