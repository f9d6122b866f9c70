package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

// MakeOptions says what to make.
type MakeOptions struct {
	// Env is the environment's id ("trailblazer/ABR-v0").
	Env string
	// Scenario is empty for the environment's default.
	Scenario string
	// Config is nil or a JSON object whose fields replace the scenario's.
	Config json.RawMessage
	// NumEnvs is the length of a vector; 0 stands for 1. Make ignores it.
	NumEnvs int
	// Autoreset is the mode of a vector. Make ignores it.
	Autoreset env.AutoresetMode
	// Lease is how long the session outlives its last use; 0 leaves it to the
	// server.
	Lease time.Duration
	// Label is shown by ListSessions.
	Label string
	// Record keeps what the session does in a data set of the server's; nil
	// keeps nothing. Forks are not recorded.
	Record *Recording
	// RequestID makes repeated calls with the same value return the same
	// session; one is drawn where it is empty.
	RequestID string
}

// Recording says where the server keeps a session's episodes.
type Recording struct {
	// Dataset names the data set. It is made where there is none, and appended
	// to where it has the same spaces.
	Dataset string
	// Policy is who acts, as the data set shall name it; empty stands for
	// "external".
	Policy string
	// Split is the part of the data set; empty stands for "train".
	Split string
}

// Make opens a session of one environment without autoreset. Where it has
// snapshots, the result is an env.Snapshotter. Close it to free the session.
func (c *Client) Make(ctx context.Context, o MakeOptions) (env.Env, error) {
	o.NumEnvs, o.Autoreset = 1, env.Disabled
	v, canSnapshot, err := c.make(ctx, o)
	if err != nil {
		return nil, err
	}
	e := &environment{vector: v}
	if canSnapshot {
		return &snapshotEnvironment{e}, nil
	}
	return e, nil
}

// MakeVec opens a session of NumEnvs environments. Close it to free the
// session.
func (c *Client) MakeVec(ctx context.Context, o MakeOptions) (*Vector, error) {
	v, _, err := c.make(ctx, o)
	return v, err
}

func (c *Client) make(ctx context.Context, o MakeOptions) (*Vector, bool, error) {
	n := max(o.NumEnvs, 1)
	request := &trailblazerv1.MakeRequest{
		EnvId:         o.Env,
		Scenario:      o.Scenario,
		ConfigJson:    string(o.Config),
		NumEnvs:       uint32(n),
		AutoresetMode: wire.FromMode(o.Autoreset),
		RequestId:     o.RequestID,
		Label:         o.Label,
	}
	if request.RequestId == "" {
		request.RequestId = rand.Text()
	}
	if r := o.Record; r != nil {
		request.Record = &trailblazerv1.Recording{Dataset: r.Dataset, Policy: r.Policy, Split: r.Split}
	}
	if o.Lease > 0 {
		request.Lease = durationpb.New(o.Lease)
	}
	response, err := retried(ctx, c, func(ctx context.Context) (*trailblazerv1.MakeResponse, error) {
		return c.rpc.Make(ctx, request)
	})
	if err != nil {
		return nil, false, err
	}
	spec, err := wire.ToSpec(response.GetSpec())
	if err != nil {
		return nil, false, fmt.Errorf("the server's spec of %s: %w", o.Env, err)
	}
	v := newVector(c, spec, wire.LeavesOf(spec), response.GetSession())
	return v, response.GetSpec().GetCanSnapshot(), nil
}
