package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"trailblazer/internal/atomicfile"
	"trailblazer/internal/filelock"
)

// The files of a run.
const (
	runFile     = "run.json"
	weightsFile = "model.safetensors"
	stateFile   = "last.safetensors"
	metricsFile = "metrics.jsonl"
	curvesFile  = "curves.svg"
	lockFile    = "lock"
)

// Directory is that of one run, which this process alone may write.
type Directory struct {
	path string
	lock *os.File
}

// LockedError says that another process trains in a directory.
type LockedError struct {
	Path string
}

// Error names the directory and the remedy.
func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is being trained by another process: wait for its end, or name another directory", e.Path)
}

// Create takes a run's directory, and makes it where there is none. The error
// is a *LockedError where another process has it.
func Create(path string) (*Directory, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("%s can't be made: %w; name a directory that can be made and written to", path, err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%w; name a directory that can be written to", err)
	}
	if free, err := filelock.Try(lock); err != nil || !free {
		lock.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w: keep runs where files can be locked", path, err)
		}
		return nil, &LockedError{path}
	}
	return &Directory{path, lock}, nil
}

// Path is where it lies.
func (d *Directory) Path() string { return d.path }

// Close lets others have it.
func (d *Directory) Close() error { return d.lock.Close() }

// IsRun reports whether a run lies in a directory.
func IsRun(path string) bool {
	info, err := os.Stat(filepath.Join(path, runFile))
	return err == nil && info.Mode().IsRegular()
}

// Begun reports whether there is anything of a run that is worth going on with.
// A directory with other files is refused.
func (d *Directory) Begun() (bool, error) {
	if IsRun(d.path) {
		return d.has(weightsFile) || d.HasState(), nil
	}
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if e.Name() != lockFile && filepath.Ext(e.Name()) != ".partial" {
			return false, fmt.Errorf("%s has files that are no run's, such as %s: name a new directory, or an empty one", d.path, e.Name())
		}
	}
	return false, nil
}

// HasState reports whether there is a State to go on from.
func (d *Directory) HasState() bool { return d.has(stateFile) }

func (d *Directory) has(name string) bool {
	_, err := os.Stat(filepath.Join(d.path, name))
	return err == nil
}

// replace writes one of the files as a whole, down to the disk.
func (d *Directory) replace(name string, write func(io.Writer) error) error {
	path := filepath.Join(d.path, name)
	err := atomicfile.Write(path, func(w io.Writer) error {
		err := write(w)
		if file, ok := w.(*os.File); ok && err == nil {
			err = file.Sync()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s can't be written: %w; what was written before it stays: make room, and give the same command again", path, err)
	}
	return nil
}

// missing explains that one of the files is not there.
func missing(dir, name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch {
	case !IsRun(dir):
		return fmt.Errorf("%s holds no run: there is no %s in it: name a directory that \"trailblazer train --out\" wrote", dir, runFile)
	case name == weightsFile:
		return fmt.Errorf("%s has no %s yet: train on until a first model is validated, or to the end", dir, name)
	}
	return fmt.Errorf("%s has no %s: bring it back from a copy, or train anew in another directory", dir, name)
}
