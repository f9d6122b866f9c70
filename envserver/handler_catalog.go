package envserver

import (
	"context"
	"encoding/json"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

// List implements trailblazerv1connect.EnvServiceHandler.
func (s *service) List(context.Context, *trailblazerv1.ListRequest) (*trailblazerv1.ListResponse, error) {
	environments := s.catalog.Environments()
	response := &trailblazerv1.ListResponse{Environments: make([]*trailblazerv1.Environment, len(environments))}
	for i := range environments {
		response.Environments[i] = wire.FromEnvironment(&environments[i])
	}
	return response, nil
}

// Describe implements trailblazerv1connect.EnvServiceHandler.
func (s *service) Describe(_ context.Context, request *trailblazerv1.DescribeRequest) (*trailblazerv1.DescribeResponse, error) {
	h, err := s.find(request.GetEnvId(), request.GetScenario(), request.GetConfigJson())
	if err != nil {
		return nil, err
	}
	return &trailblazerv1.DescribeResponse{Spec: wire.FromSpec(h.spec, h.canSnapshot)}, nil
}

// find looks up what sessions of an environment share.
func (s *Server) find(id, scenario, config string) (*shared, error) {
	var raw json.RawMessage
	if config != "" {
		if !json.Valid([]byte(config)) {
			return nil, &env.FieldError{Field: "config_json", Value: abbreviate(config), Remedy: "give a JSON object"}
		}
		raw = json.RawMessage(config)
	}
	factory, err := s.catalog.Factory(id, scenario, raw)
	if err != nil {
		return nil, err
	}
	return s.sessions.sharedOf(factory)
}
