package abrenv

import (
	"trailblazer/datasets/trace"
)

// set is a known data set: where it lies in a data directory, what it must
// hash to there, and what stands in for it where there is none.
type set[T any] struct {
	name string
	// path is relative to the data directory; empty for a set that is
	// generated in any case.
	path   string
	digest string
	load   func(path string) (T, error)
	hash   func(T) trace.Digest
	// standIn generates the built-in data; nil where only the published will
	// do.
	standIn func() T
}

// Seeds of the generated data. Another seed means other results, and so
// another version of the environment.
const (
	seedTrain = 1
	seedTest  = 2
	seedSynth = 3
	seedVideo = 1
)

// The sizes of the sets.
const (
	trainTraces = 235
	validTraces = 150
	testTraces  = 100
	genetTraces = 200
)

var traceSets = []set[[]trace.Trace]{
	{
		name: "fcc-train", path: "abr/traces/fcc-train",
		digest: "1a35d180ce3f3e2b0f08bd31778a6220929bb1dd53cba9a107b9ba062513c7d1",
		load:   trace.LoadDir, hash: trace.HashTraces,
		standIn: func() []trace.Trace { return trace.FCCLike(seedTrain, trainTraces) },
	},
	{
		// The published validation set is a part of the training set, and so
		// is its stand-in.
		name: "fcc-valid", path: "abr/traces/fcc-valid",
		digest: "87fcf8ba3dd629d7d9e0fe5ffe2f30b80dc9b37408682f4e808470f0853329a3",
		load:   trace.LoadDir, hash: trace.HashTraces,
		standIn: func() []trace.Trace { return trace.FCCLike(seedTrain, validTraces) },
	},
	{
		name: "fcc-test", path: "abr/traces/fcc-test",
		digest: "ff0fc8357fb84beb026652f3d72147af7840e26e2d9789cd8f941f308dac8f8f",
		load:   trace.LoadDir, hash: trace.HashTraces,
		standIn: func() []trace.Trace { return trace.FCCLike(seedTest, testTraces) },
	},
	{
		name: "genet-synthetic", path: "abr/traces/genet-synthetic-test",
		digest: "b858d2732510a11ce6046c74b214ade2b91d9f93f05079fc54c09275663436fc",
		load:   trace.LoadDir, hash: trace.HashTraces,
	},
	{
		name: "synth-trace", hash: trace.HashTraces, standIn: synthTrace,
	},
}

func synthTrace() []trace.Trace {
	traces, err := trace.Synth(seedSynth, testTraces, trace.SynthConfig{})
	if err != nil {
		panic(err) // The zero config is valid.
	}
	return traces
}

var videoSets = []set[trace.Video]{
	{
		name: "envivio", path: "abr/videos/video1_sizes",
		digest: "d8e459b8784a301cbf9142c75b7ea4d8369515745af72d9a833b6194cf40fcf3",
		load:   loadVideo, hash: trace.HashVideo,
		standIn: func() trace.Video { return trace.EnvivioLike(seedVideo) },
	},
	{
		name: "synth-video", path: "abr/videos/video2_sizes",
		digest: "08ac6948a7559047f60368e0878e789ab7355772b465581756baea24630980cc",
		load:   loadVideo, hash: trace.HashVideo,
		standIn: func() trace.Video { return trace.SynthVideo(seedVideo) },
	},
}

func loadVideo(path string) (trace.Video, error) {
	return trace.LoadVideo(path, trace.PensieveLadderKbps(), trace.PensieveChunkMs)
}

var pointerSets = []set[[]int]{
	{
		name: "fcc-test", path: "abr/traces/fcc-test.start_ptrs.txt",
		digest: "cb28fa8d0d1869842cb4cab00fd1c8a725226649928b053c34063e7155a496d7",
		load:   trace.LoadPointers, hash: trace.HashPointers,
		standIn: func() []int { return drawPointers(trace.FCCLike(seedTest, testTraces)) },
	},
}

var overlapSets = []set[[]trace.Overlap]{
	{
		name: "fcc-train", path: "abr/traces/fcc-train.overlap.csv",
		digest: "47cdc3f48ff3d32ebc5d1eff821b07fbccd8978e820f0b4d2b7b0471e93dc759",
		load:   trace.LoadOverlap, hash: hashOverlaps,
	},
	{
		name: "fcc-test", path: "abr/traces/fcc-test.overlap.csv",
		digest: "face7823628f01a5b4cf520a645b4cc08e26999f19d10dfac2527cc5042317db",
		load:   trace.LoadOverlap, hash: hashOverlaps,
	},
}

// hashOverlaps hashes the flags in order; that names fit is checked where
// they are used.
func hashOverlaps(overlaps []trace.Overlap) trace.Digest {
	flags := make([]int, len(overlaps))
	for i, o := range overlaps {
		if o.Identical {
			flags[i] |= 1
		}
		if o.SharesCapture {
			flags[i] |= 2
		}
	}
	return trace.HashPointers(flags)
}
