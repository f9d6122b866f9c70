package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// recordings reads data sets. What is not of the episodes played here is
// counted, and said in notes.
type recordings struct {
	*plan
	dir, environment string
	// worlds are the scenarios recorded, by their content hashes.
	worlds map[string]*world
	// gathered are the parts by scenario played here, then by policy.
	gathered [][]*gatheredPolicy
	notes    []string
}

// world is a recorded scenario.
type world struct {
	name   string
	played int    // which of the plan's scenarios it is, or -1
	why    string // it is none of them
	meter  *meter
	finder *finder
	// others are episodes that are not among those played here, unknown those
	// without a seed, unfinished those that were left before their end.
	others, unknown, unfinished int
}

type gatheredPolicy struct {
	name string
	*gathered
}

// readRecordings measures what the options' data sets hold: for every
// scenario, a cell for each policy recorded.
func (p *plan) readRecordings(ctx context.Context) (cells [][]*cell, notes []string, err error) {
	cells = make([][]*cell, len(p.scenarios))
	names := slices.Clone(p.policies)
	for _, dir := range p.options.Recorded {
		r := &recordings{plan: p, dir: dir, worlds: map[string]*world{}, gathered: make([][]*gatheredPolicy, len(p.scenarios))}
		if err := r.read(ctx); err != nil {
			return nil, nil, fmt.Errorf("--recorded %s: %w", dir, err)
		}
		notes = append(notes, r.notes...)
		shown := map[string]string{}
		for _, policies := range r.gathered {
			for _, g := range policies {
				if shown[g.name] == "" {
					shown[g.name] = unused(names, g.name, filepath.Base(filepath.Clean(dir)))
					names = append(names, shown[g.name])
				}
			}
		}
		for i, policies := range r.gathered {
			for _, g := range policies {
				c := &cell{policy: shown[g.name], recorded: dir}
				g.sumUp(c)
				cells[i] = append(cells[i], c)
				if missing := len(c.units) - c.count(); missing > 0 {
					notes = append(notes, fmt.Sprintf("%s: %s of %s are missing: its means are over those that are there, differences and scores over those that both have",
						c.policy, episodes(missing), p.scenarios[i].info.Name))
				}
			}
		}
	}
	return cells, notes, nil
}

// unused returns a name, told apart from those that others have.
func unused(names []string, name, dir string) string {
	for _, try := range []string{name, name + " (" + dir + ")"} {
		if !slices.Contains(names, try) {
			return try
		}
	}
	for n := 2; ; n++ {
		if try := fmt.Sprintf("%s (%s %d)", name, dir, n); !slices.Contains(names, try) {
			return try
		}
	}
}

func (r *recordings) read(ctx context.Context) error {
	set, err := traj.Open(r.dir)
	if err != nil {
		return err
	}
	defer set.Close()
	info := set.Info()
	if r.environment = info.Environment; r.environment != r.Environment {
		return fmt.Errorf("the data set is of %s, and this bench plays %s", r.environment, r.Environment)
	}
	for _, one := range info.Scenarios {
		w, err := r.match(&one)
		if err != nil {
			return err
		}
		r.worlds[one.ContentHash] = w
	}
	headers, err := set.Headers()
	if err != nil {
		return err
	}
	for i := range headers {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := r.take(set, &headers[i]); err != nil {
			return err
		}
	}
	for _, one := range info.Scenarios {
		r.note(r.worlds[one.ContentHash])
	}
	return nil
}

// match finds which of the scenarios played here a recorded one is.
func (r *recordings) match(one *traj.ScenarioInfo) (*world, error) {
	w := &world{name: one.Name, played: -1}
	factory, err := r.options.Catalog.Factory(r.environment, one.Name, one.Config)
	if err != nil {
		w.why = fmt.Sprintf("it can't be made here: %v", err)
		return w, nil
	}
	if here := factory.Spec().ContentHash; here != one.ContentHash {
		w.why = fmt.Sprintf("it was another one where it was recorded (content hash %.12s...) than it is here (%.12s...): use the same version and the same data directory", one.ContentHash, here)
		return w, nil
	}
	if w.meter, err = r.newMeter(factory.Spec()); err != nil {
		return nil, err
	}
	w.finder = &finder{factory: factory}
	for i, s := range r.scenarios {
		same, err := r.same(one, factory, s)
		if err != nil {
			return nil, err
		}
		if same {
			w.played = i
			return w, nil
		}
	}
	w.why = "it is not among the scenarios played here, or its rules are not"
	return w, nil
}

// same reports whether the episodes of a recorded scenario are those of one
// played here, however they were shown.
func (r *recordings) same(one *traj.ScenarioInfo, recorded env.Factory, s *scenario) (bool, error) {
	if one.ContentHash == s.Spec().ContentHash {
		return true, nil
	}
	if one.Name != s.info.Name {
		return false, nil
	}
	config, err := withConfig(recorded.Spec().Config, s.Spec().Config, r.Shown)
	if err != nil {
		return false, err
	}
	factory, err := r.options.Catalog.Factory(r.environment, one.Name, config)
	if err != nil {
		return false, err
	}
	return factory.Spec().ContentHash == s.Spec().ContentHash, nil
}

// take measures one episode, if it is among those played here.
func (r *recordings) take(set *traj.Set, h *traj.Header) error {
	w := r.worlds[h.ScenarioHash]
	switch {
	case w == nil:
		return fmt.Errorf("episode %d is of a scenario (%.12s...) that the data set does not describe: check it with 'trailblazer data validate'", h.ID, h.ScenarioHash)
	case w.played < 0:
		w.others++
		return nil
	case !h.Complete:
		w.unfinished++
		return nil
	}
	e, err := set.Episode(h)
	if err != nil {
		return err
	}
	s := r.scenarios[w.played]
	key, ok, err := w.key(e, s)
	if err != nil {
		return fmt.Errorf("episode %d: %w", h.ID, err)
	}
	if !ok {
		w.unknown++
		return nil
	}
	at, ok := s.at[key]
	if !ok {
		w.others++
		return nil
	}
	parts, err := w.meter.measure(e)
	if err != nil {
		return fmt.Errorf("episode %d: %w", h.ID, err)
	}
	r.policy(w.played, h.Policy).add(at, h.Steps, parts)
	return nil
}

// key tells which episode of a scenario was recorded.
func (w *world) key(e *traj.Episode, s *scenario) (key uint64, ok bool, err error) {
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
	return w.finder.find(e)
}

// empty reports whether reset options say nothing.
func empty(options json.RawMessage) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(options, &object) == nil && len(object) == 0
}

func (r *recordings) policy(scenario int, name string) *gatheredPolicy {
	for _, g := range r.gathered[scenario] {
		if g.name == name {
			return g
		}
	}
	g := &gatheredPolicy{name, r.scenarios[scenario].gather()}
	r.gathered[scenario] = append(r.gathered[scenario], g)
	return g
}

// note says what of a recorded scenario did not enter.
func (r *recordings) note(w *world) {
	switch {
	case w.played < 0 && w.others > 0:
		r.notes = append(r.notes, fmt.Sprintf("%s: %s of %s do not count: %s", r.dir, episodes(w.others), w.name, w.why))
	case w.others > 0:
		r.notes = append(r.notes, fmt.Sprintf("%s: %s of %s do not count: their seeds are not among those played here", r.dir, episodes(w.others), w.name))
	}
	if w.unknown > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s: %s of %s do not count: nothing tells which they are; reset each with its seed, and no options", r.dir, episodes(w.unknown), w.name))
	}
	if w.unfinished > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s: %s of %s do not count: they were left before their end", r.dir, episodes(w.unfinished), w.name))
	}
}

func episodes(n int) string {
	if n == 1 {
		return "1 episode"
	}
	return fmt.Sprintf("%d episodes", n)
}
