package decision

import (
	"bytes"
	"errors"
	"strings"

	"trailblazer/api/env"
)

// told reports whether a call says what an environment did in an episode that
// goes on.
func (s *seat) told(q *question, i int) bool {
	return q.taken != nil && s.running[i] && !q.start[i]
}

// differs reports whether an environment did something else than was chosen.
func (s *seat) differs(q *question, i int) bool {
	for k := range q.taken {
		if !bytes.Equal(q.taken[k].Bytes(i), s.action[k].Bytes(i)) {
			return true
		}
	}
	return false
}

// checkTaken refuses what an environment can't have done: what is not of the
// action space, and what the policy refuses in view of what was shown.
func (s *seat) checkTaken(q *question, i int) error {
	if err := s.shape.taken.CheckRow(q.taken, i); err != nil {
		return err
	}
	checker, ok := s.policies[i].(env.TookChecker)
	if !ok || !s.differs(q, i) {
		return nil
	}
	err := checker.CheckTook(s.seen, i, q.taken)
	if refused, ok := errors.AsType[*env.FieldError](err); ok {
		if path, ok := strings.CutPrefix(refused.Field, "action"); ok {
			return &env.FieldError{Field: "taken" + path, Value: refused.Value, Remedy: refused.Remedy}
		}
	}
	return err
}

// tell lets a policy know of an action that is not the one it chose.
func (s *seat) tell(q *question, i int) error {
	if s.differs(q, i) {
		return s.policies[i].(env.Follower).Took(s.seen, i, q.taken)
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
