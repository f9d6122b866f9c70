package abrenv

import (
	"encoding/json"

	"trailblazer/api/env"
	"trailblazer/datasets/trace"
	"trailblazer/internal/dataset"
	"trailblazer/internal/jsonconfig"
)

// Library is the known data sets and the scenarios on them. With a data
// directory the sets are the published files, pinned by content hash; without
// one they are generated. The two are never mixed, except that SynthTrace and
// Karma's stationary traces are generated always: they were never published. A set is loaded when first
// needed, once, and shared by all factories. A Library is safe for concurrent
// use.
type Library struct {
	dir      string
	traces   map[string]*dataset.Shelf[[]trace.Trace]
	videos   map[string]*dataset.Shelf[trace.Video]
	pointers map[string]*dataset.Shelf[[]int]
	overlaps map[string]*dataset.Shelf[[]trace.Overlap]
}

// The values of env.Scenario's DataSource.
const (
	SourceReal    = dataset.SourceReal
	SourceBuiltIn = dataset.SourceBuiltIn
)

// NewLibrary opens the library on a data directory, in which the ABR sets lie
// below abr/; an empty name stands for the built-in data.
func NewLibrary(dir string) (*Library, error) {
	if err := dataset.CheckDir(dir); err != nil {
		return nil, err
	}
	return &Library{dir: dir, traces: dataset.Shelve(traceSets), videos: dataset.Shelve(videoSets), pointers: dataset.Shelve(pointerSets), overlaps: dataset.Shelve(overlapSets)}, nil
}

// DataSource is [SourceReal] or [SourceBuiltIn].
func (l *Library) DataSource() string { return dataset.Source(l.dir) }

// ModifiedDataError reports a set whose files are not the published ones.
type ModifiedDataError = dataset.ModifiedError

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
