package policy

import (
	_ "embed"
	"slices"
)

// NewThorough makes the thorough rule with weights of one's own: the patient rule,
// which looks at more of what the view shows.
func NewThorough(w Weights, f FurtherWeights, wait WaitWeights) Rule {
	return &patient{linear: linear{weights: w, further: &further{weights: f}}, wait: wait}
}

// thoroughTable lists the features of the thorough rule: those of a stage's
// score, of its cap, and of waiting, each time the linear or patient rule's first.
func thoroughTable() []weighted {
	return slices.Concat(featureTable[:scoreFeatures], furtherTable[:furtherScores], featureTable[scoreFeatures:], furtherTable[furtherScores:], waitTable[:])
}

// splitThorough takes numbers in the order of thoroughTable apart.
func splitThorough(x []float64) (w Weights, f FurtherWeights, wait WaitWeights) {
	for _, part := range [][]float64{w[:scoreFeatures], f[:furtherScores], w[scoreFeatures:], f[furtherScores:], wait[:]} {
		x = x[copy(part, x):]
	}
	return w, f, wait
}

// thoroughJSON holds the default weights of the thorough rule, as `trailblazer
// tune --json` printed them. Its field "command" says how they were found.
//
//go:embed thorough.json
var thoroughJSON []byte

// DefaultThoroughness are the weights found for the clusters of the papers'
// training and first out-of-distribution test.
func DefaultThoroughness() (Weights, FurtherWeights, WaitWeights) {
	return splitThorough(thoroughDefaults())
}

func thoroughDefaults() []float64 {
	numbers, err := parseNumbers(thoroughJSON, namesOf(thoroughTable()))
	if err != nil {
		panic(err) // a test reads them
	}
	return numbers
}

// thoroughParameters lets the rule's name carry the weights.
func thoroughParameters() []Parameter { return weightParameters(thoroughTable(), thoroughDefaults()) }
