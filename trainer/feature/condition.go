package feature

import (
	"trailblazer/datasets/traj"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/model"
)

// Condition tells a model what the rest of an episode is to bring: (x-Mean)/Std
// of a sum x of rewards.
type Condition struct {
	// Kind is that of model.Task: model.ConditionNone; ConditionReturn, the sum
	// of the rewards that follow, as in the decision transformer (Chen et al.,
	// 2021); or ConditionValue, the most that an expert knows could follow:
	// Karma's QoE-to-go. Empty stands for none.
	Kind string  `json:"kind"`
	Mean float64 `json:"mean"`
	// Std is 0 for 1.
	Std float64 `json:"std"`
	// Target is what an episode that is played aims at from its start on.
	Target float64 `json:"target"`
}

// On reports whether there is a condition.
func (c *Condition) On() bool { return c.Kind != "" && c.Kind != model.ConditionNone }

// Field is the field of a data set that has the condition of a step.
func (c *Condition) Field() string {
	if c.Kind == model.ConditionValue {
		return traj.FieldExpertValue
	}
	return traj.FieldReturnToGo
}

// Scaled is what a model is shown of a sum of rewards.
func (c *Condition) Scaled(x float64) float32 { return float32((x - c.Mean) / orOne(c.Std)) }

func (c *Condition) validate(path string) error {
	switch c.Kind {
	case "", model.ConditionNone, model.ConditionReturn, model.ConditionValue:
		return nil
	}
	return jsonconfig.Refuse(path+".kind", jsonconfig.Quote(c.Kind), `give "none", "return" or "value"`)
}

// orOne is x, or 1 where that is 0.
func orOne(x float64) float64 {
	if x == 0 {
		return 1
	}
	return x
}
