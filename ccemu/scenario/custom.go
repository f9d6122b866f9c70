package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// custom is one session that is like many.
func custom() []fixed {
	return []fixed{{"custom", ccemu.Session{
		DurationMs: ccemu.DefaultDurationMs,
		Forward:    link.Path{Bottleneck: bottleneck(schedule.Constant(2000), 300), DelayMs: schedule.Constant(25)},
		Reverse:    link.Path{DelayMs: schedule.Constant(25)},
		Flows:      []media.Flow{{}},
	}}}
}
