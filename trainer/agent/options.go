package agent

import (
	"math"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
)

// Options says how a policy decides. The zero value takes the best choice, and
// aims at what the run was trained to aim at.
type Options struct {
	// Temperature samples choices from the softmax of their scores over it, with
	// the episode's seed; 0 takes the highest. 1 is what the model has learned.
	Temperature float64
	// MeanExecutors gives a job the mean number of executors under their softmax,
	// rounded, in the place of the most likely one.
	MeanExecutors bool
	// Target is the sum of rewards that an episode aims at where the model is
	// conditioned on returns; nil stands for the run's own. TargetScale multiplies
	// it; 0 stands for 1.
	Target      *float64
	TargetScale float64
	// Estimator tells a model with the condition "value" what the rest of an
	// episode can bring; nil stands for the one that lies in the run's directory.
	Estimator func(spec *env.Spec) (Estimator, error)
}

// Estimator tells what the rest of an episode can bring.
type Estimator interface {
	// Estimate is a sum of rewards, as far as a row of in shows.
	Estimate(in *env.Batch, row int) (float64, error)
}

func (o *Options) validate() error {
	if !(o.Temperature >= 0) || math.IsInf(o.Temperature, 1) {
		return jsonconfig.Refuse("policy.temperature", strconv.FormatFloat(o.Temperature, 'g', -1, 64), "give a positive number, or 0 for the best choice")
	}
	if o.Target != nil && !(*o.Target-*o.Target == 0) {
		return jsonconfig.Refuse("policy.target", strconv.FormatFloat(*o.Target, 'g', -1, 64), "give a sum of rewards")
	}
	if !(o.TargetScale >= 0) || math.IsInf(o.TargetScale, 1) {
		return jsonconfig.Refuse("policy.scale", strconv.FormatFloat(o.TargetScale, 'g', -1, 64), "give a positive number")
	}
	return nil
}

// target is what an episode aims at.
func (o *Options) target(own float64) float64 {
	if o.Target != nil {
		own = *o.Target
	}
	if o.TargetScale != 0 {
		own *= o.TargetScale
	}
	return own
}
