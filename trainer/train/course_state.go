package train

import (
	"encoding/json"
	"fmt"
	"time"

	"trailblazer/internal/strictjson"
	"trailblazer/trainer/checkpoint"
)

// Load goes on from the directory's State, and reports whether there is one.
func (c *Course) Load() (bool, error) {
	path := c.Directory.Path()
	progress, err := checkpoint.LoadState(path, c.Arrays())
	switch {
	case err != nil:
		return false, err
	case progress == nil && c.Run.Step > 0:
		return false, fmt.Errorf("%s has done %d %ss, and its last.safetensors is not there: bring it back from a copy, or begin another run with --init", path, c.Run.Step, c.Unit)
	case progress == nil:
		return false, nil
	}
	if err := strictjson.Decode(progress.Loop, c.State, true); err != nil {
		return false, fmt.Errorf("%s: the state of training: %w; it is damaged", path, err)
	}
	best := c.Marks.Best
	if best != nil && best.By != c.By {
		return false, fmt.Errorf("%s: its models were chosen by %s until now, and would be by %s, which does not compare: validate as before, or begin another run with --init", path, best.By, c.By)
	}
	c.Step, c.Cursor, c.bytes, c.pace.before = progress.Step, progress.Cursor, progress.MetricsBytes, progress.Seconds
	if c.Run.Best == nil {
		c.Run.Best = best
	}
	return true, nil
}

// save writes down where the run is.
func (c *Course) save() error {
	// What the state counts on must be on the disk before it.
	bytes, err := c.metrics.Sync()
	if err != nil {
		return err
	}
	if err := c.Keep(); err != nil {
		return err
	}
	text, err := json.Marshal(c.State)
	if err != nil {
		return err
	}
	state := checkpoint.State{Arrays: c.Arrays(), Progress: checkpoint.Progress{
		Step: c.Step, Cursor: c.Cursor, MetricsBytes: bytes, Seconds: c.pace.seconds(), Loop: text,
	}}
	if err := c.Directory.SaveState(&state); err != nil {
		return err
	}
	r := c.Run
	r.Step, r.Steps, r.Seconds = c.Step, c.Steps, c.pace.seconds()
	if err := c.Directory.Save(r); err != nil {
		return err
	}
	if c.Kept != nil {
		if err := c.Kept(); err != nil {
			return err
		}
	}
	points, err := checkpoint.ReadMetrics(c.Directory.Path())
	if err != nil {
		return err
	}
	c.saved = time.Now()
	return c.Directory.SaveCurves(points)
}
