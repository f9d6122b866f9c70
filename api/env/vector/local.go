package vector

import (
	"fmt"
	"sync"
	"time"

	"trailblazer/api/env"
)

// Local is an env.Vector whose environments live in this process.
type Local struct {
	factory env.Factory
	spec    *env.Spec
	mode    env.AutoresetMode
	pool    *Pool
	checker *env.Checker
	envs    []env.Env
	// state says where each environment is between reset and step.
	state []phase
	// masked is whether the action checks need the environments themselves.
	masked bool
	// block is how many rows one goroutine takes at a time.
	block  int
	closed bool

	// The pass in progress; fields rather than arguments, so that starting one
	// allocates nothing.
	job     job
	rows    func(v *Local, low, high int)
	action  env.Arrays
	out     *env.Transition
	options *env.ResetOptions
	failure struct {
		sync.Mutex
		row int
		err error
	}

	own env.Transition
}

// phase is what an environment waits for.
type phase uint8

const (
	unstarted phase = iota
	running
	finished
)

// A pass is spread over cores from worthSharing on, in blocks of about
// blockCost. Waking a core takes 5 µs on bare metal and was measured at 60 µs
// on a virtual machine.
const (
	worthSharing = 60 * time.Microsecond
	blockCost    = 12 * time.Microsecond
)

// New makes n environments of a factory. The pool may be nil: then everything
// runs on the caller's goroutine.
func New(factory env.Factory, n int, mode env.AutoresetMode, pool *Pool) (*Local, error) {
	if n < 1 {
		return nil, &env.FieldError{Field: "num_envs", Value: fmt.Sprint(n), Remedy: "give at least 1"}
	}
	if mode > env.Disabled {
		return nil, &env.FieldError{Field: "autoreset_mode", Value: mode.String(), Remedy: "give NextStep, SameStep or Disabled"}
	}
	v := newLocal(factory, n, mode, pool)
	for i := range v.envs {
		e, err := factory.New(i, n)
		if err != nil {
			v.Close()
			return nil, err
		}
		v.envs[i] = e
	}
	_, v.masked = v.envs[0].(env.ActionChecker)
	return v, nil
}

func newLocal(factory env.Factory, n int, mode env.AutoresetMode, pool *Pool) *Local {
	spec := factory.Spec()
	cost := max(spec.StepCost, 50*time.Nanosecond)
	block := max(1, int(blockCost/cost))
	if cost*time.Duration(n) < worthSharing {
		block = n
	}
	return &Local{
		factory: factory,
		spec:    spec,
		mode:    mode,
		pool:    pool,
		checker: env.NewChecker("action", env.Leaves(spec.Action)),
		envs:    make([]env.Env, n),
		state:   make([]phase, n),
		block:   block,
	}
}

// Spec implements env.Vector.
func (v *Local) Spec() *env.Spec { return v.spec }

// Len implements env.Vector.
func (v *Local) Len() int { return len(v.envs) }

// Autoreset implements env.Vector.
func (v *Local) Autoreset() env.AutoresetMode { return v.mode }

// Reset implements env.Vector.
func (v *Local) Reset(options env.ResetOptions) (*env.Batch, error) {
	out := v.buffer()
	if err := v.ResetInto(options, &out.Batch); err != nil {
		return nil, err
	}
	return &out.Batch, nil
}

// Step implements env.Vector.
func (v *Local) Step(action env.Arrays) (*env.Transition, error) {
	out := v.buffer()
	if err := v.StepInto(action, out); err != nil {
		return nil, err
	}
	return out, nil
}

// buffer returns the vector's own output, made when first needed.
func (v *Local) buffer() *env.Transition {
	if v.own.Reward == nil {
		v.own.Batch = *env.NewBatch(v.spec, len(v.envs))
	}
	return &v.own
}

// ResetInto is Reset with an output of the caller's. Rows outside the mask
// are left alone.
func (v *Local) ResetInto(options env.ResetOptions, out *env.Batch) error {
	if v.closed {
		return env.ErrClosed
	}
	if err := options.Check(len(v.envs)); err != nil {
		return err
	}
	v.options = &options
	transition := env.Transition{Batch: *out}
	v.out = &transition
	err := v.pass((*Local).resetRows)
	v.options = nil
	return err
}

func (v *Local) resetRows(low, high int) {
	for i := low; i < high; i++ {
		if v.options.Mask != nil && !v.options.Mask[i] {
			continue
		}
		seed := v.options.Seed(i)
		if seed == nil && v.state[i] == unstarted {
			// Or else all would go on with the stream of seed 0.
			own := uint64(i)
			seed = &own
		}
		if err := v.envs[i].Reset(seed, v.options.Options, &v.out.Batch, i); err != nil {
			v.fail(i, err)
			continue
		}
		v.out.Reward[i], v.out.Terminated[i], v.out.Truncated[i] = 0, false, false
		v.state[i] = running
	}
}

// StepInto is Step with an output of the caller's.
func (v *Local) StepInto(action env.Arrays, out *env.Transition) error {
	if v.closed {
		return env.ErrClosed
	}
	if err := v.check(action); err != nil {
		return err
	}
	v.action, v.out = action, out
	if v.mode == env.SameStep && out.Final.Observation == nil {
		out.Final.Observation = env.NewArrays(env.Leaves(v.spec.Observation), len(v.envs))
		out.Final.Info = env.NewArrays(env.Leaves(v.spec.Info), len(v.envs))
	}
	err := v.pass((*Local).stepRows)
	v.action = nil
	if err != nil {
		return err
	}
	v.collectFinished(out)
	return nil
}

// check refuses a step before any environment has taken it.
func (v *Local) check(action env.Arrays) error {
	if err := v.checker.CheckShape(action, len(v.envs)); err != nil {
		return err
	}
	for i, state := range v.state {
		switch {
		case state == unstarted:
			return v.at(i, env.ErrNotReset)
		case state == finished && v.mode == env.Disabled:
			return v.at(i, env.ErrFinished)
		case state == finished:
			continue // The action is ignored.
		}
		if err := v.checker.CheckRow(action, i); err != nil {
			return err
		}
		if v.masked {
			if err := v.envs[i].(env.ActionChecker).CheckAction(action, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *Local) at(i int, err error) error {
	if len(v.envs) == 1 {
		return err
	}
	return fmt.Errorf("environment %d: %w", i, err)
}

func (v *Local) stepRows(low, high int) {
	out := &v.out.Batch
	for i := low; i < high; i++ {
		if v.state[i] == finished { // NextStep: this step is the reset.
			if err := v.envs[i].Reset(nil, nil, out, i); err != nil {
				v.fail(i, err)
				continue
			}
			out.Reward[i], out.Terminated[i], out.Truncated[i] = 0, false, false
			v.state[i] = running
			continue
		}
		if err := v.envs[i].Step(v.action, out, i); err != nil {
			if len(v.envs) > 1 {
				// It was not refused beforehand, so others have moved.
				err = &PartialError{Err: err}
			}
			v.fail(i, err)
			continue
		}
		if !out.Done(i) {
			continue
		}
		if v.mode != env.SameStep {
			v.state[i] = finished
			continue
		}
		v.out.Final.Observation.CopyRow(i, out.Observation, i)
		v.out.Final.Info.CopyRow(i, out.Info, i)
		if err := v.envs[i].Reset(nil, nil, out, i); err != nil {
			v.fail(i, err)
		}
	}
}

// collectFinished moves the final rows, which stand at their environments'
// numbers, together.
func (v *Local) collectFinished(out *env.Transition) {
	out.Finished = out.Finished[:0]
	if v.mode != env.SameStep {
		return
	}
	for i := range v.envs {
		if !out.Done(i) {
			continue
		}
		if k := len(out.Finished); k != i {
			out.Final.Observation.CopyRow(k, out.Final.Observation, i)
			out.Final.Info.CopyRow(k, out.Final.Info, i)
		}
		out.Finished = append(out.Finished, i)
	}
}

// pass runs one pass over all environments and returns the failure of the
// lowest row, if any.
func (v *Local) pass(rows func(v *Local, low, high int)) error {
	if v.job.run == nil {
		v.job.run = v.guarded
	}
	v.rows = rows
	v.failure.err = nil
	v.pool.do(&v.job, len(v.envs), v.block)
	v.out = nil
	return v.failure.err
}

// guarded turns a panic of an environment into an error, since a helper's
// panic would end the process.
func (v *Local) guarded(low, high int) {
	defer func() {
		if r := recover(); r != nil {
			v.fail(low, NewPanicError(r))
		}
	}()
	v.rows(v, low, high)
}

func (v *Local) fail(i int, err error) {
	v.failure.Lock()
	defer v.failure.Unlock()
	if v.failure.err == nil || i < v.failure.row {
		v.failure.row, v.failure.err = i, v.at(i, err)
	}
}

// Close implements env.Vector.
func (v *Local) Close() error {
	v.closed = true
	var first error
	for _, e := range v.envs {
		if e == nil {
			continue
		}
		if err := e.Close(); err != nil && first == nil {
			first = err
		}
	}
	v.envs = nil
	return first
}
