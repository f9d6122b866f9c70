package rl

import (
	"fmt"
	"math"
	"strconv"

	"trailblazer/api/env"
)

// The values of CollectOptions.Reward.
const (
	// RewardEnvironment is the environment's own.
	RewardEnvironment = "environment"
	// RewardAdvantage is A*(s,a): what the expert says is lost by what was done
	// against the best, at most 0.
	RewardAdvantage = "advantage"
)

// CollectOptions say what is collected.
type CollectOptions struct {
	// Seed is that of all that is sampled.
	Seed uint64
	// Steps of each environment, which goes on where the collection before left
	// it; 0 stands for whole episodes, one of each environment.
	Steps int
	// Copies is how many neighbouring environments play the same episode; 0
	// stands for 1.
	Copies int
	// Temperature divides the logits, or multiplies the deviation of values: 1
	// is as learned, 0 takes the best.
	Temperature float64
	// Reward is RewardEnvironment, for which empty stands, or RewardAdvantage.
	Reward string
	// RewardFloor cuts rewards off from below, before they are scaled; 0 stands
	// for no floor.
	RewardFloor float64
	// RewardScale multiplies rewards; 0 stands for 1.
	RewardScale float64
	// Beta is the probability that the expert acts in a step in the place of the
	// model, as in DAgger (Ross et al., "A Reduction of Imitation Learning and
	// Structured Prediction to No-Regret Online Learning", 2011).
	Beta float64
	// Label asks experts. LabelShare is the share of steps that they label;
	// 0 stands for all.
	Label      bool
	LabelShare float64
	// Privileged lists leaves of info whose elements only a critic sees.
	Privileged []string
	// Clock is the leaf of info that tells the time ("wall_ms"); empty for none.
	Clock string
}

// withDefaults spells out what is left open.
func (o CollectOptions) withDefaults() CollectOptions {
	if o.Copies == 0 {
		o.Copies = 1
	}
	if o.Reward == "" {
		o.Reward = RewardEnvironment
	}
	if o.RewardScale == 0 {
		o.RewardScale = 1
	}
	if o.LabelShare == 0 {
		o.LabelShare = 1
	}
	return o
}

// asks reports whether experts are asked at some steps.
func (o *CollectOptions) asks() bool { return o.Label || o.Beta > 0 || o.Reward == RewardAdvantage }

// Validate reports the first field that can't be, as an *env.FieldError.
func (o *CollectOptions) Validate() error {
	share := func(x float64) bool { return x >= 0 && x <= 1 }
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	switch {
	case o.Steps < 0:
		return refuseOption("steps", strconv.Itoa(o.Steps), "give a positive number, or 0 for whole episodes")
	case o.Copies < 0:
		return refuseOption("copies", strconv.Itoa(o.Copies), "give a positive number, or 0 for an episode of its own for each environment")
	case !(o.Temperature >= 0) || !finite(o.Temperature):
		return refuseOption("temperature", fmt.Sprint(o.Temperature), "give a positive number, or 0 for the best choice")
	case o.Reward != "" && o.Reward != RewardEnvironment && o.Reward != RewardAdvantage:
		return refuseOption("reward", strconv.Quote(o.Reward), fmt.Sprintf("give %q or %q", RewardEnvironment, RewardAdvantage))
	case !finite(o.RewardFloor):
		return refuseOption("reward_floor", fmt.Sprint(o.RewardFloor), "give the least reward, or 0 for no floor")
	case !finite(o.RewardScale) || o.RewardScale < 0:
		return refuseOption("reward_scale", fmt.Sprint(o.RewardScale), "give a positive number")
	case !share(o.Beta):
		return refuseOption("beta", fmt.Sprint(o.Beta), "give a probability from 0 to 1")
	case !share(o.LabelShare):
		return refuseOption("label_share", fmt.Sprint(o.LabelShare), "give a share from 0 to 1")
	}
	return nil
}

func refuseOption(field, value, remedy string) error {
	return &env.FieldError{Field: "collect." + field, Value: value, Remedy: remedy}
}
