package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	"trailblazer/envserver"
	"trailblazer/envserver/catalog"
	"trailblazer/envserver/decision"
	"trailblazer/internal/setting"
)

// policyFlags say which policies a server lets agents ask, and how.
type policyFlags struct {
	policies []string
	batch    int
	wait     time.Duration
	queue    int
}

func (p *policyFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&p.batch, "max-batch", 0, "environments that a network decides for at once (default 64)")
	f.DurationVar(&p.wait, "batch-wait", 0, "how long a network waits for those who asked the last time (default 500µs)")
	f.IntVar(&p.queue, "max-queue", 0, "environments that may wait for a decision; more are refused (default 4096)")
}

// serve lets a server answer for the policies, with the server's own limits.
func (p *policyFlags) serve(c *catalog.Catalog, options *envserver.Options) error {
	if len(p.policies) == 0 {
		return nil
	}
	var served []decision.Policy
	for _, text := range p.policies {
		one, err := servedPolicy(c, text)
		if err != nil {
			return err
		}
		served = append(served, one)
	}
	service, err := decision.New(c, served, decision.Options{
		MaxSeats: options.MaxSessions, MaxEnvironments: options.MaxEnvironments,
		MaxOwnerSeats: options.MaxOwnerSessions, MaxOwnerEnvironments: options.MaxOwnerEnvironments,
		DefaultLease: options.DefaultLease, MaxLease: options.MaxLease,
		MaxBatch: p.batch, MaxWait: p.wait, MaxQueued: p.queue, Workers: options.Workers,
	})
	if err != nil {
		return err
	}
	options.Services = append(options.Services, service.Mount())
	return nil
}

// servedPolicy reads NAME=POLICY, or POLICY, whose name is then its own.
func servedPolicy(c *catalog.Catalog, text string) (decision.Policy, error) {
	name, policy, named := strings.Cut(text, "=")
	if !named || strings.ContainsAny(name, `:/\`) { // = of a parameter, or of a path
		name, policy = "", text
	}
	info, err := c.Describe(policy)
	if err != nil {
		return decision.Policy{}, err
	}
	if name == "" {
		name = filepath.Base(policy)
	}
	for _, id := range info.Environments {
		if err := tryPolicy(c, id, policy); err != nil {
			return decision.Policy{}, fmt.Errorf("%s in %s: %w", policy, id, err)
		}
	}
	return decision.Policy{
		Name: name, Description: info.Summary, Environments: info.Environments, ContentHash: info.ContentHash,
		New: func(spec *env.Spec) (env.Policy, error) { return c.PolicyFor(policy, spec) },
	}, nil
}

// tryPolicy makes a policy once, so that what is wrong with it is said before
// anybody asks.
func tryPolicy(c *catalog.Catalog, id, policy string) error {
	settings, err := c.Settings(id, policy)
	if err != nil {
		return err
	}
	factory, err := c.Factory(id, "", settings)
	if err != nil {
		return err
	}
	made, err := c.PolicyFor(policy, factory.Spec())
	if err != nil {
		return err
	}
	if _, plans := made.(env.Planner); plans {
		return setting.Refuse("policy", strconv.Quote(policy), "plans ahead from the environment's state, which agents don't send", "serve another")
	}
	return nil
}
