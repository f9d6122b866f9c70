package abrenv

import (
	"fmt"
	"strconv"

	"trailblazer/datasets/trace"
	"trailblazer/internal/jsonconfig"
)

// GeneratorConfig adds generated traces to those of a scenario, over a space of
// parameters that resets may choose from: see [ResetOptions] and
// [trace.Varied].
type GeneratorConfig struct {
	// Traces is how many. 0 adds none.
	Traces int `json:"traces"`
	// Seed draws them.
	Seed uint64 `json:"seed"`
	// MinMbps and MaxMbps bound the least and the greatest bandwidth of a
	// trace; empty means [0, 3.5] and [1, 5].
	MinMbps Range `json:"min_mbps"`
	MaxMbps Range `json:"max_mbps"`
	// IntervalS bounds the mean time between two changes, in seconds; empty
	// means [1, 4].
	IntervalS Range `json:"interval_s"`
	// DurationS is how long traces are, in seconds. 0 means 330.
	DurationS int `json:"duration_s"`
}

// GeneratorRanges are what the parameters of a trace must lie in; an empty one
// allows all.
type GeneratorRanges struct {
	MinMbps   Range `json:"min_mbps"`
	MaxMbps   Range `json:"max_mbps"`
	IntervalS Range `json:"interval_s"`
}

// withDefaults spells out the settings of a generator that is on.
func (c GeneratorConfig) withDefaults() GeneratorConfig {
	if c.Traces > 0 {
		d := c.varied().WithDefaults()
		c.MinMbps, c.MaxMbps, c.IntervalS, c.DurationS = c.MinMbps.or(d.MinMbps), c.MaxMbps.or(d.MaxMbps), c.IntervalS.or(d.IntervalS), d.DurationS
	}
	return c
}

func (c GeneratorConfig) varied() trace.VariedConfig {
	return trace.VariedConfig{MinMbps: c.MinMbps.pair(), MaxMbps: c.MaxMbps.pair(), IntervalS: c.IntervalS.pair(), DurationS: c.DurationS}
}

func (c GeneratorConfig) validate() error {
	const path = "config.generator"
	if c.Traces < 0 || c.Traces > mostWorlds {
		return jsonconfig.Refuse(path+".traces", strconv.Itoa(c.Traces), fmt.Sprintf("give 0 to %d", mostWorlds))
	}
	if err := checkRanges(path, namedRange{"min_mbps", c.MinMbps}, namedRange{"max_mbps", c.MaxMbps}, namedRange{"interval_s", c.IntervalS}); err != nil {
		return err
	}
	const mostSamples = 1 << 26 // a gigabyte of numbers
	if samples := c.Traces * max(c.DurationS, 1); samples > mostSamples {
		return jsonconfig.Refuse(path+".duration_s", strconv.Itoa(c.DurationS), fmt.Sprintf("give at most %d for %d traces", mostSamples/c.Traces, c.Traces))
	}
	return drawnError(path, c.varied().Validate())
}

// generated are the parameters of the traces of a generator, which are the
// factory's last.
type generated struct {
	first      int // index of the first
	parameters []trace.VariedParameters
}

// addTraces appends generated traces, which begin at their beginnings.
func (c GeneratorConfig) addTraces(traces []trace.Trace, pointers []int) ([]trace.Trace, []int, generated, error) {
	more, parameters, err := trace.Varied(c.Seed, c.Traces, c.varied())
	if err != nil {
		return nil, nil, generated{}, drawnError("config.generator", err)
	}
	own := len(traces)
	traces, pointers = append(traces[:own:own], more...), pointers[:own:own]
	for range more {
		pointers = append(pointers, 1)
	}
	return traces, pointers, generated{own, parameters}, nil
}

// within are the numbers of the traces whose parameters lie in ranges.
func (g *generated) within(r *GeneratorRanges) []int {
	in := func(r Range, x float64) bool { return len(r) == 0 || r[0] <= x && x <= r[1] }
	var found []int
	for i, p := range g.parameters {
		if in(r.MinMbps, p.MinMbps) && in(r.MaxMbps, p.MaxMbps) && in(r.IntervalS, p.IntervalS) {
			found = append(found, g.first+i)
		}
	}
	return found
}

// checkGenerator checks what the options of a reset ask of generated traces.
func (f *Factory) checkGenerator(o *ResetOptions) error {
	const path = "options.generator"
	if len(f.generated.parameters) == 0 {
		return jsonconfig.Refuse(path, "given", "leave it out, or generate traces with the config's generator.traces")
	}
	if o.Trace != nil || o.Episode != nil {
		return jsonconfig.Refuse(path, "given", `leave out "trace" and "episode": it chooses the trace`)
	}
	r := o.Generator
	if err := checkRanges(path, namedRange{"min_mbps", r.MinMbps}, namedRange{"max_mbps", r.MaxMbps}, namedRange{"interval_s", r.IntervalS}); err != nil {
		return err
	}
	if len(f.generated.within(r)) == 0 {
		return jsonconfig.Refuse(path, string(jsonconfig.Encode(*r)), fmt.Sprintf("give wider ranges: none of the %d generated traces lies in these", len(f.generated.parameters)))
	}
	return nil
}
