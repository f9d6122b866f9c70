package online

import (
	"encoding/json"
	"fmt"
	"time"

	"trailblazer/internal/strictjson"
	"trailblazer/trainer/checkpoint"
)

// load goes on from the directory's State, if there is one.
func (l *loop) load() (*checkpoint.Progress, error) {
	path := l.directory.Path()
	progress, err := checkpoint.LoadState(path, l.arrays())
	switch {
	case err != nil:
		return nil, err
	case progress == nil && l.record.Step > 0:
		return nil, fmt.Errorf("%s has done %d iterations, and its last.safetensors is not there: bring it back from a copy, or begin another run with --init", path, l.record.Step)
	case progress == nil:
		return new(checkpoint.Progress), nil
	}
	if err := strictjson.Decode(progress.Loop, &l.state, true); err != nil {
		return nil, fmt.Errorf("%s: the state of training: %w; it is damaged", path, err)
	}
	if err := l.learner.SetState(l.state.Learner); err != nil {
		return nil, err
	}
	if best := l.state.Best; best != nil && best.By != l.by() {
		return nil, fmt.Errorf("%s: its models were chosen by %s until now, and would be by %s, which does not compare: validate as before, or begin another run with --init", path, best.By, l.by())
	}
	l.step, l.seconds, l.cursor = progress.Step, progress.Seconds, progress.Cursor
	if l.record.Best == nil {
		l.record.Best = l.state.Best
	}
	return progress, nil
}

// arrays are all that the loop changes.
func (l *loop) arrays() []checkpoint.Array {
	list := append(l.learner.Arrays(), l.average.Arrays()...)
	if l.anchor != nil {
		for _, p := range l.anchor.Params().Params() {
			list = append(list, checkpoint.Array{Group: "anchor", Name: p.Name, Shape: p.Shape, Values: p.Value})
		}
	}
	return list
}

// save writes down where the loop is.
func (l *loop) save() error {
	// What the state counts on must be on the disk before it.
	bytes, err := l.metrics.Sync()
	if err != nil {
		return err
	}
	s, _, at := l.config.stage(l.step)
	switch {
	case at == 0 || at == s.Iterations:
		l.cursor = nil // Between stages nothing goes on.
	case l.scene != nil && l.scene.ready:
		if l.cursor, err = l.scene.state(); err != nil {
			return err
		}
	}
	l.state.Learner = l.learner.State()
	text, err := json.Marshal(&l.state)
	if err != nil {
		return err
	}
	state := checkpoint.State{Arrays: l.arrays(), Progress: checkpoint.Progress{
		Step: l.step, Cursor: l.cursor, MetricsBytes: bytes, Seconds: l.elapsed(), Loop: text,
	}}
	if err := l.directory.SaveState(&state); err != nil {
		return err
	}
	r := l.record
	r.Step, r.Steps, r.Seconds = l.step, l.config.Iterations(), l.elapsed()
	if err := l.directory.Save(r); err != nil {
		return err
	}
	if err := l.files.forget(l.step - min(at, s.Replay)); err != nil {
		return err
	}
	points, err := checkpoint.ReadMetrics(l.directory.Path())
	if err != nil {
		return err
	}
	l.saved = time.Now()
	return l.directory.SaveCurves(points)
}
