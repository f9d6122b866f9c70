package sparkenv

import (
	"trailblazer/api/env"
	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

// scenario is a named choice of rules.
type scenario struct {
	name, description string
	config            Config
}

// DefaultScenario is what an agent gets that names none.
const DefaultScenario = "cjs/train"

// scenarios are those of Trailblazer's Extended Data Table 2, and one to build
// on. They differ in the number of jobs and the size of the cluster.
var scenarios = []scenario{
	{"cjs/train", "training: 200 jobs on 50 executors, sequences that no test plays", papers(SequencesTrain, 200, 50)},
	{"cjs/default-test", "default test: 200 jobs on 50 executors; on real data seeds 666 and 1 are the papers'", papers(SequencesTest, 200, 50)},
	{"cjs/ood1", "out of distribution 1: 200 jobs on 30 executors", papers(SequencesTest, 200, 30)},
	{"cjs/ood2", "out of distribution 2: 450 jobs on 50 executors", papers(SequencesTest, 450, 50)},
	{"cjs/ood3", "out of distribution 3: 450 jobs on 30 executors", papers(SequencesTest, 450, 30)},
	{"cjs/custom", "a base for workloads and clusters of one's own: 20 jobs on 10 executors, one in 100 s", small()},
}

func papers(sequences Sequences, jobs, executors int) Config {
	return Config{Sequences: sequences, Arrivals: workload.Poisson{Jobs: jobs}, Cluster: sparksim.Config{Executors: executors}}
}

// small is a cluster that is as busy as the papers', at a fifth of their size.
func small() Config {
	c := papers(SequencesTrain, 20, 10)
	c.Arrivals.MeanInterarrivalMs = 100_000
	return c
}

func findScenario(name string) (*scenario, error) {
	known := make([]string, len(scenarios))
	for i := range scenarios {
		if scenarios[i].name == name {
			return &scenarios[i], nil
		}
		known[i] = scenarios[i].name
	}
	return nil, &env.NotFoundError{Kind: "scenario", Name: name, Known: known}
}
