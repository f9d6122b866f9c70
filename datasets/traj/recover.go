package traj

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// damagedDir is where a repair moves what it can't read.
const damagedDir = "damaged"

// leftover is the journal of a shard that a writer which died did not finish,
// or did not remove.
type leftover struct {
	name string
	*contents
	ids     []int64
	sources []string
	// finished says that the shard is there.
	finished bool
}

func readLeftover(dir, name string) (*leftover, error) {
	l := &leftover{name: name}
	var err error
	l.contents, err = readJournal(journalPath(dir, name), func(_ *contents, e *Episode) error {
		l.ids = append(l.ids, e.ID)
		l.sources = append(l.sources, e.Source)
		return nil
	})
	if err != nil {
		return nil, &DamageError{Path: journalPath(dir, name), Err: err}
	}
	if _, err := os.Stat(stepsPath(dir, name)); err == nil {
		// One that can't be read, or holds less, is written again.
		info, err := readShardInfo(stepsPath(dir, name))
		l.finished = err == nil && info.Statistics.Episodes == l.episodes
	}
	return l, nil
}

// start takes up what is in the directory. The lock is held.
func (w *Writer) start() error {
	if err := removePartials(w.dir); err != nil {
		return err
	}
	resumed, err := w.recover()
	if err != nil {
		return err
	}
	if w.listing, err = openListing(w.dir); err != nil {
		return err
	}
	known := w.listing.base
	if known != nil {
		if err := known.differs(w.base); err != nil {
			return fmt.Errorf("%s is of another kind: the new %w; write to another directory", w.dir, err)
		}
	}
	// What is said of a set that has no episodes is said of none.
	if known != nil && len(w.listing.parts)+len(resumed) > 0 {
		joined := *known
		if err := joined.join(w.base); err != nil {
			return err
		}
		joined.Statistics, joined.Shards = Statistics{}, nil
		w.base = &joined
	}
	w.learn(w.base)
	if w.said = known == nil; w.said {
		w.listing.rebase(w.base)
	}
	if err := w.remember(); err != nil {
		return err
	}
	for _, l := range resumed {
		for i, id := range l.ids {
			w.keep(id, l.sources[i])
		}
	}
	return w.listing.write()
}

// recover finishes the shards of journals that were left, but for those that
// the writer goes on with.
func (w *Writer) recover() (resumed []*leftover, err error) {
	names, err := journalNames(w.dir)
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		l, err := readLeftover(w.dir, name)
		if err != nil {
			return nil, err
		}
		if err := l.damage.err(); err != nil {
			return nil, &DamageError{Path: journalPath(w.dir, name), Err: err}
		}
		split := splitOf(name)
		last := i == len(names)-1 || splitOf(names[i+1]) != split
		if last && !l.finished && l.episodes > 0 && l.steps < w.options.ShardSteps && l.bytes < w.options.shardBytes && l.info.differs(w.base) == nil {
			j, err := resumeJournal(w.dir, name, l.contents)
			if err != nil {
				return nil, err
			}
			w.open[split] = j
			resumed = append(resumed, l)
			continue
		}
		if _, err := l.finish(w.dir, w.options.GroupSteps); err != nil {
			return nil, err
		}
	}
	return resumed, nil
}

// finish writes the shard, if it is not there, and removes the journal. It
// returns the number of episodes that were written.
func (l *leftover) finish(dir string, groupSteps int) (int, error) {
	written := 0
	if !l.finished && l.episodes > 0 {
		if _, err := finishShard(dir, l.name, l.episodes, groupSteps); err != nil {
			return 0, fmt.Errorf("shard %s can't be written: %w", l.name, err)
		}
		written = l.episodes
	}
	return written, os.Remove(journalPath(dir, l.name))
}

// remember takes down which episodes there are, and which names of shards are
// taken.
func (w *Writer) remember() error {
	if len(w.listing.parts) > 0 {
		set, err := Open(w.dir)
		if err != nil {
			return err
		}
		defer set.Close()
		headers, err := set.Headers()
		if err != nil {
			return err
		}
		for i := range headers {
			w.keep(headers[i].ID, headers[i].Source)
		}
	}
	names, err := takenNames(w.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		split := splitOf(name)
		if number, err := strconv.Atoi(strings.TrimPrefix(name, split+"-")); err == nil {
			w.numbers[split] = max(w.numbers[split], number+1)
		}
	}
	return nil
}

// takenNames lists the names of all shards that there are or were, more than
// once where they have more than one file.
func takenNames(dir string) ([]string, error) {
	var names []string
	for _, folder := range []string{stepsDir, episodesDir, openDir, damagedDir} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			name, _, _ := strings.Cut(e.Name(), ".")
			if strings.Contains(name, "-") {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// partials lists the files of a data set that are being written, or were when a
// process died.
func partials(dir string) ([]string, error) {
	var found []string
	for _, folder := range []string{dir, filepath.Join(dir, stepsDir), filepath.Join(dir, episodesDir), filepath.Dir(infoPath(dir))} {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), partialSuffix) {
				found = append(found, filepath.Join(folder, e.Name()))
			}
		}
	}
	return found, nil
}

// removePartials removes them. The lock is held.
func removePartials(dir string) error {
	paths, err := partials(dir)
	for _, path := range paths {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}
