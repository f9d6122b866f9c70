package policy

import "trailblazer/abrsim/optimal"

// offlineHorizon knows the future: it chooses the first level of the best plan
// for the next chunks, planned anew for every chunk; see [optimal.SearchAhead].
// What comes after them it doesn't see, so it keeps no buffer for that.
//
// It is the expert whom Comyco imitates, with the player's round trips and pauses
// in its plans: Huang et al., "Comyco: Quality-Aware Adaptive Video Streaming via
// Imitation Learning" (MM 2019), section 4.2, which looks 8 chunks ahead.
type offlineHorizon struct {
	worlds Worlds
	chunks int
	video  *Video
}

func (o *offlineHorizon) Start(v *Video, _ uint64) error {
	o.video = v
	return nil
}

func (o *offlineHorizon) Choose(now *View) (int, error) {
	plan, err := optimal.SearchAhead(o.worlds.World(now.Trace, now.Video), now.state(), o.video.QoE, o.chunks)
	if err != nil || len(plan.Levels) == 0 {
		return 0, err
	}
	return plan.Levels[0], nil
}
