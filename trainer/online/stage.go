package online

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
)

// Stage is some iterations of one algorithm.
type Stage struct {
	// Name tells the stage from others; empty stands for its algorithm's.
	Name string `json:"name"`
	// Algorithm is
	//   - "dagger": the model acts, an expert says what would have been best, and
	//     the model learns that by its objective (Ross, Gordon and Bagnell, "A
	//     Reduction of Imitation Learning and Structured Prediction to No-Regret
	//     Online Learning", 2011);
	//   - "ppo": proximal policy optimization (Schulman et al., 2017);
	//   - "a2c": advantage actor-critic, the synchronous form of A3C (Mnih et al.,
	//     2016): one pass over each experience, without ratios.
	Algorithm string `json:"algorithm"`
	// Expert labels the states of this stage; empty stands for the config's. What
	// another than the config's says is not recorded.
	Expert string `json:"expert"`
	// Iterations are how often it plays and learns.
	Iterations int `json:"iterations"`
	// Steps are played by each environment in an iteration; 0 stands for one
	// whole episode.
	Steps int `json:"steps"`
	// Temperature is that of the softmax that actions are sampled from; 1 is what
	// the model has learned.
	Temperature float64 `json:"temperature"`
	// Rate is the model's learning rate, CriticRate the critic's.
	Rate       Range `json:"rate"`
	CriticRate Range `json:"critic_rate"`

	// The fields of "ppo" and "a2c".

	// Epochs are passes over an experience, Minibatch how many steps are learned
	// from at once; 0 takes all at once.
	Epochs    int `json:"epochs"`
	Minibatch int `json:"minibatch"`
	// Gamma discounts what is further away, of Lambda see [rl.Advantages].
	Gamma  float64 `json:"gamma"`
	Lambda float64 `json:"lambda"`
	// Clip is how far ratios of probabilities count, from 1; ValueClip the same of
	// the critic's values, 0 for no bound.
	Clip      float64 `json:"clip"`
	ValueClip float64 `json:"value_clip"`
	// TargetKL ends the passes over an experience once the policy has moved so far;
	// 0 stands for never.
	TargetKL float64 `json:"target_kl"`
	// Entropy is the weight of the bonus on the policy's entropy.
	Entropy Range  `json:"entropy"`
	Reward  Reward `json:"reward"`
	// Baseline is "critic" or "group": what is taken off returns. The second is
	// the mean of the copies at the same time (Mao et al., "Variance Reduction for
	// Reinforcement Learning in Input-Driven Environments", 2019).
	Baseline string `json:"baseline"`
	// Warmup is in how many of the iterations, the first ones, the critic alone
	// learns: where the model has learned before.
	Warmup int `json:"warmup"`
	// Anchor is what a nat of distance from the model that the stage began with
	// costs, in the unit of rewards; 0 for nothing.
	Anchor float64 `json:"anchor"`
	// Unscaled leaves advantages on the scale of rewards; else each minibatch's
	// have the mean 0 and the deviation 1.
	Unscaled bool `json:"unscaled"`
	// Imitation is the weight of the loss on the expert's labels beside the
	// algorithm's own; 0 for none.
	Imitation float64 `json:"imitation"`

	// The fields of "dagger".

	// Beta is the probability that the expert acts in a step.
	Beta Range `json:"beta"`
	// Replay is how many of the last iterations are learned from, Updates how many
	// steps of the optimizer an iteration has, each on Batch steps.
	Replay  int `json:"replay"`
	Updates int `json:"updates"`
	Batch   int `json:"batch"`
	// LabelShare is the share of steps whose labels are learned; of others the
	// expert is asked only where it looks back on them.
	LabelShare float64 `json:"label_share"`
}

// Range is a number that moves from one value to another over a stage.
type Range struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	// Kind is "linear" or "cosine": half a cosine wave.
	Kind string `json:"kind"`
}

// At is the number when a share from 0 to 1 of the stage is done.
func (r Range) At(done float64) float64 {
	if r.Kind == kindCosine {
		done = (1 - math.Cos(math.Pi*done)) / 2
	}
	return r.From + (r.To-r.From)*done
}

// Reward says what is learned from.
type Reward struct {
	// Kind is "environment", or "advantage": what an action loses against the
	// best one, as far as the expert knows.
	Kind string `json:"kind"`
	// Floor cuts it off from below, 0 nowhere; Scale multiplies it.
	Floor float64 `json:"floor"`
	Scale float64 `json:"scale"`
}

// The values of Stage.Algorithm, Stage.Baseline, Range.Kind and Reward.Kind.
const (
	DAgger = "dagger"
	PPO    = "ppo"
	A2C    = "a2c"

	BaselineCritic = "critic"
	BaselineGroup  = "group"

	kindLinear = "linear"
	kindCosine = "cosine"

	RewardEnvironment = "environment"
	RewardAdvantage   = "advantage"
)

// labels reports whether the stage learns labels.
func (s *Stage) labels() bool { return s.Algorithm == DAgger || s.Imitation > 0 }

// asks reports whether anything of the stage is learned from an expert.
func (s *Stage) asks() bool { return s.labels() || s.Reward.Kind == RewardAdvantage }

// UnmarshalJSON reads a stage over its algorithm's defaults.
func (s *Stage) UnmarshalJSON(raw []byte) error {
	var head struct {
		Algorithm string `json:"algorithm"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	type plain Stage // It has no UnmarshalJSON.
	p := plain(defaultStage(head.Algorithm))
	if err := json.Unmarshal(raw, &p); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			wrong.Field = cmp.Or(p.Name, p.Algorithm) + "." + wrong.Field
		}
		return err
	}
	*s = Stage(p)
	if s.Name == "" {
		s.Name = s.Algorithm
	}
	return nil
}
