package store

import (
	"fmt"
	"strconv"
	"sync"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// opened is a data set whose writer is open, or is being opened or closed. It
// is in the shelf's table as long as somebody uses it or its writer rests.
type opened struct {
	dir string

	// The shelf's lock guards users and timer.
	users int
	timer timer // That closes a writer which rests.

	cut cut

	mu     sync.Mutex
	writer *traj.Writer // nil if it is not open
	// environment and scenarios are what the writer knows: an id, and content
	// hashes.
	environment string
	scenarios   map[string]bool
}

// use enters a user of a data set.
func (s *shelf) use(dir string) (*opened, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	o := s.open[dir]
	if o == nil {
		o = &opened{dir: dir}
		s.open[dir] = o
	}
	o.users++
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
	return o, nil
}

// leave is release for who has added episodes: where nobody else is about to
// add more, they can be read from now on.
func (s *shelf) leave(o *opened) {
	s.mu.Lock()
	alone := o.users == 1 && !s.closed
	s.mu.Unlock()
	if alone {
		s.failed(o.dir, s.finish(o.dir, leaving))
	}
	s.release(o)
}

// release ends what use began. The last user leaves a writer that rests.
func (s *shelf) release(o *opened) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.users--; o.users > 0 {
		return
	}
	// Nobody else can open or close it now.
	if s.closed && o.isOpen() {
		s.failed(o.dir, o.close())
	}
	if !o.isOpen() {
		delete(s.open, o.dir)
		return
	}
	o.timer = s.after(s.options.Rest, func() { s.retire(o) })
}

// failed tells of an error that nobody waits for.
func (s *shelf) failed(dir string, err error) {
	if err != nil && s.options.Failed != nil {
		s.options.Failed(dir, err)
	}
}

// retire closes a writer that has rested.
func (s *shelf) retire(o *opened) {
	s.mu.Lock()
	if o.users > 0 || o.timer == nil || s.closed {
		s.mu.Unlock()
		return
	}
	o.users++ // Whoever wants it now waits until it is closed.
	o.timer = nil
	s.mu.Unlock()
	s.failed(o.dir, o.close())
	s.release(o)
}

// writerFor returns the writer, opened if it is not, for episodes of a spec.
func (o *opened) writerFor(name string, spec *env.Spec, options traj.WriterOptions) (*traj.Writer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writer == nil {
		if err := o.check(name, spec); err != nil {
			return nil, err
		}
		w, err := traj.Create(o.dir, spec, traj.Labels{}, options)
		if err != nil {
			return nil, err
		}
		o.writer, o.environment, o.scenarios = w, spec.ID, map[string]bool{spec.ContentHash: true}
		return w, nil
	}
	if err := fits(name, spec, o.environment, o.writer.Schema()); err != nil || o.scenarios[spec.ContentHash] {
		return o.writer, err
	}
	if err := o.writer.AddScenario(spec); err != nil {
		return nil, err
	}
	o.scenarios[spec.ContentHash] = true
	return o.writer, nil
}

// check refuses a spec whose episodes have no place in the data set that there
// is, if there is one: they would have other fields, or lack the labels that it
// has for every step.
func (o *opened) check(name string, spec *env.Spec) error {
	there, err := exists(o.dir)
	if err != nil || !there {
		return err
	}
	set, err := traj.Open(o.dir)
	if err != nil {
		return err
	}
	defer set.Close()
	if expert := set.Info().Labels.Expert; expert != "" {
		return &env.FieldError{Field: "dataset", Value: strconv.Quote(name),
			Remedy: fmt.Sprintf("give another name: every step in it is labelled by %s, and what is recorded or appended has no labels", expert)}
	}
	return fits(name, spec, set.Info().Environment, set.Schema())
}

// fits reports a *env.FieldError unless episodes of a spec have the fields of a
// data set.
func fits(name string, spec *env.Spec, environment string, schema *traj.Schema) error {
	own, err := traj.NewSchema(spec, schema.Labels)
	if err != nil {
		return err
	}
	field, here, there := own.Difference(schema)
	if spec.ID == environment && field == "" {
		return nil
	}
	refused := &env.FieldError{Field: "dataset", Value: strconv.Quote(name),
		Remedy: fmt.Sprintf("give another name: it holds episodes of %s, and %s is of %s", environment, spec.Scenario, spec.ID)}
	if spec.ID == environment {
		refused.Remedy = fmt.Sprintf("give another name, or the configuration that it has: %s is %s in its episodes, and %s in those of %s as it is configured here",
			field, there, here, spec.Scenario)
	}
	return refused
}

func (o *opened) isOpen() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.writer != nil
}

// close finishes the shards. Where that fails, their journals stay.
func (o *opened) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writer == nil {
		return nil
	}
	err := o.writer.Close()
	o.writer = nil
	return err
}
