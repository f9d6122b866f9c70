package abrenv

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"trailblazer/api/env"
	"trailblazer/datasets/trace"
	"trailblazer/internal/jsonconfig"
)

// Library is the known data sets and the scenarios on them. With a data
// directory the sets are the published files, pinned by content hash; without
// one they are generated. The two are never mixed, except that SynthTrace is
// generated always: it was never published. A set is loaded when first
// needed, once, and shared by all factories. A Library is safe for concurrent
// use.
type Library struct {
	dir      string
	traces   map[string]*shelf[[]trace.Trace]
	videos   map[string]*shelf[trace.Video]
	pointers map[string]*shelf[[]int]
	overlaps map[string]*shelf[[]trace.Overlap]
}

// The values of env.Scenario's DataSource.
const (
	SourceReal    = "real"
	SourceBuiltIn = "built-in"
)

// NewLibrary opens the library on a data directory, in which the ABR sets lie
// below abr/; an empty name stands for the built-in data.
func NewLibrary(dir string) (*Library, error) {
	if dir != "" {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, fmt.Errorf("data directory: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("data directory: %s is a file: give the directory", dir)
		}
	}
	return &Library{dir: dir, traces: shelve(traceSets), videos: shelve(videoSets), pointers: shelve(pointerSets), overlaps: shelve(overlapSets)}, nil
}

// DataSource is [SourceReal] or [SourceBuiltIn].
func (l *Library) DataSource() string {
	if l.dir == "" {
		return SourceBuiltIn
	}
	return SourceReal
}

// shelf holds a set once it is loaded.
type shelf[T any] struct {
	set  *set[T]
	once sync.Once
	data T
	err  error
}

func shelve[T any](sets []set[T]) map[string]*shelf[T] {
	shelves := make(map[string]*shelf[T], len(sets))
	for i := range sets {
		shelves[sets[i].name] = &shelf[T]{set: &sets[i]}
	}
	return shelves
}

// get loads the set from a data directory, or generates it.
func (s *shelf[T]) get(dir string) (T, error) {
	s.once.Do(func() { s.data, s.err = s.set.open(dir) })
	return s.data, s.err
}

func (s *set[T]) open(dir string) (T, error) {
	if reason := s.missing(dir); reason != "" {
		var none T
		return none, fmt.Errorf("data set %s: %s", s.name, reason)
	}
	if dir == "" || s.path == "" {
		return s.standIn(), nil
	}
	path := filepath.Join(dir, filepath.FromSlash(s.path))
	data, err := s.load(path)
	if err != nil {
		return data, fmt.Errorf("data set %s: %w", s.name, err)
	}
	if got := s.hash(data).String(); got != s.digest {
		return data, &ModifiedDataError{Set: s.name, Path: path, Want: s.digest, Got: got}
	}
	return data, nil
}

// missing says why a set can't be had; it is empty where it can.
func (s *set[T]) missing(dir string) string {
	switch {
	case s.path == "":
		return ""
	case dir == "" && s.standIn == nil:
		return "needs the published data: give a data directory with --data DIR or TRAILBLAZER_DATA"
	case dir == "":
		return ""
	}
	if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(s.path))); err != nil {
		return s.path + " is missing from the data directory: complete it, or give none to use built-in data"
	}
	return ""
}

// ModifiedDataError reports a set whose files are not the published ones, so
// that nobody compares scores on other data without knowing.
type ModifiedDataError struct {
	Set, Path string
	// Want and Got are content hashes in hexadecimal.
	Want, Got string
}

// Error names the set and the remedy.
func (e *ModifiedDataError) Error() string {
	return fmt.Sprintf("data set %s: %s holds other data than was published (content hash %.12s..., not %.12s...): restore it, or bring your own data in the config's traces and videos",
		e.Set, e.Path, e.Got, e.Want)
}

// Config is the configuration of a scenario with the fields of a JSON object
// replaced and defaults filled in. The error is *env.NotFoundError or
// *env.FieldError.
func (l *Library) Config(name string, replace json.RawMessage) (Config, error) {
	s, err := findScenario(name)
	if err != nil {
		return Config{}, err
	}
	c := s.config()
	if err := jsonconfig.Decode("config", replace, &c); err != nil {
		return Config{}, err
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	if c.Observation.History == 0 {
		levels := len(trace.PensieveLadderKbps()) // of all known videos
		if len(c.Videos) > 0 {
			levels = c.Videos[0].Levels()
		}
		c.Observation.History = defaultHistory(levels)
	}
	return c.WithDefaults(), nil
}

// Factory makes the factory of a scenario with a config that [Library.Config]
// returned. Errors are *env.FieldError where the caller is to blame, and
// [*ModifiedDataError] or what reading the data brought.
func (l *Library) Factory(name string, c Config) (*Factory, error) {
	s, err := findScenario(name)
	if err != nil {
		return nil, err
	}
	var data Data
	if len(c.Traces) == 0 || len(c.Videos) == 0 {
		if reason := l.unavailable(s); reason != "" {
			return nil, jsonconfig.Refuse("scenario", jsonconfig.Quote(name), reason)
		}
		if data, err = l.data(s); err != nil {
			return nil, err
		}
	}
	return NewFactory(name, c, data)
}

// Scenarios lists the scenarios and says which can be had here.
func (l *Library) Scenarios() []env.Scenario {
	list := make([]env.Scenario, len(scenarios))
	for i := range scenarios {
		s := &scenarios[i]
		list[i] = env.Scenario{Name: s.name, Description: s.description, Episodes: s.episodes,
			DataSource: l.DataSource(), Unavailable: l.unavailable(s)}
		if list[i].Unavailable != "" {
			list[i].DataSource = SourceReal // that is what it lacks
		}
	}
	return list
}
