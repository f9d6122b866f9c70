// Package dataset opens the known data sets of environments: the published
// files of a data directory, pinned by content hash, or a generated stand-in
// where there is no directory. A [Set] says what a data set is; a [Shelf]
// holds it once it is loaded.
package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Set is a known data set: where it lies in a data directory, what it must
// hash to there, and what stands in for it where there is none.
type Set[T any] struct {
	Name string
	// Path is relative to the data directory; empty for a set that is
	// generated in any case.
	Path string
	// Digest is what Hash must return for the published data.
	Digest string
	Load   func(path string) (T, error)
	Hash   func(T) string
	// StandIn generates the built-in data; nil where only the published will
	// do.
	StandIn func() T
}

// Missing says why a set can't be had with a data directory, which may be
// empty for none; it returns "" where it can.
func (s *Set[T]) Missing(dir string) string {
	switch {
	case s.Path == "":
		return ""
	case dir == "" && s.StandIn == nil:
		return "needs the published data: give a data directory with --data DIR or TRAILBLAZER_DATA"
	case dir == "":
		return ""
	}
	if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(s.Path))); err != nil {
		return s.Path + " is missing from the data directory: complete it, or give none to use built-in data"
	}
	return ""
}

func (s *Set[T]) open(dir string) (T, error) {
	if reason := s.Missing(dir); reason != "" {
		var none T
		return none, fmt.Errorf("data set %s: %s", s.Name, reason)
	}
	if dir == "" || s.Path == "" {
		return s.StandIn(), nil
	}
	path := filepath.Join(dir, filepath.FromSlash(s.Path))
	data, err := s.Load(path)
	if err != nil {
		return data, fmt.Errorf("data set %s: %w", s.Name, err)
	}
	if got := s.Hash(data); got != s.Digest {
		return data, &ModifiedError{Set: s.Name, Path: path, Want: s.Digest, Got: got}
	}
	return data, nil
}

// Shelf holds a set once it is loaded. It is safe for concurrent use.
type Shelf[T any] struct {
	*Set[T]
	once sync.Once
	data T
	err  error
}

// Shelve makes shelves for sets, by their names.
func Shelve[T any](sets []Set[T]) map[string]*Shelf[T] {
	shelves := make(map[string]*Shelf[T], len(sets))
	for i := range sets {
		shelves[sets[i].Name] = &Shelf[T]{Set: &sets[i]}
	}
	return shelves
}

// Get loads the set from a data directory, or generates it, the first time.
func (s *Shelf[T]) Get(dir string) (T, error) {
	s.once.Do(func() { s.data, s.err = s.open(dir) })
	return s.data, s.err
}

// ModifiedError reports a set whose files are not the published ones, so that
// nobody compares scores on other data without knowing.
type ModifiedError struct {
	Set, Path string
	// Want and Got are content hashes in hexadecimal.
	Want, Got string
}

// Error names the set and the remedy.
func (e *ModifiedError) Error() string {
	return fmt.Sprintf("data set %s: %s holds other data than was published (content hash %.12s..., not %.12s...): restore it, or bring your own data in the configuration",
		e.Set, e.Path, e.Got, e.Want)
}

// CheckDir reports a data directory that is none; an empty name stands for
// the built-in data.
func CheckDir(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("data directory: %s is a file: give the directory", dir)
	}
	return nil
}

// The values of env.Scenario's DataSource.
const (
	SourceReal    = "real"
	SourceBuiltIn = "built-in"
)

// Source names where the data of a directory comes from.
func Source(dir string) string {
	if dir == "" {
		return SourceBuiltIn
	}
	return SourceReal
}
