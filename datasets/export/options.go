package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trailblazer/datasets/traj"
)

// Options says what to export. The zero value is everything.
type Options struct {
	// Split is a part of the data set ("train"); empty for all.
	Split string
	// Policies are the policies whose episodes are taken; empty for all.
	Policies []string
	// Deflate compresses an archive.
	Deflate bool
	// TempDir is where arrays lie until they are whole; empty for the
	// system's. They take as much room as the archive.
	TempDir string
	// Progress is nil, or called after each episode.
	Progress func(done, total int)
}

// Result sums up what was exported.
type Result struct {
	Episodes int `json:"episodes"`
	Steps    int `json:"steps"`
}

// Select lists the headers that the options choose, in order.
func (o *Options) Select(set *traj.Set) ([]*traj.Header, error) {
	all, err := set.Headers()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("the data set has no finished shard, hence no episode to export: stop who writes it, or finish what was begun with \"trailblazer data validate --repair\"")
	}
	var chosen []*traj.Header
	for i := range all {
		h := &all[i]
		if (o.Split == "" || h.Split == o.Split) && (len(o.Policies) == 0 || slices.Contains(o.Policies, h.Policy)) {
			chosen = append(chosen, h)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no episode is chosen of %d: its splits are %s, its policies %s", len(all),
			listed(all, func(h *traj.Header) string { return h.Split }), listed(all, func(h *traj.Header) string { return h.Policy }))
	}
	return chosen, nil
}

func listed(all []traj.Header, name func(*traj.Header) string) string {
	var names []string
	for i := range all {
		if n := name(&all[i]); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// each reads the chosen episodes in order.
func (o *Options) each(ctx context.Context, set *traj.Set, do func(*traj.Episode) error) (Result, error) {
	headers, err := o.Select(set)
	if err != nil {
		return Result{}, err
	}
	var r Result
	for i, h := range headers {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		e, err := set.Episode(h)
		if err != nil {
			return r, err
		}
		if err := do(e); err != nil {
			return r, err
		}
		r.Episodes++
		r.Steps += e.Header.Steps
		if o.Progress != nil {
			o.Progress(i+1, len(headers))
		}
	}
	return r, nil
}
