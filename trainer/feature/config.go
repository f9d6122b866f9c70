package feature

import (
	"encoding/json"
	"fmt"
	"math"

	"trailblazer/internal/jsonconfig"
)

// Config says what a model is shown of one environment, on what scale, and what
// its decisions mean. Its JSON is stored with the model.
type Config struct {
	// Environment is the versioned id ("trailblazer/ABR-v0").
	Environment string `json:"environment"`
	// Vector lists the inputs that are elements of arrays.
	Vector []Number `json:"vector"`
	// Nodes, Jobs and Global list those of a cluster, by their names in
	// NodeFeatures, JobFeatures and GlobalFeatures. With the node input "wait" a
	// model may also wait: leave executors with the job that had them.
	Nodes  []Number `json:"nodes"`
	Jobs   []Number `json:"jobs"`
	Global []Number `json:"global"`
	// Clip bounds every input, once scaled, to ±Clip; 0 stands for no bound.
	Clip float64 `json:"clip"`
	// Value is the scale of a real action; it does not matter for others.
	Value     Value     `json:"value"`
	Condition Condition `json:"condition"`
}

// Number is one input.
type Number struct {
	Name string `json:"name"`
	// Log, where it is positive, puts sign(x)·log(1+|x|/Log) in the place of x.
	Log float64 `json:"log"`
	// Mean and Std are those of what remains. A Std of 0 stands for 1.
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
}

// Value is the scale of a real action a: the model's number is
// (log(max(a, Floor)) - r - Mean)/Std where Floor is positive, and
// (a - r - Mean)/Std else.
type Value struct {
	// Floor is the least action that is told from less, in the action's unit.
	Floor float64 `json:"floor"`
	// Reference names the element of the observation whose number r is, as the
	// environment shows it, an input of the model or not: on a logarithmic scale
	// where Floor is positive, and then at least log(Floor). Empty stands for 0.
	Reference string  `json:"reference"`
	Mean      float64 `json:"mean"`
	// Std is 0 for 1.
	Std float64 `json:"std"`
}

// Validate reports the first field that can't be, as an *env.FieldError.
func (c *Config) Validate() error {
	const path = "features"
	if c.Environment == "" {
		return jsonconfig.Refuse(path+".environment", `""`, "name the environment, such as trailblazer/ABR-v0")
	}
	for _, list := range []struct {
		field   string
		numbers []Number
	}{{"vector", c.Vector}, {"nodes", c.Nodes}, {"jobs", c.Jobs}, {"global", c.Global}} {
		if err := validateNumbers(path+"."+list.field, list.numbers); err != nil {
			return err
		}
	}
	if graph := len(c.Nodes) + len(c.Jobs) + len(c.Global); (len(c.Vector) > 0) == (graph > 0) {
		return jsonconfig.Refuse(path+".vector", fmt.Sprintf("a list of %d beside %d numbers of a cluster", len(c.Vector), graph), "list inputs of one kind")
	}
	for _, one := range []struct {
		field string
		value float64
	}{
		{"clip", c.Clip}, {"value.floor", c.Value.Floor}, {"value.std", c.Value.Std},
		{"condition.std", c.Condition.Std},
	} {
		if !(one.value >= 0) || math.IsInf(one.value, 1) {
			return jsonconfig.Refuse(path+"."+one.field, fmt.Sprint(one.value), "give a finite number of at least 0")
		}
	}
	for _, one := range []struct {
		field string
		value float64
	}{{"value.mean", c.Value.Mean}, {"condition.mean", c.Condition.Mean}, {"condition.target", c.Condition.Target}} {
		if !finite(one.value) {
			return jsonconfig.Refuse(path+"."+one.field, fmt.Sprint(one.value), "give a finite number")
		}
	}
	return c.Condition.validate(path + ".condition")
}

func validateNumbers(path string, numbers []Number) error {
	names := make(map[string]bool, len(numbers))
	for i, n := range numbers {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case names[n.Name]:
			return jsonconfig.Refuse(at+".name", jsonconfig.Quote(n.Name), "name each input once")
		case !(n.Log >= 0) || math.IsInf(n.Log, 1):
			return jsonconfig.Refuse(at+".log", fmt.Sprint(n.Log), "give a positive number, or 0 for a linear scale")
		case !finite(n.Mean):
			return jsonconfig.Refuse(at+".mean", fmt.Sprint(n.Mean), "give a finite number")
		case !(n.Std >= 0) || math.IsInf(n.Std, 1):
			return jsonconfig.Refuse(at+".std", fmt.Sprint(n.Std), "give a positive number, or 0 for 1")
		}
		names[n.Name] = true
	}
	return nil
}

func finite(x float64) bool { return x-x == 0 }

// ParseConfig reads a Config from JSON, strictly. Errors are *env.FieldError.
func ParseConfig(raw []byte) (Config, error) {
	var c Config
	if err := jsonconfig.Decode("features", raw, &c); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

// JSON is the config with all its fields: equal configs have equal bytes.
func (c *Config) JSON() json.RawMessage { return jsonconfig.Encode(*c) }
