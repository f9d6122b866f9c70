package train

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Config is all that decides what a run learns, beside the data.
type Config struct {
	// Seed draws fresh weights, the order of the data and dropout.
	Seed uint64 `json:"seed"`
	// Steps is how often the optimizer steps; a cosine schedule of 0 steps ends
	// there.
	Steps int `json:"steps"`
	// Accumulate is how many batches make one step.
	Accumulate int `json:"accumulate"`
	// ClipNorm bounds the norm of the gradients; 0 stands for no bound.
	ClipNorm float32 `json:"clip_norm"`
	// Average is how much of the running mean of the weights stays with each
	// step; the mean is what is validated and kept. 0 stands for no mean.
	Average   float32         `json:"average"`
	Optimizer Optimizer       `json:"optimizer"`
	Schedule  kernel.Schedule `json:"schedule"`
	// Backbone is what all tasks share.
	Backbone   model.Backbone `json:"backbone"`
	Tasks      []Task         `json:"tasks"`
	Validation Validation     `json:"validation"`
	// TargetQuantile is that of the returns of episodes, or of whatever else
	// models are conditioned on, that they aim at when they play.
	TargetQuantile float64 `json:"target_quantile"`
	// LogEvery is how many steps a point of training is the mean of.
	LogEvery int `json:"log_every"`
	// SaveSeconds is how much work a process that is killed may lose.
	SaveSeconds float64 `json:"save_seconds"`
}

// Optimizer is AdamW's.
type Optimizer struct {
	Beta1       float32 `json:"beta1"`
	Beta2       float32 `json:"beta2"`
	Eps         float32 `json:"eps"`
	WeightDecay float32 `json:"weight_decay"`
}

func (o Optimizer) kernel() kernel.AdamW {
	return kernel.AdamW{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: o.WeightDecay}
}

// Task is one environment's part of a run.
type Task struct {
	// Name is the model's name of the task.
	Name  string     `json:"name"`
	Model model.Task `json:"model"`
	// Features are what the model is shown, on a scale that is measured in the
	// data unless Measured says that it is.
	Features feature.Config `json:"features"`
	// Measured keeps the scales of Features as they are.
	Measured bool     `json:"measured"`
	Data     Data     `json:"data"`
	Scenario Scenario `json:"validation"`
}

// Data says which recorded steps a task learns, and how they come.
type Data struct {
	// Odds are how often the task is drawn, against the others.
	Odds float64 `json:"odds"`
	// Weights are how often the sequences of each of the task's data sets are
	// drawn, in the order in which they are named; none stands for their
	// numbers of steps.
	Weights []float64 `json:"weights"`
	// Policies, Scenarios and Splits select episodes; empty lists take all but
	// those that are held out.
	Policies  []string `json:"policies"`
	Scenarios []string `json:"scenarios"`
	Splits    []string `json:"splits"`
	// MinReturn and MinValue leave out episodes whose return, or whose expert's
	// value at the start, is less.
	MinReturn *float64 `json:"min_return"`
	MinValue  *float64 `json:"min_value"`
	// Window is how many steps a sequence has, 0 whole episodes; Stride how far
	// the next begins behind it, 0 for Window. The first Lead of a sequence are
	// not learned unless the episode begins with them: they only show what went
	// before.
	Window int `json:"window"`
	Stride int `json:"stride"`
	Lead   int `json:"lead"`
	// Batch is how many sequences make a batch; one of graphs has fewer once it
	// has so many Nodes, 0 for 65,536.
	Batch int `json:"batch"`
	Nodes int `json:"nodes"`
	// SkipExplored leaves out actions that exploration chose.
	SkipExplored bool `json:"skip_explored"`
	// HeldOut is the share of episodes that nothing is learned from, where the
	// data sets have no split for them, and HeldOutBy what of them stays
	// together: see feed.Holdout.
	HeldOut   float64 `json:"held_out"`
	HeldOutBy string  `json:"held_out_by"`
}

// Scenario is what a task's model plays in validation.
type Scenario struct {
	// Name is the scenario's, such as "abr/valid"; empty plays none.
	Name string `json:"scenario"`
	// Episodes are played with the seeds from Seed on; 0 stands for all of a
	// scenario of fixed order.
	Episodes int    `json:"episodes"`
	Seed     uint64 `json:"seed"`
	// Metric is what is measured, such as "reward": one of those of the
	// environment's report of which more or less is better. Empty stands for its
	// first.
	Metric string `json:"metric"`
	// LeastCeiling leaves out episodes in which even the policy with the score
	// 100 reaches less: dead links, whose standstill would outweigh all that
	// models do elsewhere. Nil keeps all.
	LeastCeiling *float64 `json:"least_ceiling"`
	// MostLoss is how far below the policy with the score 100 an episode counts in
	// scores at most, so that a few in which nearly all stand still don't outweigh
	// what models do in the others. 0 stands for no bound. Values stay as they are.
	MostLoss float64 `json:"most_loss"`
	// Test allows a scenario that is meant for tests: what is chosen by it is
	// no measure of quality in it any more.
	Test bool `json:"allow_test"`
}

// Validation says when models are measured.
type Validation struct {
	// Every is how many steps lie between validations.
	Every int `json:"every"`
	// Batches is how many batches of held-out episodes are measured of each
	// task at most; 0 stands for none.
	Batches int `json:"batches"`
	// Patience is how many validations without a better one end the run; 0
	// stands for no end before Steps.
	Patience int `json:"patience"`
}

// ParseConfig reads a Config from JSON, strictly. LoRA that only has a rank is
// completed: of queries and values, with an Alpha of twice the rank. Errors are
// *env.FieldError.
func ParseConfig(raw json.RawMessage) (*Config, error) {
	c, err := decodeConfig(raw)
	if err != nil {
		return nil, err
	}
	return c, c.Validate()
}

// decodeConfig is ParseConfig, for what is not valid yet.
func decodeConfig(raw json.RawMessage) (*Config, error) {
	c := new(Config)
	if err := jsonconfig.Decode("config", raw, c); err != nil {
		return nil, err
	}
	if l := &c.Backbone.LoRA; l.Rank > 0 {
		if len(l.Targets) == 0 {
			l.Targets = []string{"q", "v"}
		}
		if l.Alpha == 0 {
			l.Alpha = 2 * float64(l.Rank)
		}
	}
	return c, nil
}

// JSON is the config with all its fields: equal configs have equal bytes.
func (c *Config) JSON() json.RawMessage { return jsonconfig.Encode(*c) }

// ModelConfig is what the model is made of.
func (c *Config) ModelConfig() model.Config {
	m := model.Config{Backbone: c.Backbone}
	for i := range c.Tasks {
		m.Tasks = append(m.Tasks, c.Tasks[i].Model)
	}
	return m
}

// Features are those of all tasks, with what their models are conditioned on.
func (c *Config) Features() []feature.Config {
	var list []feature.Config
	for i := range c.Tasks {
		f := c.Tasks[i].Features
		f.Condition.Kind = c.Tasks[i].Model.Condition
		list = append(list, f)
	}
	return list
}

// schedule ends with the run unless it says where else.
func (c *Config) schedule() kernel.Schedule {
	s := c.Schedule
	if s.Steps == 0 {
		s.Steps = c.Steps
	}
	return s
}

// limit is a number with its bounds.
type limit struct {
	field     string
	value     float64
	low, high float64
	remedy    string
}

func refuseLimits(path string, limits ...limit) error {
	for _, l := range limits {
		if !(l.value >= l.low && l.value <= l.high) {
			return jsonconfig.Refuse(path+"."+l.field, strconv.FormatFloat(l.value, 'g', -1, 64), l.remedy)
		}
	}
	return nil
}

// Validate reports the first field that can't be, as an *env.FieldError.
func (c *Config) Validate() error {
	most := math.Inf(1)
	if err := refuseLimits("config",
		limit{"steps", float64(c.Steps), 1, most, "give at least 1"},
		limit{"accumulate", float64(c.Accumulate), 1, most, "give at least 1"},
		limit{"clip_norm", float64(c.ClipNorm), 0, math.MaxFloat32, "give a positive number, or 0 for no bound"},
		limit{"average", float64(c.Average), 0, 0.999999, "give a number below 1, such as 0.995, or 0 for none"},
		limit{"optimizer.beta1", float64(c.Optimizer.Beta1), math.SmallestNonzeroFloat32, 0.999999, "give a positive number below 1, such as 0.9"},
		limit{"optimizer.beta2", float64(c.Optimizer.Beta2), math.SmallestNonzeroFloat32, 0.999999, "give a positive number below 1, such as 0.999"},
		limit{"optimizer.eps", float64(c.Optimizer.Eps), math.SmallestNonzeroFloat32, 1, "give a small positive number, such as 1e-8"},
		limit{"optimizer.weight_decay", float64(c.Optimizer.WeightDecay), 0, 1000, "give a number of at least 0"},
		limit{"validation.every", float64(c.Validation.Every), 1, most, "give at least 1"},
		limit{"validation.batches", float64(c.Validation.Batches), 0, most, "give at least 1, or 0 for none"},
		limit{"target_quantile", c.TargetQuantile, 0, 1, "give a share from 0 to 1"},
		limit{"validation.patience", float64(c.Validation.Patience), 0, most, "give a number of validations, or 0 to go on to the end"},
		limit{"log_every", float64(c.LogEvery), 1, most, "give at least 1"},
		limit{"save_seconds", c.SaveSeconds, 0, most, "give at least 0"},
	); err != nil {
		return err
	}
	if err := c.schedule().Validate("config.schedule"); err != nil {
		return err
	}
	for i := range c.Tasks {
		if err := c.Tasks[i].validate("config.tasks." + c.Tasks[i].Name); err != nil {
			return err
		}
	}
	m := c.ModelConfig()
	return m.Validate()
}

func (t *Task) validate(path string) error {
	if t.Name != t.Model.Name {
		return jsonconfig.Refuse(path+".model.name", jsonconfig.Quote(t.Model.Name), "give the task's, "+strconv.Quote(t.Name))
	}
	d := &t.Data
	if err := refuseLimits(path+".data",
		limit{"odds", d.Odds, math.SmallestNonzeroFloat64, math.MaxFloat64, "give a positive number"},
		limit{"window", float64(d.Window), 0, math.Inf(1), "give a number of steps, or 0 for whole episodes"},
		limit{"stride", float64(d.Stride), 0, math.Inf(1), "give a number of steps, or 0 for the window's"},
		limit{"lead", float64(d.Lead), 0, math.Inf(1), "give a number of steps, less than the window has"},
		limit{"batch", float64(d.Batch), 1, math.Inf(1), "give at least 1"},
		limit{"nodes", float64(d.Nodes), 0, math.Inf(1), "give at least 0"},
		limit{"held_out", d.HeldOut, 0, 0.9, "give a share from 0 to 0.9"},
	); err != nil {
		return err
	}
	switch context := t.Model.Context; {
	case t.Model.Windowed && d.Window != context:
		return jsonconfig.Refuse(path+".data.window", strconv.Itoa(d.Window), fmt.Sprintf("give %d, the model's context: it plays by windows of so many steps", context))
	case d.Window > 0 && d.Window < context:
		return jsonconfig.Refuse(path+".data.window", strconv.Itoa(d.Window), fmt.Sprintf("give at least %d, the model's context, or 0 for whole episodes", context))
	}
	for i, w := range d.Weights {
		if err := refuseLimits(path+".data", limit{fmt.Sprintf("weights[%d]", i), w, math.SmallestNonzeroFloat64, math.MaxFloat64, "give a positive number; leave the data set out of the data to learn nothing from it"}); err != nil {
			return err
		}
	}
	if err := t.Scenario.Validate(path + ".validation"); err != nil {
		return err
	}
	return t.Features.Validate()
}

// Validate refuses a scenario that models must not be chosen by, and numbers of
// episodes that can't be, as an *env.FieldError below path.
func (s *Scenario) Validate(path string) error {
	if err := refuseLimits(path, limit{"episodes", float64(s.Episodes), 0, math.Inf(1), "give at least 1, or 0 for all of a scenario of fixed order"},
		limit{"most_loss", s.MostLoss, 0, math.Inf(1), "give a positive number in the unit of the metric, or 0 for no bound"}); err != nil {
		return err
	}
	if !s.Test && !trains(s.Name) {
		return jsonconfig.Refuse(path+".scenario", jsonconfig.Quote(s.Name),
			"choose models by a scenario of training or validation, such as abr/valid, cjs/train or cc/train: by this one their quality is to be measured; or say \"allow_test\": true")
	}
	return nil
}

// trains reports whether a scenario may choose models: by its name it is for
// training, for validation, or one's own.
func trains(scenario string) bool {
	_, name, _ := strings.Cut(scenario, "/")
	return scenario == "" || slices.ContainsFunc(strings.Split(name, "-"), func(word string) bool {
		return slices.Contains([]string{"train", "valid", "custom", "stationary"}, word)
	})
}

// String is a line for people: what is trained, and for how long.
func (c *Config) String() string {
	var names []string
	for i := range c.Tasks {
		names = append(names, c.Tasks[i].Name)
	}
	return fmt.Sprintf("%s for %d steps", strings.Join(names, ", "), c.Steps)
}
