package abrenv

import (
	"slices"

	"trailblazer/abrsim"
	"trailblazer/api/env"
	"trailblazer/datasets/trace"
	"trailblazer/internal/mt19937"
)

// scenario is a named choice of data and rules.
type scenario struct {
	name        string
	description string
	// traces and video name data sets; without traces the config generates them.
	traces, video string
	// keep drops traces by their overlap with training or test; nil keeps all.
	keep func(trace.Overlap) bool
	// where drops further traces by what they hold; nil drops none.
	where func(*trace.Trace) bool
	// half drops what another scenario holds.
	half   half
	starts starts
	config func() Config
	// episodes is the number of traces played in order; 0 where they are
	// drawn.
	episodes int
}

// starts says where playback begins on each trace.
type starts int

const (
	// startsDrawn are drawn as the reference does for a set played in fixed
	// order that comes without a list.
	startsDrawn starts = iota
	// startsGiven come with the set.
	startsGiven
	// startsFirst are all 1.
	startsFirst
)

// DefaultScenario is what an agent gets that names none.
const DefaultScenario = "abr/train"

// scenarios are those of Trailblazer's Extended Data Table 1, variants of them
// without what leaks from training to test, what Karma trains on, halves of
// training to learn from and to choose models by, Genet's synthetic traces, and
// one to build on. All but the last play the reference's player, whose first
// chunk is forced, so that training and test agree.
var scenarios = []scenario{
	{
		name: "abr/train", description: "training: Envivio-Dash3 on FCC training traces, random traces and starts, noise 0.9 to 1.1",
		traces: "fcc-train", video: "envivio", config: paperTraining,
	},
	{
		name: "abr/train-file-clean", description: "abr/train on the 193 traces whose file is not also a test trace",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.FileClean, config: paperTraining,
	},
	{
		name: "abr/train-leak-free", description: "abr/train on the 81 traces that share no capture with a test trace",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.LeakFree, config: paperTraining,
	},
	{
		name: "abr/train-karma", description: "abr/train-file-clean on the traces that Karma keeps: mean below 6 Mbit/s, never down to 0.2",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.FileClean, where: karmaKeeps, config: paperTraining,
	},
	{
		name: "abr/fit", description: "abr/train to learn from: about four of five captures; the others are abr/valid-fit",
		traces: "fcc-train", video: "envivio", half: fitted, config: paperTraining,
	},
	{
		name: "abr/valid-fit", description: "abr/train to choose models by: the captures that are not in abr/fit",
		traces: "fcc-train", video: "envivio", half: heldOut, config: paperTraining,
	},
	{
		name: "abr/fit-file-clean", description: "abr/train-file-clean to learn from: the captures of abr/fit; the others are abr/valid-file-clean",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.FileClean, half: fitted, config: paperTraining,
	},
	{
		name: "abr/valid-file-clean", description: "abr/train-file-clean to choose models by: the captures of abr/valid-fit",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.FileClean, half: heldOut, config: paperTraining,
	},
	{
		name: "abr/fit-leak-free", description: "abr/train-leak-free to learn from: the captures of abr/fit; the others are abr/valid-leak-free",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.LeakFree, half: fitted, config: paperTraining,
	},
	{
		name: "abr/valid-leak-free", description: "abr/train-leak-free to choose models by: the captures of abr/valid-fit",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.LeakFree, half: heldOut, config: paperTraining,
	},
	{
		name: "abr/fit-karma", description: "abr/train-karma to learn from: the captures of abr/fit; the others are abr/valid-karma",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.FileClean, where: karmaKeeps, half: fitted, config: paperTraining,
	},
	{
		name: "abr/valid-karma", description: "abr/train-karma to choose models by: the captures of abr/valid-fit",
		traces: "fcc-train", video: "envivio", keep: trace.Overlap.FileClean, where: karmaKeeps, half: heldOut, config: paperTraining,
	},
	{
		name: "abr/stationary", description: "training of Karma's estimator: Envivio-Dash3 on stationary traces, 56 means by 31 variances (generated), random traces and starts, no noise",
		traces: "stationary", video: "envivio", config: stationaryTraining,
	},
	{
		name: "abr/generated", description: "training on generated traces alone: Envivio-Dash3 on 1,024 traces over Genet's space of parameters, random traces and starts, noise 0.9 to 1.1; the config's generator sets their ranges, and resets choose among them",
		video: "envivio", config: generatedTraining,
	},
	{
		name: "abr/valid", description: "validation: Envivio-Dash3 on the FCC validation traces, which are a part of the training traces",
		traces: "fcc-valid", video: "envivio", config: paperTest, episodes: validTraces,
	},
	{
		name: "abr/default-test", description: "default test: Envivio-Dash3 on FCC test traces",
		traces: "fcc-test", video: "envivio", starts: startsGiven, config: paperTest, episodes: testTraces,
	},
	{
		name: "abr/default-test-clean", description: "abr/default-test on the 58 traces whose file is not also a training trace",
		traces: "fcc-test", video: "envivio", starts: startsGiven, keep: trace.Overlap.FileClean, config: paperTest, episodes: 58,
	},
	{
		name: "abr/default-test-strict", description: "abr/default-test on the 19 traces that share no capture with training",
		traces: "fcc-test", video: "envivio", starts: startsGiven, keep: trace.Overlap.LeakFree, config: paperTest, episodes: 19,
	},
	{
		name: "abr/ood1", description: "out of distribution 1: Envivio-Dash3 on SynthTrace (generated)",
		traces: "synth-trace", video: "envivio", config: paperTest, episodes: testTraces,
	},
	{
		name: "abr/ood2", description: "out of distribution 2: SynthVideo on FCC test traces",
		traces: "fcc-test", video: "synth-video", starts: startsGiven, config: paperTest, episodes: testTraces,
	},
	{
		name: "abr/ood2-clean", description: "abr/ood2 on the 58 traces whose file is not also a training trace",
		traces: "fcc-test", video: "synth-video", starts: startsGiven, keep: trace.Overlap.FileClean, config: paperTest, episodes: 58,
	},
	{
		name: "abr/ood2-strict", description: "abr/ood2 on the 19 traces that share no capture with training",
		traces: "fcc-test", video: "synth-video", starts: startsGiven, keep: trace.Overlap.LeakFree, config: paperTest, episodes: 19,
	},
	{
		name: "abr/ood3", description: "out of distribution 3: SynthVideo on SynthTrace (generated)",
		traces: "synth-trace", video: "synth-video", config: paperTest, episodes: testTraces,
	},
	{
		name: "abr/genet-synthetic", description: "Envivio-Dash3 on Genet's 200 synthetic traces",
		traces: "genet-synthetic", video: "envivio", starts: startsFirst, config: paperTest, episodes: genetTraces,
	},
	{
		name: "abr/genet-synthetic-video2", description: "SynthVideo on Genet's 200 synthetic traces",
		traces: "genet-synthetic", video: "synth-video", starts: startsFirst, config: paperTest, episodes: genetTraces,
	},
	{
		name: "abr/custom", description: "a base for own traces, videos and rules: the default profile, every chunk chosen by the agent, the data of abr/train",
		traces: "fcc-train", video: "envivio", config: func() Config { return Config{} },
	},
}

// paperTraining is how the reference trains.
func paperTraining() Config {
	return Config{Player: abrsim.PaperTrainingConfig(), FirstChunk: FirstForced, Selection: SelectRandom}
}

// stationaryTraining draws traces and starts, and leaves chance to the traces.
func stationaryTraining() Config {
	return Config{Player: abrsim.PaperConfig(), FirstChunk: FirstForced, Selection: SelectRandom}
}

// generatedTraining plays what the generator brings.
func generatedTraining() Config {
	c := paperTraining()
	c.Generator = GeneratorConfig{Traces: 1024, Seed: seedGenerated}
	return c
}

// karmaKeeps is the filter of Karma's data (section 5.1).
func karmaKeeps(t *trace.Trace) bool {
	sum := 0.0
	for _, mbps := range t.BandwidthMbps {
		sum += mbps
	}
	return sum < 6*float64(t.Len()) && slices.Min(t.BandwidthMbps) > 0.2
}

// paperTest is how the reference evaluates.
func paperTest() Config {
	return Config{Player: abrsim.PaperConfig(), FirstChunk: FirstForced, Selection: SelectSequential}
}

func findScenario(name string) (*scenario, error) {
	for i := range scenarios {
		if scenarios[i].name == name {
			return &scenarios[i], nil
		}
	}
	known := make([]string, len(scenarios))
	for i := range scenarios {
		known[i] = scenarios[i].name
	}
	return nil, &env.NotFoundError{Kind: "scenario", Name: name, Known: known}
}

// unavailable says which of the scenario's sets is missing, and the remedy.
func (l *Library) unavailable(s *scenario) string {
	reasons := []string{l.videos[s.video].Missing(l.dir)}
	if s.traces != "" {
		reasons = append(reasons, l.traces[s.traces].Missing(l.dir))
	}
	if s.starts == startsGiven {
		reasons = append(reasons, l.pointers[s.traces].Missing(l.dir))
	}
	if s.keep != nil {
		reasons = append(reasons, l.overlaps[s.traces].Missing(l.dir))
	}
	for _, reason := range reasons {
		if reason != "" {
			return reason
		}
	}
	return ""
}

// data gathers what a scenario plays on.
func (l *Library) data(s *scenario) (Data, error) {
	video, err := l.videos[s.video].Get(l.dir)
	if err != nil || s.traces == "" {
		return Data{Videos: []trace.Video{video}}, err
	}
	traces, err := l.traces[s.traces].Get(l.dir)
	if err != nil {
		return Data{}, err
	}
	d := Data{Traces: labelled(s.traces, traces), Videos: []trace.Video{video}}
	switch s.starts {
	case startsGiven:
		if d.StartPointers, err = l.pointers[s.traces].Get(l.dir); err != nil {
			return Data{}, err
		}
	case startsDrawn:
		d.StartPointers = drawPointers(traces)
	}
	kept, err := l.kept(s, traces)
	if err != nil || len(kept) == len(traces) {
		return d, err
	}
	some := Data{Videos: d.Videos}
	for _, i := range kept {
		some.Traces = append(some.Traces, d.Traces[i])
		some.StartPointers = append(some.StartPointers, d.StartPointers[i])
	}
	return some, nil
}

// kept returns the positions of the traces that a scenario plays.
func (l *Library) kept(s *scenario, traces []trace.Trace) ([]int, error) {
	var kept []int
	if s.keep == nil {
		for i := range traces {
			kept = append(kept, i)
		}
	} else {
		overlaps, err := l.overlaps[s.traces].Get(l.dir)
		if err != nil {
			return nil, err
		}
		if kept, err = trace.Keep(traces, overlaps, s.keep); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(kept, func(i int) bool {
		return s.where != nil && !s.where(&traces[i]) || !s.half.holds(&traces[i])
	}), nil
}

// labelled names traces as the reference does: after their set and their file.
func labelled(set string, traces []trace.Trace) []trace.Trace {
	named := slices.Clone(traces)
	for i := range named {
		named[i].Name = set + "_" + named[i].Name
	}
	return named
}

// drawPointers draws one start pointer per trace as the reference does when
// it plays a whole set in fixed order.
func drawPointers(traces []trace.Trace) []int {
	order, err := abrsim.ReferenceOrder(mt19937.New(abrsim.ReferenceSeed), traces, nil, true, 0)
	if err != nil {
		panic(err) // Without pointers and count nothing can be wrong.
	}
	return order.Pointers
}
