package traj

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"trailblazer/internal/filehash"
)

// shards checks all finished shards.
func (v *validator) shards(ctx context.Context) error {
	names, err := shardNames(v.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if known, err := readInfo(v.dir); err == nil {
		v.known = known
		v.total = known.Statistics.Episodes
	}
	for _, name := range names {
		if err := v.shard(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// shard checks one, and moves it away where it is damaged. The error is for
// what keeps from looking.
func (v *validator) shard(ctx context.Context, name string) error {
	v.found.Shards++
	damage, err := v.look(ctx, name)
	if err != nil || damage == nil {
		return err
	}
	v.damaged = true
	path := stepsPath(v.dir, name)
	var known *DamageError
	if errors.As(damage, &known) {
		path = known.Path
	}
	if !v.o.Repair {
		v.problem(path, false, "bring the file back from a copy; "+v.repair()+" to move its shard out of the way", "%v", cause(damage))
		return nil
	}
	for _, file := range []string{stepsPath(v.dir, name), episodesPath(v.dir, name)} {
		if !exists(file) {
			continue
		}
		if err := v.moveAway(file); err != nil {
			return err
		}
	}
	v.moved[name] = true
	v.problem(path, true, "moved its shard to "+damagedDir+"/: bring the file back from a copy, or collect its episodes again", "%v", cause(damage))
	return nil
}

// look checks a shard. damage says that its files are not what was written;
// what a writer must have written so is a problem.
func (v *validator) look(ctx context.Context, name string) (damage, err error) {
	classify := func(err error) (damage, other error) {
		var system *fs.PathError
		if errors.As(err, &system) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return nil, err
		}
		return err, nil
	}
	if err := v.sums(name); err != nil {
		return classify(err)
	}
	set := &Set{dir: v.dir, tables: tableCache{limit: maxTables}}
	defer set.Close()
	if err := set.open([]string{name}); err != nil {
		var newer *VersionError
		if errors.As(err, &newer) {
			v.foreign = true
			v.problem(stepsPath(v.dir, name), false, "use the program that wrote it, or a newer one", "%v", newer)
			return nil, nil
		}
		return classify(err)
	}
	if v.first == nil {
		v.first = set.Info()
	}
	if err := v.first.differs(set.Info()); err != nil {
		v.foreign = true
		v.problem(stepsPath(v.dir, name), false, "move its two files to a data set of their own", "is of another kind than the first shard: its %v", err)
		return nil, nil
	}
	headers, err := set.Headers()
	if err != nil {
		return classify(err)
	}
	clear(v.hashes)
	for _, s := range set.Info().Scenarios {
		v.hashes[s.ContentHash] = true
	}
	sums := newTally(set.Schema())
	for i := range headers {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, err := set.Episode(&headers[i])
		if err != nil {
			return classify(err)
		}
		if err := v.episode(name, set.Schema(), e); err != nil {
			v.problem(stepsPath(v.dir, name), false, "make the data set anew: this is how it was written", "episode %d: %v", e.ID, err)
		}
		sums.add(e)
		v.found.Episodes++
		v.found.Steps += e.Header.Steps
		if v.o.Progress != nil {
			v.o.Progress(v.found.Episodes, max(v.total, v.found.Episodes))
		}
	}
	if err := v.rows(set, headers); err != nil {
		return classify(err)
	}
	if err := sums.differs(&set.Info().Statistics); err != nil {
		v.problem(stepsPath(v.dir, name), false, "make the data set anew: this is how it was written", "its footer's statistics: %v", err)
	}
	return nil, nil
}

// sums compares a shard's files with the sums that meta/info.json lists.
func (v *validator) sums(name string) error {
	if v.known == nil {
		return nil
	}
	for _, s := range v.known.Shards {
		if s.Name != name {
			continue
		}
		for _, file := range []struct{ path, want string }{{stepsPath(v.dir, name), s.SHA256}, {episodesPath(v.dir, name), s.EpisodesSHA256}} {
			if file.want == "" {
				continue
			}
			sum, err := filehash.SHA256(file.path)
			if errors.Is(err, fs.ErrNotExist) {
				return &DamageError{Path: file.path, Err: errors.New("it is missing")}
			}
			if err != nil {
				return err
			}
			if sum != file.want {
				return &DamageError{Path: file.path, Err: fmt.Errorf("its SHA-256 is %s, and %s was written", sum, file.want)}
			}
		}
	}
	return nil
}

// episode checks what Add makes sure of, and what it fills in.
func (v *validator) episode(shard string, schema *Schema, e *Episode) error {
	if err := schema.check(e); err != nil {
		return err
	}
	if other, twice := v.ids[e.ID]; twice {
		return fmt.Errorf("an episode of this number is in shard %s too", other)
	}
	v.ids[e.ID] = shard
	if other, twice := v.sources[e.Source]; twice && e.Source != "" {
		return fmt.Errorf("its source %q is that of episode %d too", e.Source, other)
	}
	if e.Source != "" {
		v.sources[e.Source] = e.ID
	}
	if !v.hashes[e.ScenarioHash] {
		return fmt.Errorf("its scenario_hash %q is of no scenario that is listed", e.ScenarioHash)
	}
	header := e.Header
	toGo := bytes.Clone(e.Steps.Find(FieldReturnToGo).Data)
	e.seal(e.ID)
	same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
	switch {
	case header.Steps != e.Header.Steps:
		return fmt.Errorf("steps is %d, and there are %d", header.Steps, e.Header.Steps)
	case !same(header.Return, e.Return):
		return fmt.Errorf("return is %v, and its rewards sum up to %v", header.Return, e.Return)
	case header.Terminated != e.Terminated || header.Truncated != e.Truncated || header.Complete != e.Complete:
		return fmt.Errorf("terminated, truncated, complete are %v, %v, %v, and its last step says %v, %v, %v",
			header.Terminated, header.Truncated, header.Complete, e.Terminated, e.Truncated, e.Complete)
	}
	values := &Values{Data: toGo}
	for i, want := range Of[float64](e.Steps.Find(FieldReturnToGo)) {
		if got := Of[float64](values)[i]; !same(got, want) {
			return fmt.Errorf("return_to_go of step %d is %v, and its rewards sum up to %v", i, got, want)
		}
	}
	return nil
}
