package policy

import (
	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// offlinePlan knows the future: it plans the rest of the video where it first
// chooses and follows the plan. Where the world turns out otherwise, as under
// noise, it plans again.
type offlinePlan struct {
	worlds Worlds
	plan   func(*abrsim.World, abrsim.State, *abrsim.QoE) (optimal.Plan, error)

	video *Video
	steps []planned // still to be played
}

// planned is one step of a plan.
type planned struct {
	from  abrsim.State
	level int
	// value is what this step and those after it bring.
	value float64
}

// offlineOptimum follows the best plan; see [optimal.Search].
func offlineOptimum(worlds Worlds) *offlinePlan {
	return &offlinePlan{worlds: worlds, plan: optimal.Search}
}

// offlineBeam follows the plan of a beam; see [optimal.Beam].
func offlineBeam(worlds Worlds, width int) *offlinePlan {
	return &offlinePlan{worlds: worlds, plan: func(w *abrsim.World, s abrsim.State, q *abrsim.QoE) (optimal.Plan, error) {
		return optimal.Beam(w, s, q, width)
	}}
}

func (o *offlinePlan) Start(v *Video, _ uint64) error {
	o.video, o.steps = v, o.steps[:0]
	return nil
}

func (o *offlinePlan) Choose(now *View) (int, error) {
	step, err := o.look(now)
	if err != nil {
		return 0, err
	}
	o.steps = o.steps[1:]
	return step.level, nil
}

// look returns the step of the plan that is to be played now.
func (o *offlinePlan) look(now *View) (planned, error) {
	w, s := o.worlds.World(now.Trace, now.Video), now.state()
	// An expert sees others act: where they follow the plan it goes on.
	for len(o.steps) > 0 && o.steps[0].from.Chunk < s.Chunk {
		o.steps = o.steps[1:]
	}
	if len(o.steps) > 0 && o.steps[0].from == s {
		return o.steps[0], nil
	}
	plan, err := o.plan(w, s, o.video.QoE)
	if err != nil {
		return planned{}, err
	}
	o.steps = make([]planned, len(plan.Levels))
	for i, level := range plan.Levels {
		next, chunk, err := w.Step(s, level, 1)
		if err != nil {
			return planned{}, err
		}
		o.steps[i] = planned{from: s, level: level, value: o.video.QoE.Score(chunk).Total}
		s = next
	}
	for i := len(o.steps) - 2; i >= 0; i-- {
		o.steps[i].value += o.steps[i+1].value
	}
	return o.steps[0], nil
}

// label implements labeller.
func (o *offlinePlan) label(now *View) (level int, value float64, advantage []float64, err error) {
	step, err := o.look(now)
	return step.level, step.value, nil, err
}

// knowsAdvantages implements labeller.
func (o *offlinePlan) knowsAdvantages() bool { return false }

// sharing implements labeller. Nobody else comes through the same states.
func (o *offlinePlan) sharing() func() labeller {
	return func() labeller { return &offlinePlan{worlds: o.worlds, plan: o.plan} }
}
