package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// Bounds of what a recording holds in memory: an episode may grow to
// maxEpisodeBytes, and all of a vector to maxBytes. The size is looked at every
// measureSteps steps.
const (
	maxEpisodeBytes = 256 << 20
	maxBytes        = 1 << 30
	measureSteps    = 16
)

// recording implements env.Recording.
type recording struct {
	recorder *Recorder
	vector   env.Recordable
	options  env.RecordOptions
	queue    *queue
	// most is how many bytes one episode may have.
	most  int
	plays []play
}

// play is one environment's episode that is being played, and its place in
// the order of those.
type play struct {
	builder traj.Builder
	running bool
	// started says that the environment was reset or restored before.
	started bool
	// number is that of the episode among the environment's.
	number  int
	seed    uint64
	seeded  bool
	options json.RawMessage
	start   []byte
}

func newRecording(r *Recorder, v env.Recordable, o env.RecordOptions, builder *traj.Builder, q *queue) *recording {
	n := v.Len()
	rec := &recording{recorder: r, vector: v, options: o, queue: q,
		most: min(maxEpisodeBytes, maxBytes/n), plays: make([]play, n)}
	for i := range rec.plays {
		rec.plays[i].builder = *builder
	}
	return rec
}

// Ready implements env.Recording.
func (r *recording) Ready() error { return r.queue.flush() }

// Reset implements env.Recording.
func (r *recording) Reset(options *env.ResetOptions, shown *env.Batch) {
	for i := range r.plays {
		if options.Mask != nil && !options.Mask[i] {
			continue
		}
		r.finish(i)
		seed := options.Seed(i)
		if seed == nil && !r.plays[i].started {
			own := uint64(i) // So says env.ResetOptions.
			seed = &own
		}
		r.begin(i, shown, seed, options.Options)
	}
	_ = r.queue.add() // Ready tells.
}

// Step implements env.Recording.
func (r *recording) Step(action env.Arrays, t *env.Transition) {
	finals := 0
	for i := range r.plays {
		p := &r.plays[i]
		if !p.running { // NextStep: this step was the reset.
			r.begin(i, &t.Batch, nil, nil)
			continue
		}
		switch done := t.Done(i); {
		case done && r.vector.Autoreset() == env.SameStep:
			p.builder.StepFinal(action, i, traj.Choice{}, &t.Batch, i, &t.Final, finals)
			finals++
			r.finish(i)
			r.begin(i, &t.Batch, nil, nil)
		case done:
			p.builder.Step(action, i, traj.Choice{}, &t.Batch, i)
			r.finish(i)
		default:
			p.builder.Step(action, i, traj.Choice{}, &t.Batch, i)
			if p.builder.Steps()%measureSteps == 0 && p.builder.Bytes() > r.most {
				r.finish(i)
				r.begin(i, &t.Batch, nil, nil)
			}
		}
	}
	_ = r.queue.add() // Ready tells.
}

// Restore implements env.Recording.
func (r *recording) Restore(shown *env.Batch) {
	for i := range r.plays {
		r.finish(i)
		r.plays[i].started = true
		if r.vector.Running(i) {
			r.begin(i, shown, nil, nil)
		}
	}
	_ = r.queue.add() // Ready tells.
}

// Close implements env.Recording.
func (r *recording) Close() error {
	for i := range r.plays {
		r.finish(i)
	}
	r.plays = nil
	_ = r.recorder.retry() // See Recorder.Record.
	err := r.queue.finish()
	if len(r.queue.episodes) > 0 {
		r.recorder.keep(r.queue)
	}
	return err
}

// begin starts an episode of environment i with what it shows. Without a seed,
// the environment's state says how it began.
func (r *recording) begin(i int, shown *env.Batch, seed *uint64, options json.RawMessage) {
	p := &r.plays[i]
	p.builder.Start(shown, i)
	p.running, p.started = true, true
	p.options = slices.Clone(options)
	if string(bytes.TrimSpace(options)) == "null" {
		p.options = nil // It means none.
	}
	p.seed, p.seeded, p.start = 0, seed != nil, nil
	if seed != nil {
		p.seed = *seed
		return
	}
	// It has none where the environment can't save its state.
	p.start, _ = r.vector.AppendEnvState(nil, i)
}

// finish ends the episode of environment i, if one is running, and queues it
// if it has a step.
func (r *recording) finish(i int) {
	p := &r.plays[i]
	if !p.running {
		return
	}
	p.running = false
	e := p.builder.Finish()
	if e == nil {
		return
	}
	spec := r.vector.Spec()
	e.Source = fmt.Sprintf("%s/%d/%d", r.options.Source, i, p.number)
	p.number++
	e.Policy, e.Split = r.options.Policy, r.options.Split
	e.Scenario, e.ScenarioHash = spec.Scenario, spec.ContentHash
	e.Seed, e.Seeded, e.ResetOptions, e.Start = p.seed, p.seeded, p.options, p.start
	r.queue.episodes = append(r.queue.episodes, e)
}
