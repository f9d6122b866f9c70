package online

import (
	"context"
	"errors"

	"trailblazer/datasets/traj"
	"trailblazer/trainer/rl"
)

// dataFolder is the folder of a run that has what experts have labelled, as a data
// set.
const dataFolder = "data"

// scene is a stage's environments, with what plays in them and what is kept of
// that.
type scene struct {
	world     *World
	base      interface{ Close() error }
	recorder  *recorder
	collector *rl.Collector
	// replay is that of a stage of imitation; nil for others.
	replay *rl.Replay
	// before is the collector's state before a collection that was interrupted;
	// nil where none was.
	before []byte
	// ready says that it can go on.
	ready bool
}

// enter opens the environments of a stage, and goes on where some of its
// iterations are done.
func (l *loop) enter(ctx context.Context, s *Stage, place, at int) error {
	if err := l.leave(); err != nil {
		return err
	}
	c := l.config
	world, err := l.setup.newWorld(ctx, c.expert(s))
	if err != nil {
		return err
	}
	l.scene = &scene{world: world, base: world.Vector}
	if err := l.keep(s); err != nil {
		return err
	}
	c.alive(world, l.model.Compute().Workers())
	actor, err := rl.NewActor(l.model, l.features(), world.Vector.Spec(), c.Environments)
	if err != nil {
		return err
	}
	l.drawn = newDrawn(c, place)
	if l.scene.collector, err = rl.NewCollector(&world.World, actor, l.drawn, c.collect(s, place, at)); err != nil {
		return err
	}
	if s.Algorithm == DAgger {
		l.scene.replay = l.learner.NewReplay(s.Replay)
		if err := l.files.load(l.course.Step-min(at, s.Replay), l.course.Step, l.scene.replay); err != nil {
			return err
		}
	}
	if at > 0 {
		if err := l.scene.collector.SetState(l.course.Cursor); err != nil {
			return err
		}
	} else if l.anchor != nil {
		for i, p := range l.anchor.Params().Params() {
			copy(p.Value, l.model.Params().Params()[i].Value)
		}
	}
	l.scene.ready = true
	return nil
}

// keep records a stage of imitation, unless the config says otherwise.
func (l *loop) keep(s *Stage) (err error) {
	w, o := l.scene.world, l.config.Record
	if l.config.unrecorded(s) != "" || w.Labels.Expert == "" {
		return nil
	}
	if l.writer == nil {
		if l.writer, err = traj.Create(DataDir(l.directory.Path()), w.specOf(0), w.Labels, traj.WriterOptions{Command: l.record.Command}); err != nil {
			return err
		}
	}
	r, err := recorderOf(w, l.writer, o.MaxSteps)
	if err != nil {
		return err
	}
	r.stage, r.seed, r.steps = s.Name, l.config.Seed, l.state.Recorded
	l.scene.recorder = r
	return nil
}

// collect plays an iteration. It can be interrupted, but for pieces that nobody
// labels: they are soon over, and to know how to play them again would cost as much
// as they do. Where a server may die, it is worth that.
func (s *scene) collect(ctx context.Context, l *loop, stage *Stage, place, at int) (*rl.Experience, error) {
	options := l.config.collect(stage, place, at)
	if err := s.collector.SetOptions(options); err != nil {
		return nil, err
	}
	if r := s.recorder; r != nil {
		r.on, r.policy = at%l.config.Record.Every == 0, policyOf(s.world.Labels.Expert, options.Beta)
	}
	if stage.Steps > 0 && s.world.Experts == nil && l.setup.Server == "" {
		return s.collector.Collect(context.WithoutCancel(ctx))
	}
	before, err := s.collector.State()
	if err != nil {
		return nil, err
	}
	e, err := s.collector.Collect(ctx)
	if err != nil {
		s.before = before
	}
	return e, err
}

// state is the collector's, to go on from after the iterations that are done.
func (s *scene) state() ([]byte, error) {
	if s.before != nil {
		return s.before, nil
	}
	return s.collector.State()
}

// recorded is how many steps were kept of all that was played, until now so many.
func (s *scene) recorded(until int) int {
	if s.recorder == nil {
		return until
	}
	return s.recorder.steps
}

// leave closes the environments of the stage before.
func (l *loop) leave() error {
	if l.scene == nil {
		return nil
	}
	s := l.scene
	l.scene = nil
	return s.base.Close()
}

// close frees all that the loop holds, after an error or none: what ended the run is
// not said twice.
func (l *loop) close(err error) error {
	if left := l.leave(); err == nil {
		err = left
	}
	if l.writer != nil {
		err = errors.Join(err, l.writer.Close())
	}
	return err
}
