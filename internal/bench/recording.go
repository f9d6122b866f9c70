package bench

import (
	"context"
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
	set              *traj.Set
	headers          []traj.Header
	// worlds are the scenarios recorded, by their content hashes.
	worlds map[string]*world
	// gathered are the parts by scenario played here, then by policy.
	gathered [][]*gatheredPolicy
	notes    []string
}

// world is a recorded scenario.
type world struct {
	name    string
	factory env.Factory
	played  int    // which of the plan's scenarios it is, or -1
	why     string // it is none of them
	// fates counts what became of its episodes.
	fates [fates]tally
}

type gatheredPolicy struct {
	name string
	// stated counts episodes that nobody has played again.
	stated int
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
		shown := r.show(&names)
		for i, policies := range r.gathered {
			for _, g := range policies {
				c := &cell{policy: shown[g.name], recorded: dir, stated: g.stated}
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

// asStated marks policies of which some episodes nobody has played again.
const asStated = " (as stated)"

// show gives the policies names that are not among those that others have, and
// adds them there.
func (r *recordings) show(names *[]string) map[string]string {
	shown, stated := map[string]string{}, map[string]string{}
	for _, policies := range r.gathered {
		for _, g := range policies {
			if g.stated > 0 {
				stated[g.name] = asStated
			}
		}
	}
	for _, policies := range r.gathered {
		for _, g := range policies {
			if shown[g.name] == "" {
				shown[g.name] = unused(*names, g.name, filepath.Base(filepath.Clean(r.dir)), stated[g.name])
				*names = append(*names, shown[g.name])
			}
		}
	}
	return shown
}

// unused returns a name with a mark behind it, told apart from those that
// others have.
func unused(names []string, name, dir, mark string) string {
	for _, try := range []string{name + mark, name + " (" + dir + ")" + mark} {
		if !slices.Contains(names, try) {
			return try
		}
	}
	for n := 2; ; n++ {
		if try := fmt.Sprintf("%s (%s %d)%s", name, dir, n, mark); !slices.Contains(names, try) {
			return try
		}
	}
}

func (r *recordings) read(ctx context.Context) (err error) {
	if r.set, err = traj.Open(r.dir); err != nil {
		return err
	}
	defer r.set.Close()
	info := r.set.Info()
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
	if r.headers, err = r.set.Headers(); err != nil {
		return err
	}
	taken, err := r.takeAll(ctx)
	if err != nil {
		return err
	}
	for i := range taken {
		t := &taken[i]
		t.world.fates[t.fate].add(t)
		if t.parts == nil {
			continue
		}
		g := r.policy(t.world.played, r.headers[i].Policy)
		g.add(t.at, r.headers[i].Steps, t.parts)
		if t.fate == unproven {
			g.stated++
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
	w.factory = factory
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

func (r *recordings) policy(scenario int, name string) *gatheredPolicy {
	for _, g := range r.gathered[scenario] {
		if g.name == name {
			return g
		}
	}
	g := &gatheredPolicy{name: name, gathered: r.scenarios[scenario].gather()}
	r.gathered[scenario] = append(r.gathered[scenario], g)
	return g
}

// note says what of a recorded scenario did not enter, or was not proven.
func (r *recordings) note(w *world) {
	say := func(f fate, format string, args ...any) {
		if n := w.fates[f].episodes; n > 0 {
			r.notes = append(r.notes, fmt.Sprintf("%s: %s of %s ", r.dir, episodes(n), w.name)+fmt.Sprintf(format, args...))
		}
	}
	say(elsewhere, "do not count: %s", w.why)
	if w.played >= 0 {
		say(others, "do not count: their seeds are not among those played here; %s, or play others with --seeds and --episodes", r.scenarios[w.played].wanted())
	}
	say(unknown, "do not count: nothing tells which they are; reset each with its seed, and no options")
	say(unfinished, "do not count: they were left before their end")
	if first := w.fates[different].first; first != nil {
		d := first.difference
		say(different, "do not count: played again, they are not what was recorded; in the first, episode %d of %s, step %d has %s %s, and %s when played again: 'trailblazer verify' lists all",
			d.Episode, d.Policy, d.Step, d.Column, d.Recorded, d.Replayed)
	}
	if first := w.fates[unproven].first; first != nil && r.options.Unverified {
		say(unproven, "count as they are stated: they can't be played again (%s)", first.reason)
	} else if first != nil {
		say(unproven, "do not count: they can't be played again (%s); --unverified counts them as they are stated", first.reason)
	}
}

func episodes(n int) string {
	if n == 1 {
		return "1 episode"
	}
	return fmt.Sprintf("%d episodes", n)
}
