package policy

import (
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/policyname"
)

// Parameter is one number that a policy's name may carry.
type Parameter = policyname.Parameter

// Description says what a policy is and which parameters its name may carry.
type Description struct {
	Name    string
	Summary string
	// Parameters are in the order in which they are given without a key.
	Parameters []Parameter
	// Weights says that the parameters weigh features whose size is about 1.
	Weights bool
}

// Descriptions lists all policies, the reference's first.
func Descriptions() []Description {
	entries := catalog()
	list := make([]Description, len(entries))
	for i, e := range entries {
		list[i] = e.Description
	}
	return list
}

// Names lists the names of all policies.
func Names() []string {
	entries := catalog()
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names
}

// NewRule makes the rule of this name, for those who run it without an
// environment. Errors are those of [New].
func NewRule(name string) (Rule, error) {
	base, entries := policyname.Base(name), catalog()
	at := slices.IndexFunc(entries, func(e entry) bool { return e.Name == base })
	if at < 0 {
		return nil, &env.NotFoundError{Kind: "policy", Name: base, Known: Names()}
	}
	values, err := policyname.Values(name, entries[at].Parameters, nil)
	if err != nil {
		return nil, err
	}
	return entries[at].build(values), nil
}

// entry is one row of the catalog. build gets one value per parameter.
type entry struct {
	Description
	build func(values []float64) Rule
}

func catalog() []entry {
	weights := DefaultWeights()
	return []entry{
		{
			Description{Name: "fifo", Summary: "jobs by arrival, each up to half of the cluster, as the reference has it"},
			func([]float64) Rule { return newFIFO() },
		},
		{
			Description{Name: "fair", Summary: "equal parts of the cluster to all jobs, as the reference has it"},
			func([]float64) Rule { return newFair() },
		},
		{
			Description{
				Name: "sjf", Summary: "shortest job first: the job with the least remaining work gets all it can use",
				Parameters: []Parameter{capShare()},
			},
			func(x []float64) Rule { return newSJF(x[0]) },
		},
		{
			Description{
				Name: "critical-path", Summary: "shortest job first, and in a job the stage on its critical path (Decima's SJF-CP)",
				Parameters: []Parameter{capShare()},
			},
			func(x []float64) Rule { return newCriticalPath(x[0]) },
		},
		{
			Description{
				Name: "weighted-fair", Summary: "shares of the cluster in proportion to a power of the remaining work, small jobs first",
				Parameters: []Parameter{{Key: "exponent", Meaning: "power of the work; 0 gives equal shares", Default: 0.2, Low: -2, High: 2}},
			},
			func(x []float64) Rule { return &weightedFair{exponent: x[0]} },
		},
		{
			Description{
				Name: "linear", Summary: "tuned weighted sums of features choose the stage and cap its job's executors",
				Parameters: weightParameters(featureTable[:], weights[:]), Weights: true,
			},
			func(x []float64) Rule { return NewLinear(Weights(x)) },
		},
		{
			Description{
				Name: "patient", Summary: "linear, which leaves executors with a job that will need them soon",
				Parameters: patientParameters(), Weights: true,
			},
			func(x []float64) Rule {
				return NewPatient(Weights(x[:features]), WaitWeights(x[features:]))
			},
		},
		{
			Description{
				Name: "thorough", Summary: "patient, which looks at more of jobs and stages: the strongest plain rule",
				Parameters: thoroughParameters(), Weights: true,
			},
			func(x []float64) Rule { return NewThorough(splitThorough(x)) },
		},
		{
			Description{Name: "random", Summary: "any stage and any number of executors, all equally likely, drawn from the seed"},
			func([]float64) Rule { return &random{} },
		},
	}
}

func capShare() Parameter {
	return Parameter{Key: "cap", Meaning: "share of the cluster that a job gets while others could use the rest", Default: 1, Low: 0.001, High: 1}
}
