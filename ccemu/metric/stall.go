package metric

import "time"

// Playback is for how long a flow was played, stalls included, and for how
// long of that it stalled.
type Playback struct {
	Played, Stalled time.Duration
}

// StallRate is eq. 8: the stalls of all flows over their playback; 0 where
// nothing was played.
func StallRate(flows ...Playback) float64 {
	var all Playback
	for _, f := range flows {
		all.Played += f.Played
		all.Stalled += f.Stalled
	}
	if all.Played <= 0 {
		return 0
	}
	return all.Stalled.Seconds() / all.Played.Seconds()
}

// Reduction is eq. 9: by how much less than a baseline's a stall rate is,
// relative to the baseline's. It is not defined where the baseline never
// stalls.
func Reduction(baseline, rate float64) (reduction float64, defined bool) {
	if !(baseline > 0) {
		return 0, false
	}
	return (baseline - rate) / baseline, true
}
