package sparkenv

import (
	"encoding/json"
	"path/filepath"

	"trailblazer/api/env"
	"trailblazer/internal/dataset"
	"trailblazer/internal/jsonconfig"
	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

// Library is the known workloads and the scenarios on them. With a data
// directory they are the published TPC-H measurements and job sequences,
// pinned by content hash; without one they are generated. A set is loaded
// when first needed, once, and shared by all factories. A Library is safe for
// concurrent use.
type Library struct {
	dir       string
	kinds     dataset.Shelf[[]*sparksim.Job]
	sequences []*dataset.Shelf[[]sparksim.Arrival]
	published []workload.PublishedSequence // of sequences
}

// syntheticSeed generates the built-in kinds. Another seed means other
// results, and so another version of the environment.
const syntheticSeed = 1

// NewLibrary opens the library on a data directory, in which the sets lie
// below cjs/; an empty name stands for the built-in data.
func NewLibrary(dir string) (*Library, error) {
	if err := dataset.CheckDir(dir); err != nil {
		return nil, err
	}
	l := &Library{dir: dir, published: workload.PublishedSequences()}
	l.kinds.Set = &dataset.Set[[]*sparksim.Job]{
		Name: "tpch", Path: "cjs/tpch_json", Digest: workload.TPCHDigest,
		Load:    workload.LoadTPCH,
		Hash:    func(kinds []*sparksim.Job) string { return workload.HashKinds(kinds).String() },
		StandIn: func() []*sparksim.Job { return workload.Synthetic(syntheticSeed) },
	}
	for _, p := range l.published {
		l.sequences = append(l.sequences, &dataset.Shelf[[]sparksim.Arrival]{Set: &dataset.Set[[]sparksim.Arrival]{
			Name: p.File, Path: "cjs/jobseq/" + p.File, Digest: p.Digest,
			Load:    l.loadSequence,
			Hash:    func(arrivals []sparksim.Arrival) string { return workload.HashArrivals(arrivals).String() },
			StandIn: func() []sparksim.Arrival { return nil },
		}})
	}
	return l, nil
}

func (l *Library) loadSequence(path string) ([]sparksim.Arrival, error) {
	kinds, err := l.kinds.Get(l.dir)
	if err != nil {
		return nil, err
	}
	return workload.LoadSequence(filepath.Clean(path), kinds)
}

// unavailable says which set a scenario misses here, and the remedy.
func (l *Library) unavailable() string {
	if reason := l.kinds.Missing(l.dir); reason != "" {
		return reason
	}
	for _, s := range l.sequences {
		if reason := s.Missing(l.dir); reason != "" {
			return reason
		}
	}
	return ""
}

// data gathers what scenarios play: the sequences of a seed are the longest
// published.
func (l *Library) data() (Data, error) {
	kinds, err := l.kinds.Get(l.dir)
	if err != nil {
		return Data{}, err
	}
	d := Data{Kinds: kinds, Sequences: map[uint64][]sparksim.Arrival{}}
	for i, s := range l.sequences {
		arrivals, err := s.Get(l.dir)
		if err != nil {
			return Data{}, err
		}
		if seed := l.published[i].Seed; len(arrivals) > len(d.Sequences[seed]) {
			d.Sequences[seed] = arrivals
		}
	}
	return d, nil
}

// Config is the configuration of a scenario with the fields of a JSON object
// replaced and defaults filled in. The error is *env.NotFoundError or
// *env.FieldError.
func (l *Library) Config(name string, replace json.RawMessage) (Config, error) {
	s, err := findScenario(name)
	if err != nil {
		return Config{}, err
	}
	c := s.config.WithDefaults()
	if err := jsonconfig.Decode("config", replace, &c); err != nil {
		return Config{}, err
	}
	if err := c.checkSet(); err != nil {
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
	if _, err := findScenario(name); err != nil {
		return nil, err
	}
	var data Data
	if c.Workload == nil {
		if reason := l.unavailable(); reason != "" {
			return nil, jsonconfig.Refuse("scenario", jsonconfig.Quote(name), reason)
		}
		var err error
		if data, err = l.data(); err != nil {
			return nil, err
		}
	}
	return NewFactory(name, c, data)
}

// Scenarios lists the scenarios and says whether they can be had here.
func (l *Library) Scenarios() []env.Scenario {
	reason := l.unavailable()
	list := make([]env.Scenario, len(scenarios))
	for i := range scenarios {
		list[i] = env.Scenario{Name: scenarios[i].name, Description: scenarios[i].description,
			DataSource: dataset.Source(l.dir), Unavailable: reason}
	}
	return list
}
