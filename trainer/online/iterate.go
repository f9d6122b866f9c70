package online

import (
	"context"
	"errors"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/rl"
	"trailblazer/trainer/train"
)

func (o Optimizer) kernel() kernel.AdamW {
	return kernel.AdamW{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: o.WeightDecay}
}

// criticised reports whether any stage has a critic.
func (c *Config) criticised() bool {
	for i := range c.Stages {
		if s := &c.Stages[i]; s.Algorithm != DAgger && s.Baseline == BaselineCritic {
			return true
		}
	}
	return false
}

// anchored reports whether any stage is held near the model that it began with.
func (c *Config) anchored() bool {
	for i := range c.Stages {
		if c.Stages[i].Anchor > 0 {
			return true
		}
	}
	return false
}

// done is the share of the stage that is over at an iteration of it: 0 in the
// first, and 1 in the last.
func (s *Stage) done(at int) float64 { return float64(at) / float64(max(1, s.Iterations-1)) }

// collect says how an iteration of the stage plays.
func (c *Config) collect(s *Stage, place, at int) rl.CollectOptions {
	o := rl.CollectOptions{
		Seed: splitmix.Mix(c.Seed, uint64(place)), Steps: s.Steps, Copies: c.Copies, Temperature: s.Temperature,
		Reward: s.Reward.Kind, RewardFloor: s.Reward.Floor, RewardScale: s.Reward.Scale,
		Beta: s.Beta.At(s.done(at)), Label: s.labels(), LabelShare: s.LabelShare, Clock: c.Clock,
	}
	if s.Algorithm == DAgger {
		o.Reward, o.RewardFloor = rl.RewardEnvironment, 0
	} else if s.Baseline == BaselineCritic {
		o.Privileged = c.Critic.Privileged
	}
	return o
}

// ppo says how an iteration of the stage learns by reinforcement.
func (c *Config) ppo(s *Stage, at int) rl.PPO {
	done := s.done(at)
	p := rl.PPO{Gamma: s.Gamma, Lambda: s.Lambda, Baseline: s.Baseline, Epochs: s.Epochs, Minibatch: s.Minibatch, Clip: s.Clip,
		ValueClip: s.ValueClip, TargetKL: s.TargetKL, Entropy: s.Entropy.At(done), Imitation: s.Imitation, Anchor: s.Anchor, Unscaled: s.Unscaled,
		Rate: s.Rate.At(done), CriticRate: s.CriticRate.At(done), ClipNorm: float64(c.Optimizer.ClipNorm)}
	if s.Algorithm == A2C {
		p.Clip = 0
	}
	return p
}

// iterate plays, and learns from what was played. An iteration that is
// interrupted leaves no trace.
func (l *loop) iterate(ctx context.Context) (steps int, err error) {
	done := l.course.Step
	s, place, at := l.config.stage(done)
	if l.scene == nil || at == 0 {
		if err := l.enter(ctx, s, place, at); err != nil {
			return 0, l.lost(at, err)
		}
	}
	l.drawn.done = float64(done) / float64(max(1, l.config.Iterations()-1))
	if err := l.search(ctx, done); err != nil {
		return 0, l.lost(at, err)
	}
	l.drawn.found = l.state.Found.Settings
	e, err := l.scene.collect(ctx, l, s, place, at)
	if err != nil {
		return 0, l.lost(at, err)
	}
	if err := l.learn(s, at, e); err != nil {
		return 0, fmt.Errorf("iteration %d, stage %s: %w; what was saved before stays", done+1, s.Name, err)
	}
	l.state.EnvironmentSteps += e.Len()
	l.state.Recorded = l.scene.recorded(l.state.Recorded)
	l.state.Sums.played(e)
	l.returns.add(e)
	return e.Len(), nil
}

// lost is an error of environments, such as of a server that died: what was learned
// before is saved then, where it is known how they stood. What a config does not
// allow would end there again.
func (l *loop) lost(at int, err error) error {
	if _, permanent := errors.AsType[*env.FieldError](err); permanent {
		return err
	}
	if s := l.scene; at > 0 && s != nil && s.ready && s.before == nil {
		state, unknown := s.collector.State()
		if unknown != nil {
			return err
		}
		s.before = state
	}
	return &train.DataError{Err: err}
}

// learn changes the model by what was played.
func (l *loop) learn(s *Stage, at int, e *rl.Experience) error {
	sums := &l.state.Sums
	if s.Algorithm == DAgger {
		if err := l.files.save(l.course.Step, e); err != nil {
			return err
		}
		l.scene.replay.Add(e)
		stats, err := l.learner.Imitate(l.scene.replay, rl.Imitation{Steps: s.Updates, Batch: s.Batch, Rate: s.Rate.At(s.done(at)), ClipNorm: float64(l.config.Optimizer.ClipNorm)})
		if err != nil {
			return err
		}
		return sums.imitated(stats, s.Updates)
	}
	learn := l.learner.Update
	if at < s.Warmup {
		learn = l.learner.Prepare
	}
	stats, err := learn(e, l.config.ppo(s, at))
	if err != nil {
		return err
	}
	reward := 0.0
	for _, r := range e.Reward {
		reward += float64(r) / float64(e.Len())
	}
	return sums.reinforced(s, &stats, at < s.Warmup, reward)
}
