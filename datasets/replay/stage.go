package replay

import (
	"fmt"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// key tells scenarios apart.
type key struct{ name, hash string }

// stages are the scenarios that can be played again.
type stages map[key]*stage

// stage is one. Where it is not here as it was recorded, factory is nil, and
// reason says why.
type stage struct {
	factory env.Factory
	reason  string
}

// openStages makes the scenarios of episodes by what the data set says of
// them.
func openStages(info *traj.Info, catalog env.Catalog, headers []traj.Header) stages {
	needed := map[key]bool{}
	for i := range headers {
		needed[key{headers[i].Scenario, headers[i].ScenarioHash}] = true
	}
	opened := stages{}
	for i := range info.Scenarios {
		s := &info.Scenarios[i]
		k := key{s.Name, s.ContentHash}
		if !needed[k] {
			continue
		}
		opened[k] = openStage(info.Environment, s, catalog)
	}
	return opened
}

func openStage(environment string, s *traj.ScenarioInfo, catalog env.Catalog) *stage {
	factory, err := catalog.Factory(environment, s.Name, s.Config)
	if err != nil {
		return &stage{reason: fmt.Sprintf("%s can't be made here as it was recorded (content hash %.12s...): %v", s.Name, s.ContentHash, err)}
	}
	if here := factory.Spec().ContentHash; here != s.ContentHash {
		return &stage{reason: fmt.Sprintf("%s is another one here (content hash %.12s...) than where it was recorded (%.12s...): use the same data directory (--data DIR or TRAILBLAZER_DATA) and the same version",
			s.Name, here, s.ContentHash)}
	}
	return &stage{factory: factory}
}

// lacks says what an episode lacks to be played again; empty if nothing.
func lacks(e *traj.Episode) string {
	switch {
	case !e.Seeded && e.Start == nil:
		return "it has neither a seed nor the state that it began in"
	case e.WithoutInfo():
		return "its infos were not recorded"
	}
	return ""
}
