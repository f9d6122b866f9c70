package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"trailblazer/api/env"
)

// safeName is what a data set may be called: one element of a path on every
// system, and no name that an owner's directory has.
var safeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

func checkName(name string) error {
	if safeName.MatchString(name) && !strings.HasSuffix(name, ".") {
		return nil
	}
	return &env.FieldError{Field: "dataset", Value: strconv.Quote(name),
		Remedy: "give up to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit and not ending with a dot"}
}

// ownerDir is the name of an owner's directory.
func ownerDir(owner string) string {
	var b strings.Builder
	b.WriteByte('@')
	for _, c := range []byte(owner) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// own is the directory of the owner's data sets.
func (s *Store) own() string {
	if s.owner == "" {
		return s.dir
	}
	return filepath.Join(s.dir, ownerDir(s.owner))
}

// exists reports whether a directory holds a data set. A writer describes one
// before it adds the first episode.
func exists(dir string) (bool, error) {
	for _, inside := range []string{"meta", "data"} {
		switch info, err := os.Stat(filepath.Join(dir, inside)); {
		case err == nil && info.IsDir():
			return true, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return false, err
		}
	}
	return false, nil
}

// Names lists the data sets that the owner may read, sorted.
func (s *Store) Names() ([]string, error) {
	var names []string
	for _, dir := range slices.Compact([]string{s.dir, s.own()}) {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if checkName(e.Name()) != nil {
				continue
			}
			there, err := exists(filepath.Join(dir, e.Name()))
			if err != nil {
				return nil, err
			}
			if there {
				names = append(names, e.Name())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// find returns the directory of a data set that the owner may read.
func (s *Store) find(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	for _, dir := range []string{s.dir, s.own()} {
		dir = filepath.Join(dir, name)
		if there, err := exists(dir); err != nil || there {
			return dir, err
		}
	}
	known, err := s.Names()
	if err != nil {
		return "", err
	}
	return "", &env.NotFoundError{Kind: "dataset", Name: name, Known: known}
}

// place returns the directory of a data set that the owner may add to.
func (s *Store) place(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if s.owner != "" {
		if there, err := exists(filepath.Join(s.dir, name)); err != nil || there {
			if err == nil {
				err = &env.FieldError{Field: "dataset", Value: strconv.Quote(name), Remedy: "give another name: this data set is there for all to read, and for none to add to"}
			}
			return "", err
		}
	}
	return filepath.Join(s.own(), name), nil
}
