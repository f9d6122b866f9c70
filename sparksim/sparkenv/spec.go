package sparkenv

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"trailblazer/api/env"
	"trailblazer/sparksim/workload"
)

// stepCost is about what a step takes.
const stepCost = 6 * time.Microsecond

func (f *Factory) newSpec(scenario string) (*env.Spec, error) {
	metadata, err := json.Marshal(f.manifest())
	if err != nil {
		return nil, fmt.Errorf("sparkenv: write the manifest: %w", err)
	}
	spec := &env.Spec{
		ID: ID, Scenario: scenario,
		Observation: f.observationSpace(), Action: f.actionSpace(), Info: f.infoSpace(),
		MaxEpisodeSteps: f.config.MaxSteps,
		RewardLow:       math.Inf(-1), RewardHigh: 0,
		Config:     f.config.JSON(),
		Metadata:   metadata,
		StepCost:   stepCost,
		DataHashes: f.dataHashes(),
	}
	spec.ContentHash = f.contentHash(spec.DataHashes)
	return spec, nil
}

// dataHashes hashes the kinds of jobs and, where they are given, their
// arrivals.
func (f *Factory) dataHashes() map[string]string {
	hashes := map[string]string{"kinds": workload.HashKinds(f.data.Kinds).String()}
	switch w := f.workload.(type) {
	case *workload.Fixed:
		hashes["arrivals"] = workload.HashArrivals(w.Arrivals(nil, 0)).String()
	case *workload.Published:
		sum := sha256.New()
		for _, seed := range slices.Sorted(maps.Keys(f.data.Sequences)) {
			fmt.Fprintf(sum, "%d %s\n", seed, workload.HashArrivals(f.data.Sequences[seed]))
		}
		hashes["arrivals"] = hex.EncodeToString(sum.Sum(nil))
	}
	return hashes
}

// contentHash hashes the rules and the hashes of the data. What is recorded
// does not count.
func (f *Factory) contentHash(data map[string]string) string {
	rules := f.config
	rules.Workload, rules.Record = nil, false
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", ID, rules.JSON())
	for _, part := range []string{"kinds", "arrivals"} {
		fmt.Fprintf(sum, "%s %s\n", part, data[part])
	}
	return hex.EncodeToString(sum.Sum(nil))
}
