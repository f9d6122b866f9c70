package train

import "trailblazer/trainer/checkpoint"

// load goes on from the directory's State, if there is one.
func (l *Loop) load() error {
	saved, err := l.course.Load()
	if err != nil || !saved {
		return err
	}
	state := l.optimizer.State()
	state.Steps = l.state.Optimizer
	return l.optimizer.SetState(state)
}

// arrays are all that the loop changes.
func (l *Loop) arrays() []checkpoint.Array {
	var list []checkpoint.Array
	for _, p := range l.Model.Params().Params() {
		list = append(list, checkpoint.Array{Group: "param", Name: p.Name, Shape: p.Shape, Values: p.Value})
	}
	for _, m := range l.optimizer.State().Moments {
		list = append(list,
			checkpoint.Array{Group: "first", Name: m.Name, Shape: m.Shape, Values: m.First},
			checkpoint.Array{Group: "second", Name: m.Name, Shape: m.Shape, Values: m.Second})
	}
	return append(list, l.course.Average.Arrays()...)
}

// keep brings the state up to date.
func (l *Loop) keep() error {
	l.state.Optimizer = l.optimizer.State().Steps
	return nil
}
