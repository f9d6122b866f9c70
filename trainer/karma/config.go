package karma

import (
	"fmt"
	"math"
	"strconv"

	"trailblazer/internal/jsonconfig"
)

// Config says how an estimator is made and trained. The zero value stands for
// the defaults.
type Config struct {
	// Samples is S, the number of throughputs that mean and variance are over, 1
	// to 6; 0 stands for the paper's 4.
	Samples int `json:"samples"`
	// Hidden is the width of the hidden layer, which the paper does not state; 0
	// stands for 128.
	Hidden int `json:"hidden"`
	// Scale is multiplied with a sum of rewards for the network's output; 0
	// stands for the paper's 0.01.
	Scale float64 `json:"scale"`
	// Steps of the optimizer (AdamW without decay), each on Batch examples. 0
	// stands for 4,000 and 512.
	Steps int `json:"steps"`
	Batch int `json:"batch"`
	// Rate is the first learning rate, which falls along a cosine to 0; 0 stands
	// for 0.002.
	Rate float64 `json:"rate"`
	// HeldOut is the part of the traces whose steps only measure; 0 stands for a
	// tenth.
	HeldOut float64 `json:"held_out"`
	Seed    uint64  `json:"seed"`
}

// MostSamples is how many throughputs an observation has.
const MostSamples = 6

// WithDefaults spells out what zeros stand for.
func (c Config) WithDefaults() Config {
	for _, one := range []struct {
		value     *int
		otherwise int
	}{{&c.Samples, 4}, {&c.Hidden, 128}, {&c.Steps, 4000}, {&c.Batch, 512}} {
		if *one.value == 0 {
			*one.value = one.otherwise
		}
	}
	for _, one := range []struct {
		value     *float64
		otherwise float64
	}{{&c.Scale, 0.01}, {&c.Rate, 0.002}, {&c.HeldOut, 0.1}} {
		if *one.value == 0 {
			*one.value = one.otherwise
		}
	}
	return c
}

// Validate reports the first field that is out of range, as an *env.FieldError.
func (c Config) Validate() error {
	c = c.WithDefaults()
	finite := func(x float64) bool { return x > 0 && !math.IsInf(x, 1) }
	refuse := func(field, value, remedy string) error {
		return jsonconfig.Refuse("estimator."+field, value, remedy)
	}
	switch {
	case c.Samples < 1 || c.Samples > MostSamples:
		return refuse("samples", strconv.Itoa(c.Samples), fmt.Sprintf("give 1 to %d throughputs", MostSamples))
	case c.Hidden < 1 || c.Hidden > 1<<16:
		return refuse("hidden", strconv.Itoa(c.Hidden), "give a width from 1 to 65536")
	case c.Steps < 1:
		return refuse("steps", strconv.Itoa(c.Steps), "give at least 1")
	case c.Batch < 1 || c.Batch > 1<<20:
		return refuse("batch", strconv.Itoa(c.Batch), "give 1 to 1048576 examples")
	case !finite(c.Scale):
		return refuse("scale", fmt.Sprint(c.Scale), "give a positive number, such as 0.01")
	case !finite(c.Rate):
		return refuse("rate", fmt.Sprint(c.Rate), "give a positive learning rate, such as 0.002")
	case !(c.HeldOut > 0 && c.HeldOut < 1):
		return refuse("held_out", fmt.Sprint(c.HeldOut), "give a part of the traces, such as 0.1")
	}
	return nil
}
