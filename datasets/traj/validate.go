package traj

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Problem is something that is wrong with a data set.
type Problem struct {
	// File is a path below the data set's directory.
	File    string `json:"file"`
	Problem string `json:"problem"`
	// Remedy says what to do, or what was done if Repaired.
	Remedy   string `json:"remedy"`
	Repaired bool   `json:"repaired,omitempty"`
}

// Validation is what was found in a data set.
type Validation struct {
	// Shards, Episodes and Steps count what was checked.
	Shards   int `json:"shards"`
	Episodes int `json:"episodes"`
	Steps    int `json:"steps"`
	// Writing says that a process was writing the data set: journals and
	// unfinished files are its own, and were not looked at.
	Writing  bool      `json:"writing,omitempty"`
	Problems []Problem `json:"problems"`
}

// Unrepaired counts the problems that are not repaired.
func (v *Validation) Unrepaired() int {
	n := 0
	for i := range v.Problems {
		if !v.Problems[i].Repaired {
			n++
		}
	}
	return n
}

// ValidateOptions says what to do beside looking.
type ValidateOptions struct {
	// Repair writes the shards that are still journals, removes unfinished
	// files, moves damaged ones to the folder "damaged" and writes
	// meta/info.json anew. Nobody may write the data set meanwhile.
	Repair bool
	// Progress, where set, is called with the numbers of episodes that were
	// checked and that there are.
	Progress func(done, total int)
}

// Validate checks all of a data set: sums of files, schemas, numbers of rows,
// and every episode's numbering, flags, returns and names. The error is for
// what keeps it from looking; what it finds is in the Validation.
func Validate(ctx context.Context, dir string, o ValidateOptions) (*Validation, error) {
	if !isDataSet(dir) {
		return nil, fmt.Errorf("%s holds no data set: give a directory with meta/info.json, or with shards in data/", dir)
	}
	v := &validator{dir: dir, o: o, ids: map[int64]string{}, sources: map[string]int64{}, hashes: map[string]bool{}, moved: map[string]bool{}}
	v.found.Problems = []Problem{}
	if o.Repair {
		lock, err := lockDirectory(dir)
		if err != nil {
			return nil, err
		}
		defer lock.release()
	} else {
		v.found.Writing = isLocked(dir)
	}
	if !v.found.Writing {
		if err := v.unfinished(); err != nil {
			return nil, err
		}
	}
	if err := v.shards(ctx); err != nil {
		return nil, err
	}
	if err := v.list(); err != nil {
		return nil, err
	}
	return &v.found, nil
}

func isDataSet(dir string) bool {
	for _, path := range []string{infoPath(dir), filepath.Join(dir, stepsDir), filepath.Join(dir, openDir)} {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

type validator struct {
	dir   string
	o     ValidateOptions
	found Validation
	// known is meta/info.json; nil where it can't be read.
	known *Info
	// first is the description of the first shard, which others must be like.
	first *Info
	// ids names the shard of each episode; sources the episode of each source.
	ids     map[int64]string
	sources map[string]int64
	// hashes are those of the scenarios that the present shard lists.
	hashes map[string]bool
	// moved names the shards that were moved away.
	moved map[string]bool
	// total is the number of episodes, as far as it is known before they are
	// counted.
	total int
	// damaged and foreign say that there are shards which can't be read, or
	// not with the others; stale that meta/info.json was found to be.
	damaged, foreign, stale bool
}

// problem takes one down. path may be absolute or below the directory.
func (v *validator) problem(path string, repaired bool, remedy, format string, args ...any) {
	if name, err := filepath.Rel(v.dir, path); err == nil {
		path = filepath.ToSlash(name)
	}
	v.found.Problems = append(v.found.Problems, Problem{File: path, Problem: fmt.Sprintf(format, args...), Remedy: remedy, Repaired: repaired})
}

// repair is the remedy where repairing would help.
func (v *validator) repair() string {
	return fmt.Sprintf("run \"trailblazer data validate --repair %s\"", v.dir)
}

// unfinished looks at what a writer that died has left.
func (v *validator) unfinished() error {
	paths, err := partials(v.dir)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if v.o.Repair {
			if err := os.Remove(path); err != nil {
				return err
			}
			v.problem(path, true, "removed: its episodes are in a journal", "was not finished")
		} else {
			v.problem(path, false, v.repair(), "was not finished")
		}
	}
	names, err := journalNames(v.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := v.journal(name); err != nil {
			return err
		}
	}
	return v.orphans()
}

func (v *validator) journal(name string) error {
	path := journalPath(v.dir, name)
	l, err := readLeftover(v.dir, name)
	var system *fs.PathError
	switch {
	case errors.As(err, &system):
		return err
	case err != nil && v.o.Repair:
		v.problem(path, true, "moved to "+damagedDir+"/: its episodes can't be read", "%v", cause(err))
		return v.moveAway(path)
	case err != nil:
		v.problem(path, false, v.repair(), "%v", cause(err))
		return nil
	}
	if damage := l.damage.err(); damage != nil && !v.o.Repair {
		v.problem(path, false, v.repair(), "%v", damage)
	} else if damage != nil {
		if err := v.copyAway(path); err != nil {
			return err
		}
		v.problem(path, true, "copied to "+damagedDir+"/; the other episodes are kept", "%v", damage)
	}
	if !v.o.Repair {
		remedy := v.repair()
		if l.runs == 0 {
			remedy += ", or go on writing"
		}
		v.problem(path, false, remedy, "a process died and left %s that no reader sees yet", episodeCount(l.unwritten()))
		return nil
	}
	written, err := l.finish(v.dir, 0)
	if err != nil {
		return err
	}
	v.problem(path, true, fmt.Sprintf("wrote %s to %s", episodeCount(written), name), "a process died and left %s that no reader saw", episodeCount(written))
	return nil
}

// episodeCount says how many there are.
func episodeCount(n int) string {
	if n == 1 {
		return "1 episode"
	}
	return fmt.Sprintf("%d episodes", n)
}

// unwritten is the number of episodes that are only in the journal.
func (l *leftover) unwritten() int {
	if l.finished {
		return 0
	}
	return l.episodes
}

// orphans looks for tables of episodes without steps.
func (v *validator) orphans() error {
	entries, err := os.ReadDir(filepath.Join(v.dir, episodesDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		name := e.Name()[:len(e.Name())-len(filepath.Ext(e.Name()))]
		if filepath.Ext(e.Name()) != shardSuffix || exists(stepsPath(v.dir, name)) || exists(journalPath(v.dir, name)) {
			continue
		}
		path := episodesPath(v.dir, name)
		if !v.o.Repair {
			v.problem(path, false, "bring back "+stepsPath("", name)+" from a copy, or "+v.repair(), "the file of its steps is missing")
			continue
		}
		if err := v.moveAway(path); err != nil {
			return err
		}
		v.problem(path, true, "moved to "+damagedDir+"/", "the file of its steps is missing")
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// list checks meta/info.json.
func (v *validator) list() error {
	path := infoPath(v.dir)
	known, err := readInfo(v.dir)
	var newer *VersionError
	switch {
	case errors.As(err, &newer):
		v.foreign = true
		v.problem(path, false, "use the program that wrote it, or a newer one", "%v", newer)
	case errors.Is(err, fs.ErrNotExist):
		v.unlisted(path, "is missing")
	case err != nil:
		v.unlisted(path, "%v", cause(err))
	default:
		for _, s := range known.Shards {
			if !exists(stepsPath(v.dir, s.Name)) && !v.moved[s.Name] {
				v.unlisted(path, "lists %s with %s, and there is no such shard: bring it back from a copy if it was not removed on purpose", s.Name, episodeCount(s.Episodes))
			}
		}
	}
	if v.found.Writing || v.foreign || v.damaged && !v.o.Repair {
		return nil // The shards can't be listed as they are.
	}
	l, err := openListing(v.dir)
	if err != nil || l.base == nil {
		return err
	}
	if l.stale && !v.stale && len(v.moved) == 0 {
		v.unlisted(path, "does not say what is there")
	}
	if v.o.Repair {
		return l.write()
	}
	return nil
}

// unlisted reports that meta/info.json is to be written anew.
func (v *validator) unlisted(path, format string, args ...any) {
	v.stale = true
	if v.o.Repair {
		v.problem(path, true, "written anew from the shards", format, args...)
	} else {
		v.problem(path, false, v.repair(), format, args...)
	}
}
