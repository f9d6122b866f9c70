package ccenv

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/splitmix"
)

// Env plays one session after the other. It implements env.Env,
// env.ActionChecker and env.Snapshotter. What a session needs is allocated by
// the first reset, and reused by later ones.
type Env struct {
	factory *Factory
	play    *play // nil before the first reset

	// base is the last seed that was given; drawn counts the episodes since,
	// whose seeds are derived from it.
	base, drawn uint64
	// next is what a scenario of fixed sessions plays next, stride the way
	// from there to the one after.
	next, stride int64
	// episode is the seed of the running session, and number its place in a
	// scenario of fixed sessions.
	episode uint64
	number  int64
	phase   phase
}

// phase is what the environment waits for.
type phase uint8

const (
	unstarted phase = iota
	running
	finished
	closed
)

func newEnv(f *Factory, index, count int) *Env {
	e := &Env{factory: f}
	if n := int64(f.episodes); n > 0 {
		e.next, e.stride = int64(index)%n, int64(count)%n
	}
	return e
}

// Spec implements env.Env.
func (e *Env) Spec() *env.Spec { return e.factory.spec }

// Close implements env.Env.
func (e *Env) Close() error {
	e.phase, e.play = closed, nil
	return nil
}

// Reset implements env.Env. There are no options.
func (e *Env) Reset(seed *uint64, options json.RawMessage, out *env.Batch, row int) error {
	if e.phase == closed {
		return env.ErrClosed
	}
	if err := jsonconfig.Decode("options", options, &struct{}{}); err != nil {
		return err
	}
	e.choose(seed)
	if err := e.begin(); err != nil {
		return err
	}
	e.phase = running
	e.play.show(out, row)
	return nil
}

// choose settles which session comes next.
func (e *Env) choose(given *uint64) {
	n := int64(e.factory.episodes)
	if given != nil {
		e.base, e.drawn = *given, 0
		e.episode = e.base
		if n > 0 {
			e.next = int64(e.base % uint64(n))
		}
	} else {
		e.drawn++
		e.episode = splitmix.Mix(e.base, e.drawn)
	}
	e.number = e.next
	if n > 0 {
		e.next = (e.next + e.stride) % n
	}
}

// begin starts the chosen session.
func (e *Env) begin() error {
	session, err := e.factory.session(e.episode, e.number)
	if err != nil {
		return err
	}
	if e.play == nil {
		e.play = newPlay(e.factory)
	}
	e.play.start(session, e.episode)
	return nil
}

// CheckAction implements env.ActionChecker.
func (e *Env) CheckAction(action env.Arrays, row int) error {
	return e.factory.checkAction(env.Row[float64](&action[0], row))
}

// checkAction refuses what is no rate.
func (f *Factory) checkAction(values []float64) error {
	for i, v := range values {
		if !(v >= 0 && v <= f.config.MaxBandwidthKbps) {
			field := "action"
			if len(values) > 1 {
				field = fmt.Sprintf("action, element %d", i)
			}
			value := strconv.FormatFloat(v, 'g', -1, 64)
			if math.IsNaN(v) {
				value = "NaN"
			}
			return jsonconfig.Refuse(field, value+" kbps", fmt.Sprintf("give a rate from 0 to %g kbps", f.config.MaxBandwidthKbps))
		}
	}
	return nil
}

// Step implements env.Env.
func (e *Env) Step(action env.Arrays, out *env.Batch, row int) error {
	switch e.phase {
	case unstarted:
		return env.ErrNotReset
	case finished:
		return env.ErrFinished
	case closed:
		return env.ErrClosed
	}
	values := env.Row[float64](&action[0], row)
	if err := e.factory.checkAction(values); err != nil {
		return err
	}
	e.play.step(values)
	if e.play.over() {
		e.phase = finished
	}
	out.Reward[row], out.Terminated[row], out.Truncated[row] = e.play.reward.total(), false, e.phase == finished
	e.play.show(out, row)
	return nil
}

// milliseconds turns a time into what infos show.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
