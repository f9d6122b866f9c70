package ccenv

import (
	"encoding/json"

	"trailblazer/api/env"
	"trailblazer/ccemu"
	"trailblazer/ccemu/scenario"
	"trailblazer/datasets/nettrace"
	"trailblazer/internal/dataset"
	"trailblazer/internal/jsonconfig"
)

// CustomScenario is the one for sessions of one's own.
const CustomScenario = "cc/custom"

// DefaultScenario is what an agent gets that names none.
const DefaultScenario = "cc/train"

// Library is the scenarios, and the recordings of networks that some of their
// sessions play. With a data directory these are the public ones, pinned by
// content hash; without one they are generated. A set of recordings is loaded
// when first needed, once, and shared by all factories. A Library is safe for
// concurrent use.
type Library struct {
	dir        string
	sets       []scenario.Set
	recordings []*dataset.Shelf[[]nettrace.Trace]
}

// NewLibrary opens the library on a data directory, in which the recordings
// lie below cc/; an empty name stands for generated ones.
func NewLibrary(dir string) (*Library, error) {
	if err := dataset.CheckDir(dir); err != nil {
		return nil, err
	}
	l := &Library{dir: dir, sets: scenario.Sets()}
	for _, set := range scenario.Recordings() {
		l.recordings = append(l.recordings, &dataset.Shelf[[]nettrace.Trace]{Set: &set})
	}
	return l, nil
}

func (l *Library) find(name string) (*scenario.Set, error) {
	known := make([]string, len(l.sets))
	for i := range l.sets {
		if l.sets[i].Name == name {
			return &l.sets[i], nil
		}
		known[i] = l.sets[i].Name
	}
	return nil, &env.NotFoundError{Kind: "scenario", Name: name, Known: known}
}

// unavailable says which recordings a set misses here, and the remedy.
func (l *Library) unavailable(set *scenario.Set) string {
	if !set.NeedsData() {
		return ""
	}
	for _, r := range l.recordings {
		if reason := r.Missing(l.dir); reason != "" {
			return reason
		}
	}
	return ""
}

// Config is the configuration of a scenario with the fields of a JSON object
// replaced and defaults filled in. The error is *env.NotFoundError or
// *env.FieldError.
func (l *Library) Config(name string, replace json.RawMessage) (Config, error) {
	if _, err := l.find(name); err != nil {
		return Config{}, err
	}
	c := Config{}.WithDefaults()
	if err := jsonconfig.Decode("config", replace, &c); err != nil {
		return Config{}, err
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c.WithDefaults(), nil
}

// Factory makes the factory of a scenario with a config that [Library.Config]
// returned. Errors are *env.FieldError where the caller is to blame, and
// *dataset.ModifiedError or what reading the data brought.
func (l *Library) Factory(name string, c Config) (*Factory, error) {
	set, err := l.find(name)
	if err != nil {
		return nil, err
	}
	if c.Sessions != nil {
		if name != CustomScenario {
			return nil, jsonconfig.Refuse("config.sessions", "given for "+jsonconfig.Quote(name), "choose the scenario "+CustomScenario+", so that nobody takes the results for another's")
		}
		own, err := newOwnSessions(c.Sessions)
		if err != nil {
			return nil, err
		}
		return NewFactory(name, c, own)
	}
	hashes := map[string]string{}
	data, err := l.data(set, hashes)
	if err != nil {
		return nil, err
	}
	drawn, err := newDrawnSessions(set, data, hashes)
	if err != nil {
		return nil, err
	}
	return NewFactory(name, c, drawn)
}

// Sessions returns the sessions of a scenario that count seeds from a first
// one draw; of a scenario of fixed sessions, those with these numbers. Errors
// are those of [Library.Factory].
func (l *Library) Sessions(name string, first uint64, count int) ([]ccemu.Session, error) {
	set, err := l.find(name)
	if err != nil {
		return nil, err
	}
	data, err := l.data(set, map[string]string{})
	if err != nil {
		return nil, err
	}
	sessions := make([]ccemu.Session, count)
	for i := range sessions {
		s, err := set.Draw(first+uint64(i), data)
		if err != nil {
			return nil, err
		}
		sessions[i] = *s
	}
	return sessions, nil
}

// data loads the recordings that a set needs and notes their hashes; nil
// stands for generated ones, or for none.
func (l *Library) data(set *scenario.Set, hashes map[string]string) (*scenario.Data, error) {
	if reason := l.unavailable(set); reason != "" {
		return nil, jsonconfig.Refuse("scenario", jsonconfig.Quote(set.Name), reason)
	}
	if l.dir == "" || !set.NeedsData() {
		return nil, nil
	}
	var traces [3][]nettrace.Trace
	for i, r := range l.recordings {
		var err error
		if traces[i], err = r.Get(l.dir); err != nil {
			return nil, err
		}
		hashes[r.Name] = r.Digest
	}
	return scenario.NewData(traces[0], traces[1], traces[2])
}

// Scenarios lists the scenarios and says whether they can be had here.
func (l *Library) Scenarios() []env.Scenario {
	list := make([]env.Scenario, len(l.sets))
	for i := range l.sets {
		s := &l.sets[i]
		list[i] = env.Scenario{Name: s.Name, Description: s.Description, Episodes: s.Episodes,
			DataSource: dataset.Source(l.dir), Unavailable: l.unavailable(s)}
	}
	return list
}
