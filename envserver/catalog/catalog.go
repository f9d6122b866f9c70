package catalog

import (
	"encoding/json"

	"trailblazer/api/env"
	"trailblazer/trainer/kernel"
)

// Options say what a catalog offers.
type Options struct {
	// DataDir is a directory with the published data sets; empty stands for
	// the data that is built in.
	DataDir string
	// Compute says where trained models do their arithmetic. The zero value takes
	// one core for each policy, as those who play many episodes at once want it.
	Compute kernel.Options
}

// Catalog implements env.Catalog. It keeps the factories that were used last,
// so that sessions with the same configuration share their data, and likewise the
// trained models.
type Catalog struct {
	families []family
	cache    cache[env.Factory]
	runs     runs
}

// New makes the catalog. Data is loaded when first needed; only that the
// directory exists is checked here.
func New(options Options) (*Catalog, error) {
	families, err := newFamilies(options)
	if err != nil {
		return nil, err
	}
	return &Catalog{families: families, cache: cache[env.Factory]{most: mostFactories}, runs: newRuns(options.Compute)}, nil
}

// Environments implements env.Catalog.
func (c *Catalog) Environments() []env.Environment {
	list := make([]env.Environment, len(c.families))
	for i := range c.families {
		f := &c.families[i]
		list[i] = env.Environment{
			ID: f.id, Description: f.description,
			Scenarios: f.scenarios(), DefaultScenario: f.defaultScenario,
			DefaultConfig: f.defaultConfig, Policies: f.policies(),
		}
	}
	return list
}

// Factory implements env.Catalog. Equal requests get the same factory as long
// as it is in use.
func (c *Catalog) Factory(id, scenario string, config json.RawMessage) (env.Factory, error) {
	f, err := c.find(id)
	if err != nil {
		return nil, err
	}
	if scenario == "" {
		scenario = f.defaultScenario
	}
	canonical, build, err := f.resolve(scenario, config)
	if err != nil {
		return nil, err
	}
	return c.cache.get(id+"\n"+scenario+"\n"+string(canonical), build)
}

func (c *Catalog) find(id string) (*family, error) {
	known := make([]string, len(c.families))
	for i := range c.families {
		if c.families[i].id == id {
			return &c.families[i], nil
		}
		known[i] = c.families[i].id
	}
	return nil, &env.NotFoundError{Kind: "environment", Name: id, Known: known}
}
