package online

import (
	"encoding/gob"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"trailblazer/internal/atomicfile"
	"trailblazer/trainer/model"
	"trailblazer/trainer/rl"
)

// replayFolder is the folder of a run that has what the iterations that are still
// learned from have labelled, a file for each: so a run that goes on has them
// again, and a state is saved without writing all of them anew. The data set
// beside it is no place for them: it may keep fewer, and its episodes end where
// iterations don't.
const replayFolder = "replay"

// labelled is what a file has.
type labelled struct {
	Steps   model.Steps
	Targets model.Targets
}

// replayFiles are a run's.
type replayFiles struct{ folder string }

func (r replayFiles) path(iteration int) string {
	return filepath.Join(r.folder, fmt.Sprintf("%08d.gob", iteration))
}

// save writes what an iteration has labelled.
func (r replayFiles) save(iteration int, e *rl.Experience) error {
	err := os.MkdirAll(r.folder, 0o755)
	if err == nil {
		err = atomicfile.Write(r.path(iteration), func(w io.Writer) error {
			return gob.NewEncoder(w).Encode(&labelled{e.Steps, e.Targets})
		})
	}
	if err != nil {
		return fmt.Errorf("what was labelled can't be kept: %w; make room, and give the same command again", err)
	}
	return nil
}

// load adds what iterations first up to, not including, end have labelled.
func (r replayFiles) load(first, end int, to *rl.Replay) error {
	for i := first; i < end; i++ {
		file, err := os.Open(r.path(i))
		if err != nil {
			return fmt.Errorf("%w: bring it back from a copy, or begin another run with --init", err)
		}
		var l labelled
		err = gob.NewDecoder(file).Decode(&l)
		file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w; it is damaged: bring it back from a copy, or begin another run with --init", r.path(i), err)
		}
		to.Add(&rl.Experience{Steps: l.Steps, Targets: l.Targets, Reward: make([]float32, len(l.Targets.Weight))})
	}
	return nil
}

// forget removes the files of iterations before the first that is needed.
func (r replayFiles) forget(first int) error {
	entries, err := os.ReadDir(r.folder)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".gob")
		if n, err := strconv.Atoi(name); ok && err == nil && n < first {
			if err := os.Remove(filepath.Join(r.folder, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove removes all.
func (r replayFiles) remove() error { return os.RemoveAll(r.folder) }
