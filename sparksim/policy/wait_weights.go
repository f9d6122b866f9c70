package policy

import _ "embed"

// WaitWeights are the numbers by which the patient rule decides to leave
// executors idle, one for each feature, in the order of [WaitNames].
type WaitWeights [waitFeatures]float64

// The features of waiting.
const (
	waitOne = iota
	waitTime
	waitFit
	waitTeam
	waitStay
	waitFrontier
	waitWork
	waitDuration
	waitTasks
	waitJobs
	waitLoad
	waitFree
	waitFeatures
)

// waitTable names and describes the features, as featureTable does.
var waitTable = [waitFeatures]weighted{
	waitOne:      {"wait-one", "1"},
	waitTime:     {"wait-time", "log(1 + time until the first stage can begin that only running tasks hold up)"},
	waitFit:      {"wait-fit", "log(tasks of the stages that can begin then / committable executors), at most 0"},
	waitTeam:     {"wait-team", "log(1 + executors of the job that are at work)"},
	waitStay:     {"wait-stay", "1 where the stage that would be served is of the same job"},
	waitFrontier: {"wait-frontier", "1 where no parent of that stage is unfinished"},
	waitWork:     {"wait-work", "log(1 + work of the job) - log(1 + work of that stage's job)"},
	waitDuration: {"wait-duration", "log(1 + duration of that stage's tasks)"},
	waitTasks:    {"wait-tasks", "log(tasks of that stage / committable executors), at most 0"},
	waitJobs:     {"wait-jobs", "as cap-jobs"},
	waitLoad:     {"wait-load", "as cap-load"},
	waitFree:     {"wait-free", "as cap-free"},
}

// WaitNames are the names of the features of waiting.
func WaitNames() []string { return namesOf(waitTable[:]) }

// patientJSON holds the default weights of the patient rule, those of
// linearJSON's features among them, as `trailblazer tune --json` printed them.
// Its field "command" says how they were found.
//
//go:embed patient.json
var patientJSON []byte

// DefaultPatience are the weights found for the clusters of the papers' training
// and first out-of-distribution test.
func DefaultPatience() (Weights, WaitWeights) {
	numbers, err := parseNumbers(patientJSON, append(WeightNames(), WaitNames()...))
	if err != nil {
		panic(err) // a test reads them
	}
	return Weights(numbers[:features]), WaitWeights(numbers[features:])
}

// patientParameters lets the rule's name carry the weights.
func patientParameters() []Parameter {
	weights, wait := DefaultPatience()
	return append(weightParameters(featureTable[:], weights[:]), weightParameters(waitTable[:], wait[:])...)
}
