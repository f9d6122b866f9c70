package abrenv

import (
	"trailblazer/datasets/trace"
	"trailblazer/internal/dataset"
)

// Seeds of the generated data. Another seed means other results, and so
// another version of the environment.
const (
	seedTrain = 1
	seedTest  = 2
	seedSynth = 3
	seedVideo = 1

	seedStationary = 4
	seedGenerated  = 5
)

// The sizes of the sets.
const (
	trainTraces = 235
	validTraces = 150
	testTraces  = 100
	genetTraces = 200
)

var traceSets = []dataset.Set[[]trace.Trace]{
	{
		Name: "fcc-train", Path: "abr/traces/fcc-train",
		Digest: "1a35d180ce3f3e2b0f08bd31778a6220929bb1dd53cba9a107b9ba062513c7d1",
		Load:   trace.LoadDir, Hash: digest(trace.HashTraces),
		StandIn: func() []trace.Trace { return trace.FCCLike(seedTrain, trainTraces) },
	},
	{
		// The published validation set is a part of the training set, and so
		// is its stand-in.
		Name: "fcc-valid", Path: "abr/traces/fcc-valid",
		Digest: "87fcf8ba3dd629d7d9e0fe5ffe2f30b80dc9b37408682f4e808470f0853329a3",
		Load:   trace.LoadDir, Hash: digest(trace.HashTraces),
		StandIn: func() []trace.Trace { return trace.FCCLike(seedTrain, validTraces) },
	},
	{
		Name: "fcc-test", Path: "abr/traces/fcc-test",
		Digest: "ff0fc8357fb84beb026652f3d72147af7840e26e2d9789cd8f941f308dac8f8f",
		Load:   trace.LoadDir, Hash: digest(trace.HashTraces),
		StandIn: func() []trace.Trace { return trace.FCCLike(seedTest, testTraces) },
	},
	{
		Name: "genet-synthetic", Path: "abr/traces/genet-synthetic-test",
		Digest: "b858d2732510a11ce6046c74b214ade2b91d9f93f05079fc54c09275663436fc",
		Load:   trace.LoadDir, Hash: digest(trace.HashTraces),
	},
	{
		Name: "synth-trace", Hash: digest(trace.HashTraces), StandIn: synthTrace,
	},
	{
		Name: "stationary", Hash: digest(trace.HashTraces),
		StandIn: func() []trace.Trace { return trace.Stationary(seedStationary) },
	},
}

func synthTrace() []trace.Trace {
	traces, err := trace.Synth(seedSynth, testTraces, trace.SynthConfig{})
	if err != nil {
		panic(err) // The zero config is valid.
	}
	return traces
}

var videoSets = []dataset.Set[trace.Video]{
	{
		Name: "envivio", Path: "abr/videos/video1_sizes",
		Digest: "d8e459b8784a301cbf9142c75b7ea4d8369515745af72d9a833b6194cf40fcf3",
		Load:   loadVideo, Hash: digest(trace.HashVideo),
		StandIn: func() trace.Video { return trace.EnvivioLike(seedVideo) },
	},
	{
		Name: "synth-video", Path: "abr/videos/video2_sizes",
		Digest: "08ac6948a7559047f60368e0878e789ab7355772b465581756baea24630980cc",
		Load:   loadVideo, Hash: digest(trace.HashVideo),
		StandIn: func() trace.Video { return trace.SynthVideo(seedVideo) },
	},
}

func loadVideo(path string) (trace.Video, error) {
	return trace.LoadVideo(path, trace.PensieveLadderKbps(), trace.PensieveChunkMs)
}

var pointerSets = []dataset.Set[[]int]{
	{
		Name: "fcc-test", Path: "abr/traces/fcc-test.start_ptrs.txt",
		Digest: "cb28fa8d0d1869842cb4cab00fd1c8a725226649928b053c34063e7155a496d7",
		Load:   trace.LoadPointers, Hash: digest(trace.HashPointers),
		StandIn: func() []int { return drawPointers(trace.FCCLike(seedTest, testTraces)) },
	},
}

var overlapSets = []dataset.Set[[]trace.Overlap]{
	{
		Name: "fcc-train", Path: "abr/traces/fcc-train.overlap.csv",
		Digest: "47cdc3f48ff3d32ebc5d1eff821b07fbccd8978e820f0b4d2b7b0471e93dc759",
		Load:   trace.LoadOverlap, Hash: digest(hashOverlaps),
	},
	{
		Name: "fcc-test", Path: "abr/traces/fcc-test.overlap.csv",
		Digest: "face7823628f01a5b4cf520a645b4cc08e26999f19d10dfac2527cc5042317db",
		Load:   trace.LoadOverlap, Hash: digest(hashOverlaps),
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

// digest writes hashes as text.
func digest[T any](hash func(T) trace.Digest) func(T) string {
	return func(data T) string { return hash(data).String() }
}
