package online

import "trailblazer/trainer/checkpoint"

// load goes on from the directory's State, if there is one.
func (l *loop) load() error {
	saved, err := l.course.Load()
	if err != nil || !saved {
		return err
	}
	return l.learner.SetState(l.state.Learner)
}

// arrays are all that the loop changes.
func (l *loop) arrays() []checkpoint.Array {
	list := append(l.learner.Arrays(), l.course.Average.Arrays()...)
	if l.anchor != nil {
		for _, p := range l.anchor.Params().Params() {
			list = append(list, checkpoint.Array{Group: "anchor", Name: p.Name, Shape: p.Shape, Values: p.Value})
		}
	}
	return list
}

// bring brings the state up to date.
func (l *loop) bring() error {
	s, _, at := l.config.stage(l.course.Step)
	l.state.Learner = l.learner.State()
	switch {
	case at == 0 || at == s.Iterations:
		l.course.Cursor = nil // Between stages nothing goes on.
	case l.scene != nil && l.scene.ready:
		cursor, err := l.scene.state()
		if err != nil {
			return err
		}
		l.course.Cursor = cursor
	}
	return nil
}

// forget removes what the state that was saved needs no more.
func (l *loop) forget() error {
	s, _, at := l.config.stage(l.course.Step)
	return l.files.forget(l.course.Step - min(at, s.Replay))
}
