package traj

import (
	"fmt"
	"os"
	"path/filepath"

	"trailblazer/internal/filelock"
)

// directoryLock says that this process alone writes a data set. The system
// takes it back when the process dies.
type directoryLock struct {
	file *os.File
}

// lockDirectory takes the lock of a data set.
func lockDirectory(dir string) (*directoryLock, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file: name a directory, a new one or that of a data set", dir)
	}
	path := filepath.Join(dir, openDir, "lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("%s can't be made: %w; name a directory that can be made and written to", dir, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if free, err := filelock.Try(file); err != nil || !free {
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w: keep data sets where files can be locked", path, err)
		}
		return nil, &LockedError{Dir: dir}
	}
	return &directoryLock{file}, nil
}

// release gives the lock back. The file stays: removing it would let two
// processes lock two files of one name.
func (l *directoryLock) release() error { return l.file.Close() }

// LockedError says that another process, or another Writer of this one, writes
// a data set.
type LockedError struct {
	Dir string
}

// Error names the directory and the remedy.
func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is being written by another process: wait for its end, or write to another directory and merge with \"trailblazer data merge\"", e.Dir)
}

// isLocked reports whether a writer has a data set.
func isLocked(dir string) bool {
	file, err := os.Open(filepath.Join(dir, openDir, "lock"))
	if err != nil {
		return false
	}
	defer file.Close()
	free, err := filelock.Try(file)
	return err == nil && !free
}
