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

	video    *Video
	levels   []int // still to be played
	expected abrsim.State
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
	o.video, o.levels = v, nil
	return nil
}

func (o *offlinePlan) Choose(now *View) (int, error) {
	w, s := o.worlds.World(now.Trace, now.Video), now.state()
	if len(o.levels) == 0 || s != o.expected {
		plan, err := o.plan(w, s, o.video.QoE)
		if err != nil {
			return 0, err
		}
		o.levels = plan.Levels
	}
	level := o.levels[0]
	next, _, err := w.Step(s, level, 1)
	if err != nil {
		return 0, err
	}
	o.levels, o.expected = o.levels[1:], next
	return level, nil
}
