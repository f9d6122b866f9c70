package decision

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/wire"
)

// ListPolicies implements trailblazerv1connect.PolicyServiceHandler.
func (s *Service) ListPolicies(context.Context, *trailblazerv1.ListPoliciesRequest) (*trailblazerv1.ListPoliciesResponse, error) {
	response := new(trailblazerv1.ListPoliciesResponse)
	for i := range s.policies {
		response.Policies = append(response.Policies, s.policies[i].row())
	}
	return response, nil
}

func (p *Policy) row() *trailblazerv1.ServedPolicy {
	return &trailblazerv1.ServedPolicy{Name: p.Name, Description: p.Description, EnvIds: p.Environments, ContentHash: p.ContentHash}
}

// place is what a request names: a policy in an environment.
type place interface {
	GetPolicy() string
	GetEnvId() string
	GetScenario() string
	GetConfigJson() string
}

// find returns the policy of a request, and the spec of what it is to act in.
func (s *Service) find(at place) (*Policy, *env.Spec, error) {
	p := &s.policies[0]
	if name := at.GetPolicy(); name != "" {
		i := slices.IndexFunc(s.policies, func(p Policy) bool { return p.Name == name })
		if i < 0 {
			known := make([]string, len(s.policies))
			for k := range s.policies {
				known[k] = s.policies[k].Name
			}
			return nil, nil, &env.NotFoundError{Kind: "policy", Name: name, Known: known}
		}
		p = &s.policies[i]
	}
	id := at.GetEnvId()
	if id == "" {
		id = p.Environments[0]
	}
	if !slices.Contains(p.Environments, id) {
		return nil, nil, &env.FieldError{Field: "env_id", Value: strconv.Quote(id) + ", in which " + p.Name + " can't act", Remedy: "name one of " + quoted(p.Environments)}
	}
	var config json.RawMessage
	if text := at.GetConfigJson(); text != "" {
		if !json.Valid([]byte(text)) {
			return nil, nil, &env.FieldError{Field: "config_json", Value: "no JSON", Remedy: "give a JSON object"}
		}
		config = json.RawMessage(text)
	}
	factory, err := s.catalog.Factory(id, at.GetScenario(), config)
	if err != nil {
		return nil, nil, err
	}
	return p, factory.Spec(), nil
}

func quoted(names []string) string {
	text := ""
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += strconv.Quote(name)
	}
	return text
}

// DescribePolicy implements trailblazerv1connect.PolicyServiceHandler.
func (s *Service) DescribePolicy(_ context.Context, request *trailblazerv1.DescribePolicyRequest) (*trailblazerv1.DescribePolicyResponse, error) {
	p, spec, err := s.find(request)
	if err != nil {
		return nil, err
	}
	one, err := newPolicy(p, spec)
	if err != nil {
		return nil, err
	}
	return &trailblazerv1.DescribePolicyResponse{Policy: p.row(), Spec: wire.FromSpec(spec, false), Inputs: inputsOf(one)}, nil
}

func inputsOf(p env.Policy) *trailblazerv1.PolicyInputs {
	inputs := env.InputsOf(p)
	_, ends := p.(env.EpisodeEnder)
	_, follows := p.(env.Follower)
	return &trailblazerv1.PolicyInputs{Info: inputs.Info, Reward: inputs.Reward, End: ends, Context: uint32(inputs.Context), Taken: follows}
}

// OpenPolicy implements trailblazerv1connect.PolicyServiceHandler.
func (s *Service) OpenPolicy(ctx context.Context, request *trailblazerv1.OpenPolicyRequest) (*trailblazerv1.OpenPolicyResponse, error) {
	p, spec, err := s.find(request)
	if err != nil {
		return nil, err
	}
	owner, n := envserver.Owner(ctx), max(int(request.GetNumEnvs()), 1)
	if err := s.seats.reserve(owner, n); err != nil {
		return nil, err
	}
	sat, err := s.newSeat(owner, p, spec, n, s.cut(request.GetLease()))
	if err != nil {
		s.seats.release(owner, n)
		return nil, err
	}
	response := &trailblazerv1.OpenPolicyResponse{
		SeatId: sat.id, NumEnvs: uint32(n), Lease: durationpb.New(sat.lease), ExpiresAt: timestamppb.New(time.Unix(0, sat.expires.Load())),
		Policy: p.row(), Spec: wire.FromSpec(spec, false), Inputs: inputsOf(sat.policies[0]),
	}
	s.seats.put(sat)
	return response, nil
}

// cut returns a lease within the service's bounds.
func (s *Service) cut(lease *durationpb.Duration) time.Duration {
	if lease == nil {
		return s.options.DefaultLease
	}
	return min(lease.AsDuration(), s.options.MaxLease)
}

// Act implements trailblazerv1connect.PolicyServiceHandler.
func (s *Service) Act(ctx context.Context, request *trailblazerv1.ActRequest) (response *trailblazerv1.ActResponse, err error) {
	sat, err := s.seats.get(envserver.Owner(ctx), request.GetSeatId())
	if err != nil {
		return nil, err
	}
	if err := sat.enter(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = &outOfStepError{vector.NewPanicError(r)}
		}
		var broken *outOfStepError
		if errors.As(err, &broken) {
			sat.close(s.seats)
		}
		sat.leave(s.options.Clock.Now())
	}()
	response, acted, err := sat.act(ctx, request, s.hashSeed)
	s.metrics.decisions.Add(float64(acted))
	return response, err
}

// ActStream implements trailblazerv1connect.PolicyServiceHandler.
func (s *Service) ActStream(ctx context.Context, stream *connect.BidiStream[trailblazerv1.ActStreamRequest, trailblazerv1.ActStreamResponse]) error {
	for {
		request, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
		response, err := s.Act(ctx, request.GetAct())
		if err != nil {
			return err
		}
		if err := stream.Send(&trailblazerv1.ActStreamResponse{Act: response}); err != nil {
			return err
		}
	}
}

// ClosePolicy implements trailblazerv1connect.PolicyServiceHandler. It waits for
// a call that is running.
func (s *Service) ClosePolicy(ctx context.Context, request *trailblazerv1.ClosePolicyRequest) (*trailblazerv1.ClosePolicyResponse, error) {
	sat, err := s.seats.get(envserver.Owner(ctx), request.GetSeatId())
	if err != nil {
		return new(trailblazerv1.ClosePolicyResponse), nil // It is gone already.
	}
	if err := sat.enter(ctx); err == nil {
		sat.close(s.seats)
		sat.leave(s.options.Clock.Now())
	} else if ctx.Err() != nil {
		return nil, err
	}
	return new(trailblazerv1.ClosePolicyResponse), nil
}
