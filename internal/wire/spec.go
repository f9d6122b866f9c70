package wire

import (
	"errors"
	"fmt"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// FromSpec returns a spec as a message. canSnapshot says whether its
// environments save their state.
func FromSpec(s *env.Spec, canSnapshot bool) *trailblazerv1.EnvironmentSpec {
	info := FromSpace(s.Info)
	if info == nil {
		info = FromSpace(&env.Dict{})
	}
	return &trailblazerv1.EnvironmentSpec{
		Id:               s.ID,
		Scenario:         s.Scenario,
		ObservationSpace: FromSpace(s.Observation),
		ActionSpace:      FromSpace(s.Action),
		InfoSpace:        info,
		MaxEpisodeSteps:  int64(s.MaxEpisodeSteps),
		Episodes:         int64(s.Episodes),
		RewardLow:        s.RewardLow,
		RewardHigh:       s.RewardHigh,
		ContentHash:      s.ContentHash,
		ConfigJson:       string(s.Config),
		MetadataJson:     string(s.Metadata),
		CanSnapshot:      canSnapshot,
		DataHashes:       s.DataHashes,
	}
}

// ToSpec rebuilds a spec from a message and validates its spaces.
func ToSpec(m *trailblazerv1.EnvironmentSpec) (*env.Spec, error) {
	observation, err := ToSpace(m.GetObservationSpace())
	if err != nil {
		return nil, fmt.Errorf("observation space: %w", err)
	}
	action, err := ToSpace(m.GetActionSpace())
	if err != nil {
		return nil, fmt.Errorf("action space: %w", err)
	}
	info, err := ToSpace(m.GetInfoSpace())
	if err != nil {
		return nil, fmt.Errorf("info space: %w", err)
	}
	infoDict, ok := info.(*env.Dict)
	if !ok {
		return nil, errors.New("info space is no dict")
	}
	return &env.Spec{
		ID:              m.GetId(),
		Scenario:        m.GetScenario(),
		Observation:     observation,
		Action:          action,
		Info:            infoDict,
		MaxEpisodeSteps: clampInt(m.GetMaxEpisodeSteps()),
		Episodes:        clampInt(m.GetEpisodes()),
		RewardLow:       m.GetRewardLow(),
		RewardHigh:      m.GetRewardHigh(),
		ContentHash:     m.GetContentHash(),
		DataHashes:      m.GetDataHashes(),
		Config:          rawJSON(m.GetConfigJson()),
		Metadata:        rawJSON(m.GetMetadataJson()),
	}, nil
}

// FromEnvironment returns a catalog's row as a message.
func FromEnvironment(e *env.Environment) *trailblazerv1.Environment {
	scenarios := make([]*trailblazerv1.Scenario, len(e.Scenarios))
	for i, s := range e.Scenarios {
		scenarios[i] = &trailblazerv1.Scenario{
			Name:        s.Name,
			Description: s.Description,
			Episodes:    int64(s.Episodes),
			DataSource:  s.DataSource,
			Unavailable: s.Unavailable,
		}
	}
	return &trailblazerv1.Environment{
		Id:                e.ID,
		Description:       e.Description,
		Scenarios:         scenarios,
		DefaultScenario:   e.DefaultScenario,
		DefaultConfigJson: string(e.DefaultConfig),
		Policies:          e.Policies,
	}
}

// ToEnvironment rebuilds a catalog's row from a message.
func ToEnvironment(m *trailblazerv1.Environment) env.Environment {
	scenarios := make([]env.Scenario, len(m.GetScenarios()))
	for i, s := range m.GetScenarios() {
		scenarios[i] = env.Scenario{
			Name:        s.GetName(),
			Description: s.GetDescription(),
			Episodes:    clampInt(s.GetEpisodes()),
			DataSource:  s.GetDataSource(),
			Unavailable: s.GetUnavailable(),
		}
	}
	return env.Environment{
		ID:              m.GetId(),
		Description:     m.GetDescription(),
		Scenarios:       scenarios,
		DefaultScenario: m.GetDefaultScenario(),
		DefaultConfig:   rawJSON(m.GetDefaultConfigJson()),
		Policies:        m.GetPolicies(),
	}
}

func rawJSON(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}
