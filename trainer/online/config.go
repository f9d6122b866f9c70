package online

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/train"
)

// Config is all that decides what a run learns, beside the data that its
// environments play. [ParseConfig] fills in what is left out.
type Config struct {
	// Description says in a line what the run is for.
	Description string `json:"description"`
	// Seed draws fresh weights, episodes, actions, and the order of learning.
	Seed uint64 `json:"seed"`
	// Environment is the versioned id ("trailblazer/ABR-v0"), Scenario the one
	// that is played, empty for the default one.
	Environment string `json:"environment"`
	Scenario    string `json:"scenario"`
	// EnvironmentConfig is laid over the scenario's settings.
	EnvironmentConfig json.RawMessage `json:"environment_config"`
	// AllowTest allows a scenario that is meant for validation or tests: what it
	// measures is no measure of quality any more.
	AllowTest bool `json:"allow_test"`
	// Environments are played at the same time; each Copies neighbours play the
	// same episodes.
	Environments int `json:"environments"`
	Copies       int `json:"copies"`
	// Clock is the array of info that tells the time by which the baselines of
	// groups compare ("wall_ms"); empty compares by steps.
	Clock string `json:"clock"`
	// Expert labels states, by its name in the catalog; empty for nobody.
	Expert string `json:"expert"`
	// LeastValue leaves out episodes that can bring less than this from their
	// start on, as far as the expert knows: dead links, which would outweigh all
	// others. Nil keeps all.
	LeastValue *float64 `json:"least_value"`
	Model      Model    `json:"model"`
	Features   Features `json:"features"`
	Critic     Critic   `json:"critic"`
	// Normalise is how many steps of each environment are played, by fresh
	// weights, to measure the scales of the features before anything is learned;
	// 0 takes the scales as they are.
	Normalise  int        `json:"normalise"`
	Curriculum Curriculum `json:"curriculum"`
	Optimizer  Optimizer  `json:"optimizer"`
	// Average is how much of the running mean of the weights stays with each
	// iteration; the mean is what is validated and kept. 0 stands for no mean.
	Average    float32    `json:"average"`
	Stages     []Stage    `json:"stages"`
	Validation Validation `json:"validation"`
	Record     Record     `json:"record"`
	// LogEvery is how many iterations a point of training is the mean of.
	LogEvery int `json:"log_every"`
	// SaveSeconds is how much work a process that is killed may lose.
	SaveSeconds float64 `json:"save_seconds"`
}

// Model says what the network is made of.
type Model struct {
	// Preset is one of package model's. A run that begins with another's weights
	// has its model, and of this only the objective and the head's deviation.
	Preset string `json:"preset"`
	// Backbone and Task are laid over the preset's model.Backbone and
	// model.Task.
	Backbone json.RawMessage `json:"backbone"`
	Task     json.RawMessage `json:"task"`
}

// Features say what the model is shown. Empty lists stand for what package
// feature shows by default.
type Features struct {
	// Vector, Nodes, Jobs and Global name inputs; of a Vector also groups of them
	// ("throughput" for "throughput[-1]", "throughput[-2]" and so on), and with a
	// "-" before them what is left out ("-recv_max_2s").
	Vector []string `json:"vector"`
	Nodes  []string `json:"nodes"`
	Jobs   []string `json:"jobs"`
	Global []string `json:"global"`
	// Clip bounds every input, once scaled; 0 stands for the default.
	Clip float64 `json:"clip"`
	// Value is the scale of a real action; nil stands for the default.
	Value *feature.Value `json:"value"`
}

// Critic is the network that values states; it is there in training alone.
type Critic struct {
	// Width and Layers are those of its hidden layers.
	Width  int `json:"width"`
	Layers int `json:"layers"`
	// Privileged are arrays of info that it sees beside what the model is shown,
	// such as the bandwidth to come.
	Privileged []string `json:"privileged"`
}

// Optimizer is AdamW's, of the model and of the critic.
type Optimizer struct {
	Beta1       float32 `json:"beta1"`
	Beta2       float32 `json:"beta2"`
	Eps         float32 `json:"eps"`
	WeightDecay float32 `json:"weight_decay"`
	// ClipNorm bounds the norm of the gradients; 0 stands for no bound.
	ClipNorm float32 `json:"clip_norm"`
}

// Validation says when models are measured, and by what.
type Validation struct {
	// Every is how many iterations lie between validations; the last one is
	// followed by one.
	Every int `json:"every"`
	// Patience is how many validations without a better one end the run; 0
	// stands for no end before the last iteration.
	Patience int `json:"patience"`
	// Play is what is played.
	Play train.Scenario `json:"play"`
}

// Record says what of the episodes that experts label is kept as a data set, in
// the folder "data" of the run.
type Record struct {
	// Every is how many iterations with labels lie between those whose episodes
	// are kept; 0 keeps none.
	Every int `json:"every"`
	// MaxSteps ends it.
	MaxSteps int `json:"max_steps"`
}

// ParseConfig reads a Config from JSON, strictly. Errors are *env.FieldError.
func ParseConfig(raw json.RawMessage) (*Config, error) {
	c := Default()
	if err := jsonconfig.Decode("config", raw, c); err != nil {
		return nil, err
	}
	return c, c.Validate()
}

// JSON is the config with all its fields: equal configs have equal bytes.
func (c *Config) JSON() json.RawMessage { return jsonconfig.Encode(*c) }

// Iterations are those of all stages.
func (c *Config) Iterations() int {
	n := 0
	for i := range c.Stages {
		n += c.Stages[i].Iterations
	}
	return n
}

// Task is the model's name of the environment: of "trailblazer/ABR-v0" it is
// "abr".
func (c *Config) Task() string { return train.TaskName(c.Environment) }

// Labelled reports whether anything is learned from an expert.
func (c *Config) Labelled() bool {
	for i := range c.Stages {
		if c.Stages[i].asks() {
			return true
		}
	}
	return c.LeastValue != nil
}

// expert is the one that labels in a stage.
func (c *Config) expert(s *Stage) string { return cmp.Or(s.Expert, c.Expert) }

// Experts are all from whom something is learned, in the order in which it is.
func (c *Config) Experts() []string {
	var names []string
	for i := range c.Stages {
		if name := c.expert(&c.Stages[i]); name != "" && c.Stages[i].asks() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Judge is the expert that says which episodes are worth learning from; empty where
// all are.
func (c *Config) Judge() string {
	if c.LeastValue == nil {
		return ""
	}
	return c.Expert
}

// String is a line for people: what is trained, and how.
func (c *Config) String() string {
	var stages []string
	for i := range c.Stages {
		stages = append(stages, fmt.Sprintf("%d iterations of %s", c.Stages[i].Iterations, c.Stages[i].Algorithm))
	}
	return c.Task() + " by " + strings.Join(stages, ", then ")
}
