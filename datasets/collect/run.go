package collect

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"trailblazer/datasets/traj"
	"trailblazer/internal/rollout"
)

// Run collects into a directory: a new data set, or one in which an earlier run
// with the same options has kept some of the episodes. Options that are the same
// but for more episodes go on too. It returns what it did also with an error,
// such as ctx's when that ends; what is finished by then is kept. A data set
// with other episodes is an *OtherError unless Options.Append says that they
// may be there.
func Run(ctx context.Context, dir string, source rollout.Source, options Options) (*Result, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	r, err := newRun(ctx, dir, source, &o)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	err = r.collect(ctx)
	if closeErr := r.writer.Close(); closeErr != nil {
		err = errors.Join(err, closeErr)
	}
	r.result.end(time.Since(began), dir, o.Policies)
	return r.result, err
}

// run is a collection under way.
type run struct {
	plan   *plan
	source rollout.Source
	writer *traj.Writer
	result *Result
	queue  *queue

	mu    sync.Mutex
	lanes map[int]*stage
}

func newRun(ctx context.Context, dir string, source rollout.Source, o *Options) (*run, error) {
	p, err := newPlan(source, o)
	if err != nil {
		return nil, err
	}
	if o.Epsilon > 0 {
		// What cannot be explored must not leave an empty data set.
		if _, err := newExplorer(p.spec); err != nil {
			return nil, err
		}
	}
	var labels traj.Labels
	if o.Expert != nil {
		labels = o.Expert.Labels
	}
	w, err := traj.Create(dir, p.spec, labels, o.Writer)
	if err != nil {
		return nil, err
	}
	r := &run{plan: p, source: source, writer: w, lanes: map[int]*stage{}, result: &Result{
		Environment: p.spec.ID, Scenario: p.spec.Scenario, ContentHash: p.spec.ContentHash, Directory: dir,
		Seed: o.Seed, Expert: labels.Expert, Command: o.Writer.Command, Planned: p.jobs(),
	}}
	if err := r.begin(ctx, knownInfo(dir)); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return r, nil
}

// begin finds out what earlier runs have kept, and measures the references, once
// it is clear that the data set is the right one.
func (r *run) begin(ctx context.Context, known *traj.Info) error {
	// Perhaps there are more than are asked for now, and perhaps some were lost
	// to damage, but no more of those than are left: they are played again.
	own, all := 0, r.writer.Episodes()
	for i := 0; own < all && i < r.result.Planned+2*all; i++ {
		if r.writer.Has(r.plan.source(i)) {
			if own++; i < r.result.Planned {
				r.result.Before++
			}
		}
	}
	if others := all - own; others > 0 && !r.plan.Append {
		return &OtherError{r.result.Directory, others, known.Command}
	}
	source := r.source
	if r.plan.Reference.Source != nil {
		source = r.plan.Reference.Source
	}
	var err error
	if r.result.Reference, err = reference(ctx, source, r.plan.Options, known.Reference); err == nil {
		err = r.writer.AddReferences(r.result.Reference)
	}
	if err != nil {
		return fmt.Errorf("reference scores: %w", err)
	}
	r.queue = newQueue(r.result.Planned, r.plan.window(), r.plan.job)
	return nil
}

// collect plays all episodes that are missing and adds them in their order.
func (r *run) collect(ctx context.Context) error {
	if r.result.Before == r.result.Planned {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	defer r.closeLanes()
	defer group.Wait()
	for range min(r.plan.Workers, r.result.Planned) {
		group.Go(func() {
			if err := r.work(ctx); err != nil {
				r.queue.stop(err)
			}
		})
	}
	for {
		j, e, ok, err := r.queue.take()
		if !ok {
			return err
		}
		if e == nil {
			continue // An earlier run has kept it.
		}
		added, err := r.writer.Add(e)
		if added {
			r.result.add(e)
			if r.plan.Progress != nil {
				r.plan.Progress(Progress{Done: r.result.Before + r.result.Episodes, Total: r.result.Planned, Steps: r.result.Steps})
			}
		}
		if err != nil {
			err = fmt.Errorf("episode %d of policy %s: %w", j.number, e.Header.Policy, err)
			r.queue.stop(err)
			cancel()
			return err
		}
	}
}

// work plays episodes until none is left.
func (r *run) work(ctx context.Context) error {
	own, err := r.newStage(ctx)
	if err != nil {
		return err
	}
	defer own.close()
	for {
		j, ok := r.queue.next()
		if !ok {
			return nil
		}
		e, err := r.play(ctx, own, j)
		if err != nil {
			if ctx.Err() == nil {
				err = fmt.Errorf("policy %s, episode %d: %w", r.plan.Policies[j.policy], j.number, err)
			}
			r.queue.fail(j, err)
			return nil
		}
		r.queue.give(j, e)
	}
}

func (r *run) newStage(ctx context.Context) (*stage, error) {
	return newStage(ctx, r.source, r.plan, r.writer.Schema())
}

// play plays a job, unless an earlier run has kept it and nobody remembers it.
func (r *run) play(ctx context.Context, own *stage, j job) (*traj.Episode, error) {
	kept := r.writer.Has(r.plan.source(j.index))
	if j.lane < 0 {
		if kept {
			return nil, nil
		}
		return own.play(ctx, j, true)
	}
	stage, err := r.lane(ctx, j.lane)
	if err != nil {
		return nil, err
	}
	return stage.play(ctx, j, !kept)
}

// lane returns the stage of a lane, which has the memory of its policies. The
// queue lets nobody else play in it.
func (r *run) lane(ctx context.Context, number int) (*stage, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.lanes[number]; s != nil {
		return s, nil
	}
	s, err := r.newStage(ctx)
	if err == nil {
		r.lanes[number] = s
	}
	return s, err
}

func (r *run) closeLanes() {
	for _, s := range r.lanes {
		s.close()
	}
}
