package traj

import "encoding/json"

// Episode is one episode's steps, and where they came from.
type Episode struct {
	Header
	// Policies are the names that FieldPolicy counts. Without any, all steps
	// are of Header.Policy.
	Policies []string
	// Steps has all fields of the schema. A Writer fills in FieldEpisode.
	Steps *Frame
	// Initial has the info fields: what the reset showed.
	Initial *Frame
	// Final has the observation and mask fields: what the last step showed.
	Final *Frame
	// Start is the state that the environment saved at the start, where no seed
	// tells how to get there; nil elsewhere.
	Start []byte
}

// Header is what the table of episodes says of one.
type Header struct {
	// ID is the episode's number in its data set; a Writer gives it.
	ID int64
	// Source tells the episode from all others of those who add to the data
	// set, so that one which is sent twice is kept once; empty where nothing
	// is sent twice.
	Source string
	// Policy says who acted: a policy's name, or several joined by "+".
	Policy string
	// Scenario and ScenarioHash say what was played: the name, and the content
	// hash in hex.
	Scenario, ScenarioHash string
	// Seed is what the episode was reset with, if Seeded; in a scenario of
	// fixed order it is the number of the episode.
	Seed   uint64
	Seeded bool
	// PolicySeed is what the policy was reset with.
	PolicySeed uint64
	// ResetOptions is nil or the JSON object that reset was called with.
	ResetOptions json.RawMessage
	// Complete says that the environment ended the episode; others were left
	// before their end.
	Complete bool
	// Split is the part of the data set that it is in: "train" as a rule.
	Split string
	// Steps, Return, Terminated and Truncated sum up its steps. A Writer
	// computes them.
	Steps                 int
	Return                float64
	Terminated, Truncated bool

	// Shard, Group and Row say where it lies: the shard's place in the set,
	// the row group's in the shard, the first row's in the group.
	Shard, Group, Row int
}
