package online

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/trainer/rl"
)

// unrecorded says why a stage is not recorded; empty where it is. Labels of some of
// the states only are no lessons for others, and all labels of a data set are one
// expert's.
func (c *Config) unrecorded(s *Stage) string {
	switch {
	case s.Algorithm != DAgger:
		return "no stage imitates an expert"
	case c.Record.Every == 0:
		return "record.every is 0"
	case c.Record.MaxSteps == 0:
		return "record.max_steps is 0"
	case s.LabelShare < 1:
		return fmt.Sprintf("only a share of %g of the steps is labelled (stages.%s.label_share)", s.LabelShare, s.Name)
	case c.expert(s) != c.Expert:
		return fmt.Sprintf("stages.%s.expert is another than expert, whose labels are recorded", s.Name)
	}
	return ""
}

// Unrecorded says why nothing of a run is recorded; empty where something is.
func (c *Config) Unrecorded() string {
	why := ""
	for i := range c.Stages {
		own := c.unrecorded(&c.Stages[i])
		if own == "" {
			return ""
		}
		if why == "" || c.Stages[i].Algorithm == DAgger {
			why = own
		}
	}
	return why
}

// DataDir is the folder of a run's directory where its recorded episodes lie.
func DataDir(run string) string { return filepath.Join(run, dataFolder) }

// recorder keeps the episodes of a world that experts label as a data set. It
// stands between the world and whoever plays it: it is the vector, and every
// expert.
//
// It keeps episodes that it has seen whole, each of whose states was labelled:
// where a run was stopped within one, that one is missing.
type recorder struct {
	env.Vector
	writer  *traj.Writer
	specs   []*env.Spec
	builder *traj.Builder
	tracks  []track
	// stage and policy say what is played, and by whom; seed is the policies'.
	stage, policy string
	seed          uint64
	// on says that episodes that begin are kept. steps counts those of all that
	// were kept, of which most is the largest number.
	on          bool
	steps, most int
}

// track is one environment's episode.
type track struct {
	builder traj.Builder
	running bool
	policy  string
	seed    uint64
	options json.RawMessage
	label   traj.Label
	// labelled says that the expert was asked about the state that is shown.
	labelled bool
}

// recorderOf is in the place of a world's vector and experts from then on.
func recorderOf(w *World, writer *traj.Writer, most int) (*recorder, error) {
	r := &recorder{Vector: w.Vector, writer: writer, most: most, tracks: make([]track, w.Vector.Len())}
	for i := range r.tracks {
		spec := w.specOf(i)
		r.specs = append(r.specs, spec)
		if err := writer.AddScenario(spec); err != nil {
			return nil, err
		}
	}
	var err error
	if r.builder, err = traj.NewBuilder(writer.Schema(), w.Vector.Spec()); err != nil {
		return nil, err
	}
	leaves := env.Leaves(w.Vector.Spec().Action)
	w.Vector = r
	for i := range w.Experts {
		t := &r.tracks[i]
		t.builder = *r.builder
		t.label.Action = env.NewArrays(leaves, 1)
		w.Experts[i] = &heard{w.Experts[i], t}
	}
	return r, nil
}

// heard is an expert whose labels a track takes down.
type heard struct {
	env.Expert
	track *track
}

// Label implements env.Expert.
func (h *heard) Label(in *env.Batch, row int, action env.Arrays) (float64, []float64, error) {
	value, advantage, err := h.Expert.Label(in, row, action)
	if t := h.track; err == nil && t.running {
		t.labelled = true
		t.label.Action.CopyRow(0, action, row)
		t.label.Value, t.label.Advantage = value, append(t.label.Advantage[:0], advantage...)
	}
	return value, advantage, err
}

// Weight implements env.Weigher: 1 where the expert does not know.
func (h *heard) Weight() float64 {
	if w, ok := h.Expert.(env.Weigher); ok {
		return w.Weight()
	}
	return 1
}

// Took implements rl.Follower.
func (h *heard) Took(in *env.Batch, row int, action env.Arrays) error {
	if f, ok := h.Expert.(rl.Follower); ok {
		return f.Took(in, row, action)
	}
	return nil
}

// End implements rl.Follower.
func (h *heard) End(in *env.Batch, row int) error {
	if f, ok := h.Expert.(rl.Follower); ok {
		return f.End(in, row)
	}
	return nil
}

// Reset implements env.Vector.
func (r *recorder) Reset(o env.ResetOptions) (*env.Batch, error) {
	shown, err := r.Vector.Reset(o)
	if err != nil {
		return nil, err
	}
	for i := range r.tracks {
		t := &r.tracks[i]
		if o.Mask != nil && !o.Mask[i] {
			continue
		}
		seed := o.Seed(i)
		t.running = r.on && seed != nil && r.steps < r.most
		if !t.running {
			continue
		}
		t.seed, t.policy, t.labelled = *seed, r.policy, false
		t.options = bytes.Clone(o.Options)
		t.builder.Start(shown, i)
	}
	return shown, nil
}

// Step implements env.Vector.
func (r *recorder) Step(action env.Arrays) (*env.Transition, error) {
	shown, err := r.Vector.Step(action)
	if err != nil {
		return nil, err
	}
	for i := range r.tracks {
		t := &r.tracks[i]
		if !t.running {
			continue
		}
		if !t.labelled {
			t.running = false
			continue
		}
		t.labelled = false
		t.builder.Step(action, i, traj.Choice{Label: &t.label}, &shown.Batch, i)
		if !shown.Done(i) {
			continue
		}
		t.running = false
		if err := r.keep(i, t.builder.Finish()); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// keep adds an episode to the data set.
func (r *recorder) keep(i int, e *traj.Episode) error {
	t := &r.tracks[i]
	if r.steps+e.Header.Steps > r.most {
		r.steps = r.most
		return nil
	}
	r.steps += e.Header.Steps
	e.Source = fmt.Sprintf("online/%s/%d/%d", r.stage, i, t.seed)
	e.Policy, e.PolicySeed = t.policy, r.seed
	e.Scenario, e.ScenarioHash = r.specs[i].Scenario, r.specs[i].ContentHash
	e.Seed, e.Seeded, e.ResetOptions = t.seed, true, t.options
	if _, err := r.writer.Add(e); err != nil {
		return fmt.Errorf("the data of the run: %w", err)
	}
	return nil
}

// Restore implements env.Vector: of episodes that are under way the beginning is
// not known.
func (r *recorder) Restore(state []byte) (*env.Batch, error) {
	for i := range r.tracks {
		r.tracks[i].running = false
	}
	return r.Vector.Restore(state)
}

// policyOf names who acts where an expert does with a probability.
func policyOf(expert string, beta float64) string {
	if beta > 0 {
		return student + "+" + expert
	}
	return student
}

// student is the policy that is being trained.
const student = "student"
