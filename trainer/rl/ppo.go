package rl

import (
	"fmt"
	"math"

	"trailblazer/api/env"
)

// PPO says how a [Learner] learns from one experience by reinforcement: by
// proximal policy optimization (Schulman et al., "Proximal Policy Optimization
// Algorithms", 2017), or, without a clip, by the policy gradient of A2C, the
// synchronous form of A3C (Mnih et al., "Asynchronous Methods for Deep
// Reinforcement Learning", 2016). What changes over a run is given as it is now.
//
// What matters beside the papers is as Huang et al. found it in the
// implementations ("The 37 Implementation Details of Proximal Policy
// Optimization", 2022): advantages are standardised in each minibatch, steps are
// shuffled anew in each epoch, gradients are clipped, and Adam has an Eps of
// 1e-5 (see [Options]). Unlike there, the critic is a network of its own, with
// steps of its own.
type PPO struct {
	// Gamma discounts what is a step away, Lambda is that of Advantages.
	Gamma, Lambda float64
	// Baseline is what returns are compared with: BaselineCritic, for which empty
	// stands, or BaselineGroup.
	Baseline string
	// Epochs are passes over the experience, Minibatch how many steps are learned
	// from at once, about: the steps are cut into equally large parts, between
	// sequences where the model looks back; 0 takes all at once.
	Epochs, Minibatch int
	// Clip is how far the ratio of probabilities, new to old, counts, from 1; 0
	// stands for the plain policy gradient, which is right for one pass.
	Clip float64
	// ValueClip is how far the critic's values count from what they were, in
	// standard deviations of returns; 0 stands for no bound.
	ValueClip float64
	// TargetKL ends the passes when the policy has moved on by more than 1.5
	// times this in a minibatch, as in Stable-Baselines3; 0 stands for never.
	TargetKL float64
	// Entropy is the weight of the bonus on the policy's entropy.
	Entropy float64
	// Imitation is the weight of the model's loss on experts' labels, learned
	// beside: it holds a student near its teacher.
	Imitation float64
	// Anchor is what a nat of distance from the Options' Anchor costs: each step's
	// reward loses Anchor·(log π(a|s) − log π₀(a|s)), as where language models are
	// tuned (Ziegler et al., "Fine-Tuning Language Models from Human Preferences",
	// 2019). 0 stands for none.
	Anchor float64
	// Unscaled leaves advantages on the scale of rewards; else each minibatch's
	// have the mean 0 and the deviation 1.
	Unscaled bool
	// Rate is the model's learning rate, CriticRate the critic's.
	Rate, CriticRate float64
	// ClipNorm bounds the norm of each network's gradients; 0 stands for no bound.
	ClipNorm float64
}

// The values of PPO.Baseline.
const (
	BaselineCritic = "critic"
	BaselineGroup  = "group"
)

// DefaultPPO has the values that are usual for environments of a few hundred
// steps, as in CleanRL and Stable-Baselines3.
func DefaultPPO() PPO {
	return PPO{Gamma: 0.99, Lambda: 0.95, Baseline: BaselineCritic, Epochs: 4, Minibatch: 256, Clip: 0.2,
		Entropy: 0.01, Rate: 2.5e-4, CriticRate: 2.5e-4, ClipNorm: 0.5}
}

// DefaultA2C learns from all steps at once, and once.
func DefaultA2C() PPO {
	p := DefaultPPO()
	p.Epochs, p.Minibatch, p.Clip, p.Lambda, p.Rate, p.CriticRate = 1, 0, 0, 1, 7e-4, 7e-4
	return p
}

// Validate reports the first field that can't be, as an *env.FieldError.
func (p *PPO) Validate() error {
	share := func(x float64) bool { return x >= 0 && x <= 1 }
	size := func(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }
	for _, c := range []struct {
		ok     bool
		field  string
		value  any
		remedy string
	}{
		{share(p.Gamma), "gamma", p.Gamma, "give a discount from 0 to 1"},
		{share(p.Lambda), "lambda", p.Lambda, "give a number from 0 to 1"},
		{p.Baseline == "" || p.Baseline == BaselineCritic || p.Baseline == BaselineGroup, "baseline", p.Baseline, fmt.Sprintf("give %q or %q", BaselineCritic, BaselineGroup)},
		{p.Epochs >= 1, "epochs", p.Epochs, "give at least one pass"},
		{p.Minibatch >= 0, "minibatch", p.Minibatch, "give a number of steps, or 0 for all"},
		{size(p.Clip), "clip", p.Clip, "give a positive number such as 0.2, or 0 for the plain policy gradient"},
		{p.Clip > 0 || p.Epochs == 1, "epochs", p.Epochs, "give 1, or a clip: without one, only the first pass has the gradient of what was done"},
		{size(p.ValueClip), "value_clip", p.ValueClip, "give a positive number, or 0 for no bound"},
		{size(p.TargetKL), "target_kl", p.TargetKL, "give a positive number, or 0 for no end"},
		{size(p.Entropy), "entropy", p.Entropy, "give a weight of 0 or more"},
		{size(p.Imitation), "imitation", p.Imitation, "give a weight of 0 or more"},
		{size(p.Anchor), "anchor", p.Anchor, "give a weight of 0 or more"},
		{size(p.Rate), "rate", p.Rate, "give a learning rate of 0 or more"},
		{size(p.CriticRate), "critic_rate", p.CriticRate, "give a learning rate of 0 or more"},
		{size(p.ClipNorm), "clip_norm", p.ClipNorm, "give a positive number, or 0 for no bound"},
	} {
		if !c.ok {
			return &env.FieldError{Field: "ppo." + c.field, Value: fmt.Sprint(c.value), Remedy: c.remedy}
		}
	}
	return nil
}

// Stats are what an update has measured: means over its minibatches.
type Stats struct {
	// Policy is the loss of the policy, without entropy and imitation, Value the
	// critic's mean squared error in standard deviations of returns.
	Policy, Value float64
	// Entropy is the policy's, in nats.
	Entropy float64
	// KL is how far the policy has moved, as the mean of (r−1) − log r over the
	// ratios r (Schulman, "Approximating KL Divergence", 2020), in the last
	// minibatch; Clipped the share of ratios beyond the clip.
	KL, Clipped float64
	// Explained is the share of the returns' variance that the critic knew
	// before: 1 − Var(return − V)/Var(return).
	Explained float64
	// Imitation is the model's loss on labels.
	Imitation float64
	// Anchor is the mean of log π − log π₀.
	Anchor float64
	// Norm and CriticNorm are those of the gradients, before they were clipped.
	Norm, CriticNorm float64
	// Updates counts the optimizer's steps of the policy.
	Updates int
}
