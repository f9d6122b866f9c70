package model

import (
	"encoding/json"
	"fmt"
	"strconv"

	"trailblazer/internal/jsonconfig"
)

// Config is what a model is made of. Its JSON is stored beside the weights.
type Config struct {
	Backbone Backbone `json:"backbone"`
	// Tasks share the backbone; each has an encoder and heads of its own.
	Tasks []Task `json:"tasks"`
}

// ParseConfig reads a Config from JSON, strictly. Errors are *env.FieldError.
func ParseConfig(raw []byte) (Config, error) {
	var c Config
	if err := jsonconfig.Decode("model", raw, &c); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

// JSON is the config with all its fields: equal configs have equal bytes.
func (c *Config) JSON() json.RawMessage { return jsonconfig.Encode(*c) }

// Task finds a task by its name; -1 stands for none.
func (c *Config) Task(name string) int {
	for i := range c.Tasks {
		if c.Tasks[i].Name == name {
			return i
		}
	}
	return -1
}

// Validate reports the first field that can't be, as an *env.FieldError whose
// path is that of a training config: backbone.width, tasks.abr.model.context.
func (c *Config) Validate() error {
	if err := c.Backbone.validate("backbone"); err != nil {
		return err
	}
	if len(c.Tasks) == 0 {
		return jsonconfig.Refuse("tasks", "empty", "name at least one task")
	}
	for i := range c.Tasks {
		if first := c.Task(c.Tasks[i].Name); first != i {
			return jsonconfig.Refuse(fmt.Sprintf("tasks[%d].name", i), jsonconfig.Quote(c.Tasks[i].Name), "the tasks before have it too: give each a name of its own")
		}
		path := c.Tasks[i].path()
		if err := c.Tasks[i].validate(path); err != nil {
			return err
		}
		if err := c.fits(path, &c.Tasks[i]); err != nil {
			return err
		}
		if err := c.reads(path, &c.Tasks[i]); err != nil {
			return err
		}
	}
	return nil
}

// path is where a training config has the task.
func (t *Task) path() string { return "tasks." + t.Name + ".model" }

// fits checks that the table of learned positions is as long as the context
// that a task needs.
func (c *Config) fits(path string, t *Task) error {
	b := &c.Backbone
	if b.Positions != PositionsLearned {
		return nil
	}
	steps := max(t.Context, 1)
	if need := steps * t.slots(); need > b.MaxPositions {
		return jsonconfig.Refuse("backbone.max_positions", strconv.Itoa(b.MaxPositions),
			fmt.Sprintf("give at least %d for the %d steps of %s.context, or shorten the context", need, steps, path))
	}
	return nil
}

// reads checks that without layers, where tokens don't see each other, a task
// has no tokens but those that its heads read.
func (c *Config) reads(path string, t *Task) error {
	if c.Backbone.Layers > 0 {
		return nil
	}
	const remedy = ", or the backbone layers: without them no other token is seen"
	return refuse(path,
		check{t.Context == 1, "context", t.Context, "give 1" + remedy},
		check{t.Condition == ConditionNone, "condition", t.Condition, `give "none"` + remedy},
		check{!t.ActionTokens, "action_tokens", t.ActionTokens, "give false" + remedy},
		check{t.Encoder.Kind != EncoderVector || t.Encoder.tokens() == 1, "encoder.tokens", t.Encoder.Tokens, `give "joined"` + remedy})
}

// check is one condition that a field must meet.
type check struct {
	met    bool
	field  string
	value  any
	remedy string
}

// largest is the largest size that any one field can give: beyond it is a slip.
const largest = 1 << 17

// sizeFrom checks a size.
func sizeFrom(least int, field string, n int) check {
	remedy := fmt.Sprintf("give a number from %d to %d", least, largest)
	return check{n >= least && n <= largest, field, n, remedy}
}

// refuse reports the first check that is not met.
func refuse(path string, checks ...check) error {
	for _, c := range checks {
		if c.met {
			continue
		}
		text := fmt.Sprint(c.value)
		if s, ok := c.value.(string); ok {
			text = jsonconfig.Quote(s)
		}
		return jsonconfig.Refuse(path+"."+c.field, text, c.remedy)
	}
	return nil
}
