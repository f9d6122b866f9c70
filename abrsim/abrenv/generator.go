package abrenv

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"trailblazer/datasets/trace"
	"trailblazer/internal/draw"
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

// GeneratorPoint is a place in the space of parameters; what is left out is
// free. A reset draws among the [nearest] generated traces.
type GeneratorPoint struct {
	MinMbps   *float64 `json:"min_mbps"`
	MaxMbps   *float64 `json:"max_mbps"`
	IntervalS *float64 `json:"interval_s"`
}

// nearest is among how many traces a point draws: few beside the thousand that
// a scenario generates, and enough that none is learned by heart.
const nearest = 8

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

// coordinate is one parameter of a point, for reading.
type coordinate struct {
	name   string
	wanted *float64
	bounds Range
	of     func(*trace.VariedParameters) float64
	by     func(float64) float64 // the scale on which it is drawn evenly
}

func (f *Factory) coordinates(p *GeneratorPoint) []coordinate {
	c := &f.config.Generator
	even := func(x float64) float64 { return x }
	return []coordinate{
		{"min_mbps", p.MinMbps, c.MinMbps, func(p *trace.VariedParameters) float64 { return p.MinMbps }, even},
		{"max_mbps", p.MaxMbps, c.MaxMbps, func(p *trace.VariedParameters) float64 { return p.MaxMbps }, draw.Log},
		{"interval_s", p.IntervalS, c.IntervalS, func(p *trace.VariedParameters) float64 { return p.IntervalS }, even},
	}
}

// near are the numbers of the generated traces that are the nearest to a point,
// each parameter measured against its range.
func (f *Factory) near(p *GeneratorPoint) []int {
	found, far := make([]int, len(f.generated.parameters)), make([]float64, len(f.generated.parameters))
	for i := range found {
		found[i] = i
	}
	for _, c := range f.coordinates(p) {
		low, high := c.by(c.bounds[0]), c.by(c.bounds[1])
		if c.wanted == nil || low == high {
			continue
		}
		for i := range far {
			off := (c.by(c.of(&f.generated.parameters[i])) - c.by(*c.wanted)) / (high - low)
			far[i] += float64(off * off)
		}
	}
	slices.SortStableFunc(found, func(a, b int) int { return cmp.Compare(far[a], far[b]) })
	if !p.free() {
		found = found[:min(nearest, len(found))]
	}
	for i := range found {
		found[i] += f.generated.first
	}
	return found
}

// free reports whether a point asks for nothing.
func (p *GeneratorPoint) free() bool {
	return p.MinMbps == nil && p.MaxMbps == nil && p.IntervalS == nil
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
	for _, c := range f.coordinates(o.Generator) {
		if c.wanted != nil && !(*c.wanted >= c.bounds[0] && *c.wanted <= c.bounds[1]) {
			return jsonconfig.Refuse(path+"."+c.name, fmt.Sprint(*c.wanted), fmt.Sprintf("give %v to %v, the range of the config's generator", c.bounds[0], c.bounds[1]))
		}
	}
	return nil
}
