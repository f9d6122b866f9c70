package train

import (
	"encoding/json"
	"fmt"
	"time"

	"trailblazer/internal/strictjson"
	"trailblazer/trainer/checkpoint"
)

// load goes on from the directory's State, if there is one.
func (l *Loop) load() (*checkpoint.Progress, error) {
	progress, err := checkpoint.LoadState(l.Directory.Path(), l.arrays())
	switch {
	case err != nil:
		return nil, err
	case progress == nil && l.Options.Run.Step > 0:
		return nil, fmt.Errorf("%s has done %d steps, and its last.safetensors is not there: bring it back from a copy, or begin another run with --init", l.Directory.Path(), l.Options.Run.Step)
	case progress == nil:
		return new(checkpoint.Progress), nil
	}
	if err := strictjson.Decode(progress.Loop, &l.state, true); err != nil {
		return nil, fmt.Errorf("%s: the state of training: %w; it is damaged", l.Directory.Path(), err)
	}
	state := l.optimizer.State()
	state.Steps = l.state.Optimizer
	if err := l.optimizer.SetState(state); err != nil {
		return nil, err
	}
	if best := l.state.Best; best != nil && best.By != l.by() {
		return nil, fmt.Errorf("%s: its models were chosen by %s until now, and would be by %s, which does not compare: validate as before, or begin another run with --init", l.Directory.Path(), best.By, l.by())
	}
	l.step, l.seconds, l.cursor = progress.Step, progress.Seconds, progress.Cursor
	if r := l.Options.Run; r.Best == nil {
		r.Best = l.state.Best
	}
	return progress, nil
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
	return append(list, l.average.Arrays()...)
}

// save writes down where the loop is.
func (l *Loop) save() error {
	// What the state counts on must be on the disk before it.
	bytes, err := l.metrics.Sync()
	if err != nil {
		return err
	}
	l.state.Optimizer = l.optimizer.State().Steps
	text, err := json.Marshal(&l.state)
	if err != nil {
		return err
	}
	state := checkpoint.State{Arrays: l.arrays(), Progress: checkpoint.Progress{
		Step: l.step, Cursor: l.cursor, MetricsBytes: bytes, Seconds: l.elapsed(), Loop: text,
	}}
	if err := l.Directory.SaveState(&state); err != nil {
		return err
	}
	r := l.Options.Run
	r.Step, r.Steps, r.Seconds = l.step, l.Config.Steps, l.elapsed()
	if err := l.Directory.Save(r); err != nil {
		return err
	}
	points, err := checkpoint.ReadMetrics(l.Directory.Path())
	if err != nil {
		return err
	}
	l.saved = time.Now()
	return l.Directory.SaveCurves(points)
}
