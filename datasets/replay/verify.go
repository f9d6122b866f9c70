package replay

import (
	"context"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/parallel"
)

// Options says what to play again. The zero value plays everything.
type Options struct {
	// Episodes is how many are played again, from the first on; 0 stands for
	// all.
	Episodes int
	// Policies and Scenarios select episodes by name; none selects all.
	Policies, Scenarios []string
	// Act, where set, makes policies: they are asked again what to do in each
	// step of the episodes that they acted in.
	Act Policies
	// Workers is how many episodes are played at once; 0 stands for one per
	// core. The result does not depend on it.
	Workers int
	// Progress, where set, is called after every episode, by one goroutine at
	// a time.
	Progress func(done, total int)
}

// Verify plays episodes of a data set again. When the context ends, it returns
// the result of those that are finished, and the context's error.
func Verify(ctx context.Context, set *traj.Set, catalog env.Catalog, o Options) (*Result, error) {
	headers, err := selected(set, &o)
	if err != nil {
		return nil, err
	}
	v := &verifier{set: set, stages: openStages(set.Info(), catalog, headers), headers: headers, act: o.Act, outcomes: make([]outcome, len(headers)), progress: o.Progress}
	err = v.run(ctx, o.Workers)
	return v.result(), err
}

// selected lists the episodes that the options ask for.
func selected(set *traj.Set, o *Options) ([]traj.Header, error) {
	all, err := set.Headers()
	if err != nil {
		return nil, err
	}
	var headers []traj.Header
	for i := range all {
		h := &all[i]
		if len(o.Policies) > 0 && !slices.Contains(o.Policies, h.Policy) || len(o.Scenarios) > 0 && !slices.Contains(o.Scenarios, h.Scenario) {
			continue
		}
		headers = append(headers, *h)
		if len(headers) == o.Episodes {
			break
		}
	}
	if len(headers) == 0 && len(all) > 0 {
		return nil, fmt.Errorf("no episode is of policies %q and scenarios %q: the data set has policies %q and scenarios %q",
			o.Policies, o.Scenarios, names(all, func(h *traj.Header) string { return h.Policy }), names(all, func(h *traj.Header) string { return h.Scenario }))
	}
	return headers, nil
}

func names(headers []traj.Header, of func(*traj.Header) string) []string {
	var list []string
	for i := range headers {
		if name := of(&headers[i]); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// verifier plays episodes again on several goroutines.
type verifier struct {
	set      *traj.Set
	stages   stages
	headers  []traj.Header
	act      Policies
	outcomes []outcome

	progress func(done, total int)
}

// outcome is what became of one episode.
type outcome struct {
	played bool
	// difference is nil, and reason empty, where the episode is exact.
	difference *Difference
	reason     string
	// elsewhere is that of an Unverifiable.
	elsewhere bool
	// other is the first action that a policy chose otherwise, unasked why it
	// was not asked.
	other   *Difference
	unasked string
}

func (v *verifier) run(ctx context.Context, workers int) error {
	return parallel.Run(ctx, parallel.Work{N: len(v.headers), Workers: workers, Start: v.start, Progress: v.progress})
}

// start makes a worker that plays episodes.
func (v *verifier) start() (play func(ctx context.Context, i int) error, end func()) {
	players := map[*stage]*player{}
	play = func(ctx context.Context, i int) error {
		o, err := v.episode(ctx, &v.headers[i], players)
		if err != nil {
			return fmt.Errorf("episode %d: %w", v.headers[i].ID, err)
		}
		o.played = true
		v.outcomes[i] = o
		return nil
	}
	return play, func() {
		for _, p := range players {
			p.close()
		}
	}
}

func (v *verifier) episode(ctx context.Context, h *traj.Header, players map[*stage]*player) (outcome, error) {
	s := v.stages[key{h.Scenario, h.ScenarioHash}]
	if s == nil {
		return outcome{reason: fmt.Sprintf("the data set does not say what %s of content hash %.12s... is", h.Scenario, h.ScenarioHash)}, nil
	}
	if s.factory == nil {
		return outcome{reason: s.reason, elsewhere: true}, nil
	}
	recorded, err := v.set.Episode(h)
	if err != nil {
		return outcome{}, err
	}
	if reason := lacks(recorded); reason != "" {
		return outcome{reason: reason}, nil
	}
	p := players[s]
	if p == nil {
		if p, err = newPlayer(s, v.set.Schema(), v.act); err != nil {
			return outcome{}, err
		}
		players[s] = p
	}
	q := p.ask(recorded)
	var o outcome
	if o.difference, err = p.play(ctx, recorded, q); q != nil {
		o.other, o.unasked = q.difference, q.reason
	}
	for _, d := range []*Difference{o.difference, o.other} {
		if d != nil {
			d.locate(v.set, h)
		}
	}
	return o, err
}

// result sums up the outcomes in the order of the episodes.
func (v *verifier) result() *Result {
	r := &Result{Environment: v.set.Info().Environment}
	for i, o := range v.outcomes {
		h := &v.headers[i]
		r.Selected.add(h.Steps)
		if !o.played {
			continue
		}
		r.Played.add(h.Steps)
		switch {
		case o.difference != nil:
			r.Different.add(h.Steps)
			r.Differences = append(r.Differences, *o.difference)
		case o.reason != "":
			r.Unverifiable = unverifiable(r.Unverifiable, o.reason, o.elsewhere, h)
		default:
			r.Exact.add(h.Steps)
		}
	}
	if v.act != nil {
		r.Acts = v.acts()
	}
	return r
}

// acts sums up what policies said, in the order of the episodes.
func (v *verifier) acts() *Acts {
	a := &Acts{}
	for i, o := range v.outcomes {
		h := &v.headers[i]
		switch {
		case !o.played:
		case o.reason != "":
			a.Unasked = unverifiable(a.Unasked, o.reason, o.elsewhere, h)
		case o.unasked != "":
			a.Unasked = unverifiable(a.Unasked, o.unasked, false, h)
		case o.other != nil:
			a.Different.add(h.Steps)
			a.Differences = append(a.Differences, *o.other)
		case o.difference != nil:
			a.Unasked = unverifiable(a.Unasked, "it differs, so that its policies see something else", false, h)
		default:
			a.Same.add(h.Steps)
		}
	}
	return a
}
