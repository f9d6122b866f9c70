package traj

import (
	"encoding/json"

	"trailblazer/api/env"
	"trailblazer/internal/spacejson"
)

// Info describes a data set. It is meta/info.json, and the value of the key
// "trailblazer" in the footer of every shard, where the statistics are the
// shard's own.
type Info struct {
	// SchemaVersion is the version of the files' layout.
	SchemaVersion int `json:"schema_version"`
	// Environment is the versioned id ("trailblazer/ABR-v0").
	Environment string `json:"environment"`
	// Observation, Action and InfoSpace are the spaces, as internal/spacejson
	// writes them.
	Observation json.RawMessage  `json:"observation_space"`
	Action      json.RawMessage  `json:"action_space"`
	InfoSpace   json.RawMessage  `json:"info_space"`
	RewardLow   spacejson.Number `json:"reward_low"`
	RewardHigh  spacejson.Number `json:"reward_high"`
	// MaxEpisodeSteps is the longest possible episode; 0 means no limit.
	MaxEpisodeSteps int    `json:"max_episode_steps,omitempty"`
	Labels          Labels `json:"labels"`
	// Scenarios are those that were played, by their content hashes.
	Scenarios []ScenarioInfo `json:"scenarios"`
	// Command is how the data set was made, as its maker typed it; empty where
	// sessions recorded it.
	Command string `json:"command,omitempty"`
	// Reference holds what a floor policy and the best known one reach, for
	// normalised scores.
	Reference []Reference `json:"reference,omitempty"`
	// Statistics sums up the steps. Those of a set follow from those of its
	// shards.
	Statistics Statistics `json:"statistics"`
	// Shards lists what the set consists of, in order; a footer has none.
	Shards []ShardInfo `json:"shards,omitempty"`
}

// ScenarioInfo is what it takes to play a scenario again.
type ScenarioInfo struct {
	Name        string            `json:"name"`
	ContentHash string            `json:"content_hash"`
	DataHashes  map[string]string `json:"data_hashes,omitempty"`
	Config      json.RawMessage   `json:"config,omitempty"`
	Metadata    json.RawMessage   `json:"metadata,omitempty"`
	// Episodes is the number of episodes in a fixed order; 0 where seeds draw
	// them.
	Episodes int `json:"episodes,omitempty"`
}

// Reference is a score that others are compared with.
type Reference struct {
	Scenario string `json:"scenario"`
	// ScenarioHash is the content hash of what was played: scores in another
	// scenario of the same name don't compare. Older files leave it out; it is
	// then that of the only scenario of the name, or empty where there are
	// several.
	ScenarioHash string `json:"scenario_hash,omitempty"`
	// Kind is "floor" or "best".
	Kind   string `json:"kind"`
	Policy string `json:"policy"`
	// Return is the mean return of an episode, over so many episodes from seed
	// on.
	Return   float64 `json:"return"`
	Episodes int     `json:"episodes"`
	Seed     uint64  `json:"seed"`
}

// Statistics sums up steps and episodes.
type Statistics struct {
	Episodes int `json:"episodes"`
	Complete int `json:"complete_episodes"`
	Steps    int `json:"steps"`
	// Return and Length are over episodes, Columns over steps, by column.
	Return   Summary            `json:"episode_return"`
	Length   Summary            `json:"episode_steps"`
	Policies map[string]Count   `json:"policies"`
	Columns  map[string]Summary `json:"columns"`
}

// Count sums up the episodes of one policy.
type Count struct {
	Episodes int     `json:"episodes"`
	Steps    int     `json:"steps"`
	Return   Summary `json:"episode_return"`
}

// Summary sums up numbers.
type Summary struct {
	// Count is the number of finite ones, over which the rest is; NotFinite
	// that of the others. Std divides by Count.
	Count     int     `json:"count"`
	NotFinite int     `json:"not_finite,omitempty"`
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
	Mean      float64 `json:"mean"`
	Std       float64 `json:"std"`
}

// ShardInfo is one shard of a set.
type ShardInfo struct {
	// Name is that of its files, without directory and ending:
	// "train-00000".
	Name     string `json:"name"`
	Split    string `json:"split"`
	Episodes int    `json:"episodes"`
	Steps    int    `json:"steps"`
	Bytes    int64  `json:"bytes"`
	// SHA256 is that of the file of steps, EpisodesSHA256 that of the file of
	// episodes, in hex.
	SHA256         string `json:"sha256"`
	EpisodesSHA256 string `json:"episodes_sha256"`
}

// ScenarioOf describes the scenario of a spec.
func ScenarioOf(spec *env.Spec) ScenarioInfo {
	return ScenarioInfo{Name: spec.Scenario, ContentHash: spec.ContentHash, DataHashes: spec.DataHashes,
		Config: spec.Config, Metadata: spec.Metadata, Episodes: spec.Episodes}
}
