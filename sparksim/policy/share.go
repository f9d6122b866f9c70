package policy

import "trailblazer/sparksim"

// share serves jobs in the order of their arrival, each up to a cap of
// executors. The job whose executors have become free keeps them all while it
// has a use for them. FIFO and Fair differ in the cap only. Source: the
// reference's heuristics.
type share struct {
	cap func(v *sparksim.View) int
	frontier
}

func (s *share) Start(uint64) {}

func (s *share) Choose(v *sparksim.View) (Decision, error) {
	limit := s.cap(v)
	chosen, room := -1, 0
	var at places
	for job, p := range open(v) {
		if job == v.Source {
			return Decision{s.first(v, job, p), max(v.Committable, 1)}, nil
		}
		if r := limit - int(v.Jobs[job].Supply); chosen < 0 && r > 0 {
			chosen, room, at = job, r, p
		}
	}
	if chosen < 0 {
		return pass(v), nil
	}
	return give(v, chosen, s.first(v, chosen, at), room), nil
}

// ceilDiv is a/b, rounded up.
func ceilDiv(a, b int) int { return (a + b - 1) / b }
