package bench

import (
	"context"
	"encoding/json"
	"fmt"

	"trailblazer/datasets/replay"
	"trailblazer/datasets/traj"
	"trailblazer/internal/parallel"
	"trailblazer/internal/stats"
)

// fate is what became of a recorded episode.
type fate uint8

const (
	// proven episodes count: played again, they are what was recorded.
	proven fate = iota
	// unproven ones can't be played again.
	unproven
	// different ones are not what was recorded.
	different
	// elsewhere are those of scenarios that are not played here, others those
	// of other seeds.
	elsewhere
	others
	// unknown are those that nothing tells apart, as without a seed.
	unknown
	// unfinished ones were left before their end.
	unfinished
	fates
)

// taken is a recorded episode.
type taken struct {
	world *world
	fate  fate
	// at is which of the scenario's units it is, and parts what was measured;
	// nil where it does not count.
	at    int
	parts []stats.Part
	// difference is where it parts when played again, reason why it can't be.
	difference *replay.Difference
	reason     string
}

// tally counts episodes of one fate.
type tally struct {
	episodes int
	first    *taken
}

func (t *tally) add(one *taken) {
	if t.episodes++; t.first == nil {
		t.first = one
	}
}

// takeAll reads all episodes on all cores, in their order.
func (r *recordings) takeAll(ctx context.Context) ([]taken, error) {
	all := make([]taken, len(r.headers))
	err := parallel.Run(ctx, parallel.Work{
		N: len(all), Workers: r.options.Workers,
		Start: func() (func(context.Context, int) error, func()) {
			k := &taker{recordings: r, tools: map[*world]*tools{}}
			return func(ctx context.Context, i int) (err error) {
				if all[i], err = k.take(ctx, &r.headers[i]); err != nil {
					return fmt.Errorf("episode %d: %w", r.headers[i].ID, err)
				}
				return nil
			}, k.close
		},
		Progress: func(done, total int) {
			if r.options.Replayed != nil {
				r.options.Replayed(r.dir, done, total)
			}
		},
	})
	return all, err
}

// taker reads episodes one after the other.
type taker struct {
	*recordings
	tools map[*world]*tools
}

// tools are what reading the episodes of a scenario takes.
type tools struct {
	meter   *meter
	finder  *finder
	checker *replay.Checker
}

func (k *taker) close() {
	for _, t := range k.tools {
		t.checker.Close()
		t.finder.close()
	}
}

func (k *taker) open(w *world) (*tools, error) {
	if t := k.tools[w]; t != nil {
		return t, nil
	}
	m, err := k.newMeter(w.factory.Spec())
	if err != nil {
		return nil, err
	}
	checker, err := replay.NewChecker(k.set, w.factory)
	if err != nil {
		return nil, err
	}
	t := &tools{m, &finder{factory: w.factory}, checker}
	k.tools[w] = t
	return t, nil
}

// take measures an episode, if it is among those played here and, played again,
// is what was recorded.
func (k *taker) take(ctx context.Context, h *traj.Header) (taken, error) {
	w := k.worlds[h.ScenarioHash]
	switch {
	case w == nil:
		return taken{}, fmt.Errorf("it is of a scenario (%.12s...) that the data set does not describe: check it with 'trailblazer data validate'", h.ScenarioHash)
	case w.played < 0:
		return taken{world: w, fate: elsewhere}, nil
	case !h.Complete:
		return taken{world: w, fate: unfinished}, nil
	}
	e, err := k.set.Episode(h)
	if err != nil {
		return taken{}, err
	}
	if !ended(e) {
		return taken{world: w, fate: unfinished}, nil
	}
	t, err := k.open(w)
	if err != nil {
		return taken{}, err
	}
	s := k.scenarios[w.played]
	key, ok, err := t.key(e, s)
	if err != nil {
		return taken{}, err
	}
	if !ok {
		return taken{world: w, fate: unknown}, nil
	}
	at, ok := s.at[key]
	if !ok {
		return taken{world: w, fate: others}, nil
	}
	one := taken{world: w, fate: proven, at: at}
	if !e.Seeded {
		e.Seeded, e.Seed, e.ResetOptions = true, key, nil
	}
	one.difference, one.reason, err = t.checker.Check(ctx, e)
	switch {
	case err != nil:
		return taken{}, err
	case one.difference != nil:
		one.fate = different
		return one, nil
	case one.reason != "":
		if one.fate = unproven; !k.options.Unverified {
			return one, nil
		}
	}
	one.parts, err = t.meter.measure(e)
	return one, err
}

// ended reports whether the last step says so, whatever the header does.
func ended(e *traj.Episode) bool {
	for _, name := range []string{traj.FieldTerminated, traj.FieldTruncated} {
		if flags := traj.Of[bool](e.Steps.Find(name)); len(flags) > 0 && flags[len(flags)-1] {
			return true
		}
	}
	return false
}

// key tells which episode of a scenario was recorded.
func (t *tools) key(e *traj.Episode, s *scenario) (key uint64, ok bool, err error) {
	fixed := uint64(s.Spec().Episodes)
	switch {
	case len(e.ResetOptions) > 0 && !empty(e.ResetOptions):
		return 0, false, nil
	case e.Seeded && fixed > 0:
		return e.Seed % fixed, true, nil
	case e.Seeded:
		return e.Seed, true, nil
	case fixed == 0:
		return 0, false, nil
	}
	return t.finder.find(e)
}

// empty reports whether reset options say nothing.
func empty(options json.RawMessage) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(options, &object) == nil && len(object) == 0
}
