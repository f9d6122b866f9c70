package online

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trailblazer/internal/jsonconfig"
)

// check is one condition that a field must meet.
type check struct {
	met    bool
	field  string
	value  any
	remedy string
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

// atLeast checks a count.
func atLeast(least int, field string, n int) check {
	return check{n >= least, field, n, fmt.Sprintf("give at least %d", least)}
}

// from checks a finite number between bounds.
func from(low, high float64, field string, x float64) check {
	remedy := fmt.Sprintf("give a number from %g to %g", low, high)
	switch {
	case math.IsInf(high, 1):
		remedy = fmt.Sprintf("give a finite number of at least %g", low)
	case math.IsInf(low, -1):
		remedy = fmt.Sprintf("give a finite number of at most %g", high)
	}
	return check{x >= low && x <= high && x-x == 0, field, x, remedy}
}

// Validate reports the first field that can't be, as an *env.FieldError. What
// depends on the environment is checked by Open.
func (c *Config) Validate() error {
	const path = "config"
	o := &c.Optimizer
	if err := refuse(path,
		check{c.Environment != "", "environment", c.Environment, "name it, such as trailblazer/ABR-v0"},
		check{c.AllowTest || trainable(c.Scenario), "scenario", c.Scenario, `learn in a scenario of training, such as abr/fit-leak-free, cjs/train or cc/train: in this one quality is measured; or say "allow_test": true`},
		atLeast(1, "environments", c.Environments),
		atLeast(1, "copies", c.Copies),
		check{c.Copies >= 1 && c.Environments%c.Copies == 0, "copies", c.Copies, fmt.Sprintf("give a divisor of environments, which is %d", c.Environments)},
		check{c.LeastValue == nil || *c.LeastValue-*c.LeastValue == 0, "least_value", c.LeastValue, "give a finite number, or null"},
		check{c.LeastValue == nil || c.Expert != "", "expert", c.Expert, "name one that knows values, or leave least_value out"},
		atLeast(1, "critic.width", c.Critic.Width),
		atLeast(0, "critic.layers", c.Critic.Layers),
		atLeast(0, "normalise", c.Normalise),
		from(0, 0.999999, "average", float64(c.Average)),
		from(0, 0.999999, "optimizer.beta1", float64(o.Beta1)),
		from(math.SmallestNonzeroFloat32, 0.999999, "optimizer.beta2", float64(o.Beta2)),
		from(math.SmallestNonzeroFloat32, 1, "optimizer.eps", float64(o.Eps)),
		from(0, 1000, "optimizer.weight_decay", float64(o.WeightDecay)),
		from(0, math.Inf(1), "optimizer.clip_norm", float64(o.ClipNorm)),
		check{len(c.Stages) > 0, "stages", "empty", `give at least one, such as [{"algorithm": "ppo"}]`},
		atLeast(1, "validation.every", c.Validation.Every),
		atLeast(0, "validation.patience", c.Validation.Patience),
		atLeast(0, "record.every", c.Record.Every),
		atLeast(0, "record.max_steps", c.Record.MaxSteps),
		atLeast(1, "log_every", c.LogEvery),
		from(0, math.Inf(1), "save_seconds", c.SaveSeconds),
	); err != nil {
		return err
	}
	for i := range c.Stages {
		s := &c.Stages[i]
		if slices.ContainsFunc(c.Stages[:i], func(o Stage) bool { return o.Name == s.Name }) {
			return jsonconfig.Refuse(fmt.Sprintf("%s.stages[%d].name", path, i), jsonconfig.Quote(s.Name), "a stage before has it too: give each a name of its own")
		}
		if err := c.validateStage(path+".stages."+s.Name, s); err != nil {
			return err
		}
	}
	if err := c.Curriculum.validate(path+".curriculum", c); err != nil {
		return err
	}
	return c.Validation.Play.Validate(path + ".validation.play")
}

func (c *Config) validateStage(path string, s *Stage) error {
	known := s.Algorithm == DAgger || s.Algorithm == PPO || s.Algorithm == A2C
	if err := refuse(path,
		check{known, "algorithm", s.Algorithm, `give "dagger", "ppo" or "a2c"`},
		check{s.Name != "" && !strings.ContainsAny(s.Name, ". "), "name", s.Name, "give a name without dots and spaces"},
		atLeast(1, "iterations", s.Iterations),
		atLeast(0, "steps", s.Steps),
		from(0, math.Inf(1), "temperature", s.Temperature),
		check{s.Reward.Kind == RewardEnvironment || s.Reward.Kind == RewardAdvantage, "reward.kind", s.Reward.Kind, `give "environment" or "advantage"`},
		check{s.Reward.Kind != RewardAdvantage || c.expert(s) != "", "reward.kind", s.Reward.Kind, `name an expert that knows advantages in config.expert, or give "environment"`},
		from(math.Inf(-1), 0, "reward.floor", s.Reward.Floor),
		from(math.SmallestNonzeroFloat64, math.Inf(1), "reward.scale", s.Reward.Scale),
		from(0, 1, "label_share", s.LabelShare),
		from(0, math.Inf(1), "imitation", s.Imitation),
		check{!s.labels() || c.expert(s) != "", "algorithm", s.Algorithm, "name an expert in config.expert whose labels are learned"},
	); err != nil {
		return err
	}
	for _, r := range []struct {
		field string
		Range
		high float64
	}{{"rate", s.Rate, 1}, {"critic_rate", s.CriticRate, 1}, {"entropy", s.Entropy, math.Inf(1)}, {"beta", s.Beta, 1}} {
		if err := refuse(path+"."+r.field,
			from(0, r.high, "from", r.From), from(0, r.high, "to", r.To),
			check{r.Kind == kindLinear || r.Kind == kindCosine || r.Kind == "", "kind", r.Kind, `give "linear" or "cosine"`},
		); err != nil {
			return err
		}
	}
	if s.Algorithm == DAgger {
		return refuse(path,
			atLeast(1, "replay", s.Replay), atLeast(1, "updates", s.Updates), atLeast(1, "batch", s.Batch),
			from(math.SmallestNonzeroFloat64, 1, "label_share", s.LabelShare))
	}
	return refuse(path,
		check{s.Temperature == 1, "temperature", s.Temperature, "give 1: probabilities are learned as they are"},
		check{s.Beta.From == 0 && s.Beta.To == 0, "beta.from", s.Beta.From, "give 0: reinforcement learns from what the model does itself"},
		atLeast(1, "epochs", s.Epochs),
		check{s.Epochs == 1 || s.Algorithm == PPO, "epochs", s.Epochs, `give 1, or take "ppo", which bounds how far several passes lead`},
		atLeast(0, "minibatch", s.Minibatch),
		atLeast(0, "warmup", s.Warmup),
		check{s.Warmup == 0 || s.Baseline == BaselineCritic, "warmup", s.Warmup, `give 0: the baseline "group" has no critic`},
		from(0, math.Inf(1), "anchor", s.Anchor),
		from(0, 1, "gamma", s.Gamma), from(0, 1, "lambda", s.Lambda),
		from(0, math.Inf(1), "value_clip", s.ValueClip), from(0, math.Inf(1), "target_kl", s.TargetKL),
		check{s.Algorithm == A2C || s.Clip > 0 && s.Clip < 1, "clip", s.Clip, "give a number between 0 and 1, such as 0.2"},
		check{s.Baseline == BaselineCritic || s.Baseline == BaselineGroup, "baseline", s.Baseline, `give "critic" or "group"`},
		check{s.Baseline != BaselineGroup || c.Copies > 1, "baseline", s.Baseline, `give at least 2 in config.copies, or take "critic"`},
		check{s.Baseline != BaselineGroup || s.Steps == 0, "steps", s.Steps, "give 0: a group's baseline is of returns to the end of episodes"},
	)
}

// trainable reports whether by its name a scenario is there to learn in.
func trainable(scenario string) bool {
	_, name, _ := strings.Cut(scenario, "/")
	words := strings.Split(name, "-")
	if slices.ContainsFunc(words, func(word string) bool {
		return word == "valid" || word == "test" || strings.HasPrefix(word, "ood")
	}) {
		return false
	}
	return scenario == "" || slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"train", "fit", "custom", "stationary", "generated", "random"}, word)
	})
}
