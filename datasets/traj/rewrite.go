package traj

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// RewriteOptions says how Merge and Split write; the zero value will do.
type RewriteOptions struct {
	// ShardSteps and GroupSteps are as in WriterOptions.
	ShardSteps, GroupSteps int
	// Command is how the new data set is made, as its maker typed it. It comes
	// after those of the old ones.
	Command string
	// Progress, where set, is called with the numbers of episodes that were
	// written and that there are.
	Progress func(done, total int)
}

// Rewritten says what Merge and Split wrote.
type Rewritten struct {
	Episodes int `json:"episodes"`
	Steps    int `json:"steps"`
	// Duplicates counts episodes that were left out, because one of the same
	// source was there.
	Duplicates int `json:"duplicates"`
	// WithoutInfo counts episodes without infos, each of which Split by a field
	// of info drew on its own.
	WithoutInfo int         `json:"without_info,omitempty"`
	Splits      []SplitSize `json:"splits"`
}

// SplitSize counts what is in a part of a data set.
type SplitSize struct {
	Name     string `json:"name"`
	Episodes int    `json:"episodes"`
	Steps    int    `json:"steps"`
}

// Merge writes the episodes of several data sets with the same fields into a new
// one: numbered anew, each in its split, scenarios and commands of all together.
// The new one appears when it is complete.
func Merge(ctx context.Context, out string, dirs []string, o RewriteOptions) (*Rewritten, error) {
	sets, base, err := openAll(dirs)
	defer closeAll(sets)
	if err != nil {
		return nil, err
	}
	return rewrite(ctx, out, sets, base, o, func(e *Episode) (string, error) { return e.Split, nil })
}

// openAll opens data sets of one kind and joins their descriptions.
func openAll(dirs []string) (sets []*Set, base *Info, err error) {
	if len(dirs) == 0 {
		return nil, nil, errors.New("there is no data set to read: name at least one")
	}
	for _, dir := range dirs {
		if names, err := journalNames(dir); err != nil || len(names) > 0 && !isLocked(dir) {
			if err == nil {
				err = fmt.Errorf("%s has episodes that a process which died did not finish: run \"trailblazer data validate --repair %s\" first", dir, dir)
			}
			return sets, nil, err
		}
		set, err := Open(dir)
		if err != nil {
			return sets, nil, err
		}
		sets = append(sets, set)
		info := *set.Info()
		info.Statistics, info.Shards = Statistics{}, nil
		if base == nil {
			base = &info
		}
		if err := base.differs(&info); err != nil {
			return sets, nil, fmt.Errorf("%s is of another kind than %s: its %w", dir, dirs[0], err)
		}
		if err := base.join(&info); err != nil {
			return sets, nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	return sets, base, nil
}

func closeAll(sets []*Set) {
	for _, s := range sets {
		s.Close()
	}
}

// rewrite writes all episodes to a new data set, each in the split that place
// names. Until that is complete it lies beside out, with ".partial" at the end
// of its name.
func rewrite(ctx context.Context, out string, sets []*Set, base *Info, o RewriteOptions, place func(e *Episode) (string, error)) (*Rewritten, error) {
	partial, err := newPartial(out)
	if err != nil {
		return nil, err
	}
	w, err := createWith(partial, base, WriterOptions{ShardSteps: o.ShardSteps, GroupSteps: o.GroupSteps, Command: o.Command})
	if err != nil {
		return nil, err
	}
	result, err := copyEpisodes(ctx, w, sets, o.Progress, place)
	err = errors.Join(err, w.Close())
	if err == nil {
		err = os.Rename(partial, out)
	}
	if err != nil {
		os.RemoveAll(partial)
		return nil, err
	}
	return result, nil
}

// newPartial checks that a data set can be made at out, and returns where to
// make it.
func newPartial(out string) (string, error) {
	out = strings.TrimRight(out, string(os.PathSeparator))
	entries, err := os.ReadDir(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("%s is not empty: name a new directory", out)
	}
	partial := out + partialSuffix
	if !exists(partial) {
		return partial, nil
	}
	if isLocked(partial) {
		return "", &LockedError{Dir: partial}
	}
	if !isDataSet(partial) {
		return "", fmt.Errorf("%s is in the way: remove it, or name another directory", partial)
	}
	return partial, os.RemoveAll(partial)
}

func copyEpisodes(ctx context.Context, w *Writer, sets []*Set, progress func(done, total int), place func(e *Episode) (string, error)) (*Rewritten, error) {
	total, done := 0, 0
	for _, s := range sets {
		total += s.Info().Statistics.Episodes
	}
	result := &Rewritten{}
	for _, s := range sets {
		headers, err := s.Headers()
		if err != nil {
			return nil, err
		}
		for i := range headers {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			e, err := s.Episode(&headers[i])
			if err != nil {
				return nil, err
			}
			if e.Split, err = place(e); err != nil {
				return nil, fmt.Errorf("%s: episode %d: %w", s.dir, headers[i].ID, err)
			}
			added, err := w.Add(e)
			if err != nil {
				return nil, fmt.Errorf("%s: episode %d: %w", s.dir, headers[i].ID, err)
			}
			result.count(e, added)
			done++
			if progress != nil {
				progress(done, total)
			}
		}
	}
	return result, nil
}

func (r *Rewritten) count(e *Episode, added bool) {
	if !added {
		r.Duplicates++
		return
	}
	at := slices.IndexFunc(r.Splits, func(s SplitSize) bool { return s.Name == e.Split })
	if at < 0 {
		at = len(r.Splits)
		r.Splits = append(r.Splits, SplitSize{Name: e.Split})
	}
	r.Splits[at].Episodes++
	r.Splits[at].Steps += e.Header.Steps
	r.Episodes++
	r.Steps += e.Header.Steps
}
