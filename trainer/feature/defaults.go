package feature

import (
	"slices"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/model"
)

// clip is far outside what standardised inputs are in training, and keeps what
// is never seen there from swamping a model.
const clip = 10

// playerScale is the scale of a video player's input: the x0 of log(1+x/x0), or
// 0 for a linear one. Choosing a level compares the time that a chunk of its
// size takes with the buffer, and logarithms make a sum of that. x0 is the
// least value that is worth telling from 0, which stands for no chunk yet.
func playerScale(group string) float64 {
	switch group {
	case "buffer":
		return 0.1 // of 10 s: a second
	case "throughput":
		return 0.02 // MB/s: 160 kbit/s
	case "download_time":
		return 0.02 // of 10 s: 0.2 s
	case "next_size":
		return 0.05 // MB: a third of a chunk of the lowest level
	}
	return 0
}

// Default makes a config for environments of a spec, unmeasured: of mean 0 and
// deviation 1.
//
// Of the video player's matrix it takes what the papers' encoder reads: the
// newest column of bitrate, buffer and chunks remaining, all of throughput and
// download time, and the sizes of all levels. Of a cluster it takes all inputs
// that are known, of other environments every element of arrays of
// floating-point numbers.
func Default(spec *env.Spec) (*Config, error) {
	c := &Config{Environment: spec.ID, Clip: clip, Condition: Condition{Kind: model.ConditionNone}}
	switch spec.ID {
	case "trailblazer/ABR-v0":
		c.Vector = playerNumbers(spec)
	case "trailblazer/CJS-v0":
		c.Nodes, c.Jobs, c.Global = numbersOf(NodeFeatures()), numbersOf(JobFeatures()), numbersOf(GlobalFeatures())
	case "trailblazer/CC-v0":
		c.Vector = allNumbers(spec)
		// 50 kbps is the least bandwidth whose prediction counts.
		c.Value = Value{Floor: 50, Reference: "recv_max_2s"}
	default:
		c.Vector = allNumbers(spec)
	}
	if len(c.Vector)+len(c.Nodes) == 0 {
		return nil, jsonconfig.Refuse("features.environment", spec.ID, "use one that shows floating-point numbers")
	}
	return c, nil
}

func allNumbers(spec *env.Spec) []Number {
	var numbers []Number
	_, names := elements(spec.Observation)
	for _, name := range names {
		numbers = append(numbers, Number{Name: name})
	}
	return numbers
}

// playerNumbers selects inputs of the matrix; of another layout it takes all.
func playerNumbers(spec *env.Spec) []Number {
	numbers := allNumbers(spec)
	if !slices.ContainsFunc(numbers, func(n Number) bool { return n.Name == "bitrate[-1]" }) {
		return numbers
	}
	numbers = slices.DeleteFunc(numbers, func(n Number) bool {
		switch groupOf(n.Name) {
		case "bitrate", "buffer", "chunks_remaining":
			return !strings.HasSuffix(n.Name, "[-1]")
		case "unused":
			return true
		}
		return false
	})
	for i := range numbers {
		numbers[i].Log = playerScale(groupOf(numbers[i].Name))
	}
	return numbers
}
