package traj

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Unfinished says what a data set has in journals, which readers do not see.
type Unfinished struct {
	Directory string `json:"directory"`
	Episodes  int    `json:"episodes"`
	// Writing says that a process is writing the data set; else one died.
	Writing bool `json:"writing"`
	// Remedy says how readers get to see them.
	Remedy string `json:"remedy"`
}

// String says it in a sentence.
func (u *Unfinished) String() string {
	lie := "lies"
	if u.Episodes != 1 {
		lie = "lie"
	}
	return fmt.Sprintf("%s of %s %s in journals and can't be read yet: %s", episodeCount(u.Episodes), u.Directory, lie, u.Remedy)
}

// FindUnfinished looks for episodes that lie in the journals of data sets. It
// lists those that have any.
func FindUnfinished(dirs ...string) ([]Unfinished, error) {
	var found []Unfinished
	for _, dir := range dirs {
		u := Unfinished{Directory: dir, Writing: isLocked(dir)}
		names, err := journalNames(dir)
		if err != nil {
			return found, err
		}
		for _, name := range names {
			n, err := countUnfinished(dir, name)
			if err != nil {
				return found, damaged(journalPath(dir, name), "", err)
			}
			u.Episodes += n
		}
		if u.Episodes == 0 {
			continue
		}
		if u.Remedy = fmt.Sprintf("a process died; run \"trailblazer data validate --repair %s\"", dir); u.Writing {
			u.Remedy = "a process is writing it; stop it, or wait for its end"
		}
		found = append(found, u)
	}
	return found, nil
}

// countUnfinished counts the episodes of a journal whose shard is not there. A
// writer may finish it meanwhile.
func countUnfinished(dir, name string) (int, error) {
	r, err := openJournal(journalPath(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer r.close()
	n := 0
	for {
		kind, _, err := r.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if kind == kindEpisode {
			n++
		}
	}
	if info, err := readShardInfo(stepsPath(dir, name)); err == nil && info.Statistics.Episodes == n {
		return 0, nil
	}
	return n, nil
}
