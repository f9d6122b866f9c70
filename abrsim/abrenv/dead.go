package abrenv

import "trailblazer/abrsim"

// mostRedraws bounds how often an episode is drawn again; the last stays.
const mostRedraws = 100

// dead reports whether even the lowest level throughout, without noise, brings
// a negative sum of rewards from a start: nothing that an agent can do there is
// worth as much as what the link does to it.
func (e *Env) dead(start abrsim.Cursor) bool {
	f := e.factory
	world, qoe := f.World(int(e.trace), int(e.video)), f.movies[e.video].qoe
	s, sum := world.Start(start), 0.0
	for !world.Done(s) {
		level := 0
		forced := f.forced && s.Chunk == 0
		if forced {
			level = int(s.LastLevel)
		}
		next, chunk, err := world.Step(s, level, 1)
		if err != nil {
			return false // A step says so itself.
		}
		if !forced {
			sum += qoe.Score(chunk).Total
		}
		s = next
	}
	return sum < 0
}
