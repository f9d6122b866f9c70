package ccenv

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"trailblazer/api/env"
	"trailblazer/ccemu/feature"
)

// stepCost is about what a step takes (BenchmarkVector).
const stepCost = 10 * time.Microsecond

func (f *Factory) newSpec(scenario string) (*env.Spec, error) {
	metadata, err := json.Marshal(newManifest(&f.config))
	if err != nil {
		return nil, fmt.Errorf("ccenv: write the manifest: %w", err)
	}
	worst := max(f.config.Reward.Delay, 0)*mostRewardedDelayMs/1000 + max(f.config.Reward.Loss, 0)
	low := -worst
	if f.config.Reward.Stall > 0 {
		// A gap counts from its beginning once it is long enough.
		low = math.Inf(-1)
	}
	spec := &env.Spec{
		ID: ID, Scenario: scenario,
		Observation: f.observationSpace(), Action: f.actionSpace(), Info: f.infoSpace(),
		MaxEpisodeSteps: f.mostSteps, Episodes: f.episodes,
		RewardLow: low, RewardHigh: 1,
		Config: f.config.JSON(), Metadata: metadata, StepCost: stepCost,
		DataHashes: f.hashes,
	}
	spec.ContentHash = f.contentHash()
	return spec, nil
}

// contentHash hashes the rules and the hashes of the data. What is shown, and
// whether an agent may probe, does not count.
func (f *Factory) contentHash() string {
	rules := f.config
	rules.Packets, rules.Probes, rules.Sessions = false, false, nil
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", ID, rules.JSON())
	for _, part := range slices.Sorted(maps.Keys(f.hashes)) {
		fmt.Fprintf(sum, "%s %s\n", part, f.hashes[part])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (f *Factory) observationSpace() *env.Box {
	table := feature.Table()
	box := &env.Box{DType: env.Float32, Shape: f.perFlow([]int{feature.Count})}
	for range f.config.Flows {
		for i := range table {
			one := &table[i]
			box.Low, box.High = append(box.Low, one.Low), append(box.High, one.High)
			unit, description := cmp.Or(one.Unit, "1"), one.Description
			if one.Log {
				unit = "log1p(" + unit + ")"
			}
			if one.Window > 0 {
				description += fmt.Sprintf(" (window of %v ms)", milliseconds(one.Window))
			}
			box.Features = append(box.Features, env.Feature{Name: one.Name, Unit: unit, Description: description})
		}
	}
	return box
}

func (f *Factory) actionSpace() *env.Box {
	features := []env.Feature{{Name: "bandwidth", Unit: "kbps", Description: "predicted bandwidth, at which the sender sends up to the request"}}
	if f.config.Probes {
		features = append(features, env.Feature{Name: "probe", Unit: "kbps", Description: "rate of a probe cluster to send; 0 for none"})
	}
	box := &env.Box{DType: env.Float64, Shape: []int{f.config.Flows}, Low: []float64{0}, High: []float64{f.config.MaxBandwidthKbps}}
	if f.config.Probes {
		box.Shape = f.perFlow([]int{len(features)})
	}
	for range f.config.Flows {
		box.Features = append(box.Features, features...)
	}
	return box
}
