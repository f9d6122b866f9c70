package decision

import (
	"bytes"

	"trailblazer/api/env"
)

// told reports whether a call says what an environment did in an episode that
// goes on.
func (s *seat) told(q *question, i int) bool {
	return q.taken != nil && s.running[i] && !q.start[i]
}

// tell lets a policy know of an action that is not the one it chose.
func (s *seat) tell(q *question, i int) error {
	for k := range q.taken {
		if !bytes.Equal(q.taken[k].Bytes(i), s.action[k].Bytes(i)) {
			return s.policies[i].(env.Follower).Took(s.seen, i, q.taken)
		}
	}
	return nil
}

// keep copies what was shown, for policies that are told later what was done
// then: a call's memory is not the seat's.
func (s *seat) keep(q *question) {
	if s.seen == nil {
		return
	}
	for i := range s.n {
		s.seen.Observation.CopyRow(i, q.shown.Observation, i)
		s.seen.Info.CopyRow(i, q.shown.Info, i)
	}
	copy(s.seen.Reward, q.shown.Reward)
}
