package policy

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

// Weights are the numbers of the linear rule, one for each feature, in the
// order of [WeightNames].
type Weights [features]float64

// The features of a stage's score.
const (
	scoreWork = iota
	scoreSource
	scorePath
	scoreFrontier
	scoreShare
	scoreDuration
	scoreStay
	scoreFit
	scoreFeatures
)

// The features of a stage's cap.
const (
	capOne = scoreFeatures + iota
	capRelative
	capWork
	capJobs
	capLoad
	capPath
	capSource
	capDuration
	capStages
	capFree
	capTasks
	features
)

// weighted is a feature that has a weight.
type weighted struct{ name, meaning string }

// featureTable names and describes the features. Work is in executor-seconds,
// a duration in seconds; N is the size of the cluster, log the natural
// logarithm.
var featureTable = [features]weighted{
	scoreWork:     {"score-work", "log(1 + work of the job)"},
	scoreSource:   {"score-source", "1 for the job that gives the executors away"},
	scorePath:     {"score-path", "longest path of work from the stage to the job's end, as a share of the job's longest"},
	scoreFrontier: {"score-frontier", "1 where no parent is unfinished"},
	scoreShare:    {"score-share", "work of the stage, as a share of the job's"},
	scoreDuration: {"score-duration", "log(1 + duration of the stage's tasks)"},
	scoreStay:     {"score-stay", "the same for the job that gives the executors away, else 0"},
	scoreFit:      {"score-fit", "log(tasks of the stage / committable executors), at most 0"},
	capOne:        {"cap-one", "1"},
	capRelative:   {"cap-relative", "work of the job, relative to the average job's"},
	capWork:       {"cap-work", "log(1 + work of the job) - log N"},
	capJobs:       {"cap-jobs", "log(number of jobs with work)"},
	capLoad:       {"cap-load", "log(1 + work of all jobs / N)"},
	capPath:       {"cap-path", "as score-path"},
	capSource:     {"cap-source", "as score-source"},
	capDuration:   {"cap-duration", "as score-duration"},
	capStages:     {"cap-stages", "log(number of the job's unfinished stages)"},
	capFree:       {"cap-free", "log(committable executors / N)"},
	capTasks:      {"cap-tasks", "log(tasks of the stage / N)"},
}

// WeightNames are the names of the features: those of a stage's score, then
// those of the logarithm of the share of the cluster that its job may have.
func WeightNames() []string {
	return namesOf(featureTable[:])
}

func namesOf(table []weighted) []string {
	names := make([]string, len(table))
	for i, f := range table {
		names[i] = f.name
	}
	return names
}

// linearJSON holds the default weights, as `trailblazer tune --json` printed
// them. Its field "command" says how they were found.
//
//go:embed linear.json
var linearJSON []byte

// ParseWeights reads weights from what `trailblazer tune --policy linear
// --json` prints.
func ParseWeights(text []byte) (Weights, error) {
	numbers, err := parseNumbers(text, WeightNames())
	if err != nil {
		return Weights{}, err
	}
	return Weights(numbers), nil
}

// parseNumbers reads the numbers of these names from what `trailblazer tune
// --json` prints.
func parseNumbers(text []byte, names []string) ([]float64, error) {
	var tuned struct {
		Parameters []struct {
			Name  string
			Value *float64
		}
	}
	if err := json.Unmarshal(text, &tuned); err != nil {
		return nil, fmt.Errorf("policy: the weights are not what tune --json prints: %w", err)
	}
	numbers, given := make([]float64, len(names)), make([]bool, len(names))
	for _, p := range tuned.Parameters {
		at := slices.Index(names, p.Name)
		if at < 0 || p.Value == nil || given[at] {
			return nil, fmt.Errorf("policy: the weight %q is unknown, has no value or is there twice; give each of %q once", p.Name, names)
		}
		numbers[at], given[at] = *p.Value, true
	}
	if at := slices.Index(given, false); at >= 0 {
		return nil, fmt.Errorf("policy: the weight %q is missing", names[at])
	}
	return numbers, nil
}

// DefaultWeights are those found for the clusters of the papers' training and
// first out-of-distribution test.
func DefaultWeights() Weights {
	w, err := ParseWeights(linearJSON)
	if err != nil {
		panic(err) // a test reads them
	}
	return w
}

// weightParameters lets a policy's name carry the weights.
func weightParameters(table []weighted, defaults []float64) []Parameter {
	const most = 20
	list := make([]Parameter, len(table))
	for i, f := range table {
		list[i] = Parameter{Key: f.name, Meaning: "weight of " + f.meaning, Default: defaults[i], Low: -most, High: most}
	}
	return list
}
