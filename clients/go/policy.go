package client

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/internal/wire"
)

// PolicyInfo is what a server says of a policy.
type PolicyInfo struct {
	Name, Description string
	// Environments are the ids of those that it can act in.
	Environments []string
	// ContentHash is the SHA-256 of a trained network, in hex; empty for a rule.
	ContentHash string
}

// PolicyOptions says whom to ask, and what about.
type PolicyOptions struct {
	// Policy is empty for the first that the server lists.
	Policy string
	// Env, Scenario and Config say what the environments show, as in MakeOptions;
	// they need not run on the server. An empty Env stands for the policy's first.
	Env, Scenario string
	Config        json.RawMessage
	// NumEnvs is how many environments it acts in; 0 stands for 1.
	NumEnvs int
	// Lease is how long the seat outlives its last use; 0 leaves it to the server.
	Lease time.Duration
}

// Policies lists those that the server has.
func (c *Client) Policies(ctx context.Context) ([]PolicyInfo, error) {
	rpc := c.policyService()
	response, err := retried(ctx, c, func(ctx context.Context) (*trailblazerv1.ListPoliciesResponse, error) {
		return rpc.ListPolicies(ctx, &trailblazerv1.ListPoliciesRequest{})
	})
	if err != nil {
		return nil, err
	}
	list := make([]PolicyInfo, len(response.GetPolicies()))
	for i, p := range response.GetPolicies() {
		list[i] = policyInfo(p)
	}
	return list, nil
}

func policyInfo(p *trailblazerv1.ServedPolicy) PolicyInfo {
	return PolicyInfo{Name: p.GetName(), Description: p.GetDescription(), Environments: p.GetEnvIds(), ContentHash: p.GetContentHash()}
}

func (c *Client) policyService() trailblazerv1connect.PolicyServiceClient {
	return trailblazerv1connect.NewPolicyServiceClient(c.http, c.base, c.rpcOptions...)
}

// Policy is a seat at a policy on a server. It remembers the episodes of its
// environments there. With one environment it is an env.Policy; with more,
// [Policy.Ask] asks for all at once. It is not safe for concurrent use.
type Policy struct {
	client *Client
	rpc    trailblazerv1connect.PolicyServiceClient
	info   PolicyInfo
	spec   *env.Spec
	leaves *wire.Leaves
	inputs env.Inputs
	ends   bool
	// follows says that it wants to know what was done.
	follows bool
	n       int
	closed  bool

	request trailblazerv1.ActRequest
	next    uint64
	// unsure says that the outcome of the last call is not known, so that the
	// server's index may be ahead by one.
	unsure bool

	// What calls reuse.
	observation, infos []*trailblazerv1.Tensor
	action             env.Arrays
	taken              env.Arrays // Of the one environment.
	told               bool       // What was taken is still to be sent.
	// stale says that it was sent already, in a call that failed.
	stale      bool
	one        env.Batch // Of the one environment.
	start, end [1]bool
	seed       [1]uint64
	live       bool
}

// Policy opens a seat. Close it to free what the server keeps for it.
func (c *Client) Policy(ctx context.Context, o PolicyOptions) (*Policy, error) {
	request := &trailblazerv1.OpenPolicyRequest{
		Policy: o.Policy, EnvId: o.Env, Scenario: o.Scenario, ConfigJson: string(o.Config), NumEnvs: uint32(max(o.NumEnvs, 1)),
	}
	if o.Lease > 0 {
		request.Lease = durationpb.New(o.Lease)
	}
	rpc := c.policyService()
	response, err := retried(ctx, c, func(ctx context.Context) (*trailblazerv1.OpenPolicyResponse, error) {
		return rpc.OpenPolicy(ctx, request)
	})
	if err != nil {
		return nil, err
	}
	spec, err := wire.ToSpec(response.GetSpec())
	if err != nil {
		return nil, fmt.Errorf("the server's spec of %s: %w", o.Env, err)
	}
	in := response.GetInputs()
	p := &Policy{
		client: c, rpc: rpc, info: policyInfo(response.GetPolicy()), spec: spec, leaves: wire.LeavesOf(spec),
		inputs: env.Inputs{Info: in.GetInfo(), Reward: in.GetReward(), Context: int(in.GetContext())}, ends: in.GetEnd(),
		follows: in.GetTaken(), n: int(response.GetNumEnvs()), next: response.GetNextIndex(),
	}
	p.request.SeatId = response.GetSeatId()
	p.observation, p.infos = wire.NewTensors(p.leaves.Observation), wire.NewTensors(p.leaves.Info)
	return p, nil
}

// Info is what the server says of the policy.
func (p *Policy) Info() PolicyInfo { return p.info }

// Spec declares what the policy is shown, and asked for.
func (p *Policy) Spec() *env.Spec { return p.spec }

// Len returns the number of environments.
func (p *Policy) Len() int { return p.n }

// Inputs implements env.Reader.
func (p *Policy) Inputs() env.Inputs { return p.inputs }

// Question is what environments show, for which actions are asked.
type Question struct {
	// Shown has a row for each environment. Infos and rewards are sent where the
	// policy looks at them; its flags are not looked at.
	Shown *env.Batch
	// Start marks environments whose episode begins here; where none is running,
	// one begins in any case. End marks those whose episode has ended with what
	// they show: they are not asked. Nil marks none.
	Start, End []bool
	// Seeds are of the policy's own randomness in episodes that begin: empty (the
	// server draws them), one (environment i gets Seeds[0]+i), or one for each.
	Seeds []uint64
	// Taken has a row for each environment: what they did since the last
	// question, where that was not all as answered; nil if it was. It is sent
	// where the policy looks back on actions.
	Taken env.Arrays
}

// Ask returns the actions, which are valid until the next call. Where the call
// took longer than ctx allows, whether the policy has seen the question is not
// known; the next call finds out, and goes on.
func (p *Policy) Ask(ctx context.Context, q Question) (env.Arrays, error) {
	if p.closed {
		return nil, env.ErrClosed
	}
	r := &p.request
	wire.Fill(p.observation, q.Shown.Observation, p.n)
	defer wire.Clear(p.observation, p.leaves.Observation)
	r.Observation, r.Info, r.Reward, r.Start, r.End, r.Seeds, r.Taken = p.observation, nil, nil, nil, nil, q.Seeds, nil
	if p.inputs.Info {
		wire.Fill(p.infos, q.Shown.Info, p.n)
		defer wire.Clear(p.infos, p.leaves.Info)
		r.Info = p.infos
	}
	if p.inputs.Reward {
		r.Reward = wire.FromFloat64s(q.Shown.Reward[:p.n])
	}
	if p.follows && q.Taken != nil {
		r.Taken = wire.Copy(p.leaves.Action, q.Taken, p.n)
	}
	if q.Start != nil {
		r.Start = wire.FromBools(q.Start)
	}
	if q.End != nil {
		r.End = wire.FromBools(q.End)
	}
	response, err := p.send(ctx)
	if index, ok := asIndexError(err); ok && p.unsure && index.Expected == p.next+1 {
		// The call whose reply was lost was answered.
		p.next = index.Expected
		if p.stale {
			r.Taken, p.told = nil, false // That call has told it.
		}
		response, err = p.send(ctx)
	}
	p.unsure = err != nil && (p.unsure || lost(err))
	if err != nil {
		return nil, err
	}
	p.next = response.GetNextIndex()
	if p.action, err = wire.Decode(p.action, "action", response.GetAction(), p.leaves.Action, p.n); err != nil {
		return nil, malformed(err)
	}
	return p.action, nil
}

func (p *Policy) send(ctx context.Context) (*trailblazerv1.ActResponse, error) {
	p.request.Index = p.next
	return retried(ctx, p.client, func(ctx context.Context) (*trailblazerv1.ActResponse, error) {
		return p.rpc.Act(ctx, &p.request)
	})
}

// Reset implements env.Policy: the next Act begins an episode.
func (p *Policy) Reset(seed uint64) { p.seed[0], p.live, p.told = seed, false, false }

// Act implements env.Policy for a seat with one environment.
func (p *Policy) Act(in *env.Batch, row int, action env.Arrays) error {
	p.start[0], p.end[0] = !p.live, false
	chosen, err := p.askOne(in, row)
	if err != nil {
		return err
	}
	p.live = true
	action.CopyRow(row, chosen, 0)
	return nil
}

// Took implements env.Follower for a seat with one environment: the next question
// tells the server.
func (p *Policy) Took(_ *env.Batch, row int, action env.Arrays) error {
	if !p.follows {
		return nil
	}
	if p.taken == nil {
		p.taken = env.NewArrays(p.leaves.Action, 1)
	}
	p.taken.CopyRow(0, action, row)
	p.told, p.stale = true, false
	return nil
}

// EndEpisode implements env.EpisodeEnder for a seat with one environment. It
// tells those who want to know.
func (p *Policy) EndEpisode(in *env.Batch, row int) error {
	if !p.ends || !p.live {
		return nil
	}
	p.start[0], p.end[0] = false, true
	_, err := p.askOne(in, row)
	p.live = false
	return err
}

// askOne shows a row to a seat with one environment.
func (p *Policy) askOne(in *env.Batch, row int) (env.Arrays, error) {
	if p.n != 1 {
		return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("a seat with %d environments", p.n), Remedy: "call Ask, which asks for all at once"}
	}
	p.one.Observation = oneRow(p.one.Observation, in.Observation, row)
	if p.inputs.Info {
		p.one.Info = oneRow(p.one.Info, in.Info, row)
	}
	p.one.Reward = in.Reward[row : row+1]
	q := Question{Shown: &p.one, Start: p.start[:], End: p.end[:], Seeds: p.seed[:]}
	if p.told {
		q.Taken = p.taken
	}
	chosen, err := p.Ask(context.Background(), q)
	p.told = p.told && err != nil
	p.stale = p.told
	return chosen, err
}

// Close gives up the seat.
func (p *Policy) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	_, err := retried(context.Background(), p.client, func(ctx context.Context) (*trailblazerv1.ClosePolicyResponse, error) {
		return p.rpc.ClosePolicy(ctx, &trailblazerv1.ClosePolicyRequest{SeatId: p.request.GetSeatId()})
	})
	return err
}
