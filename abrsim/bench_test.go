package abrsim_test

import (
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
	"trailblazer/internal/mt19937"
)

// BenchmarkStep plays fcc-test over and over, level by level up and down the
// ladder, and reports nanoseconds per chunk.
func BenchmarkStep(b *testing.B) {
	fcc := loadFCCTest(b)
	for _, profile := range []abrsim.Profile{abrsim.ProfilePaper, abrsim.ProfileDefault} {
		b.Run(string(profile), func(b *testing.B) {
			benchmarkStep(b, fcc, abrsim.Config{Profile: profile, Chunks: abrsim.PaperChunks})
		})
	}
}

func benchmarkStep(b *testing.B, s set, c abrsim.Config) {
	worlds, err := abrsim.NewWorlds(s.Traces, s.Video, c)
	if err != nil {
		b.Fatal(err)
	}
	starts := make([]abrsim.State, len(worlds))
	for i, w := range worlds {
		cursor, err := w.Link().AtPointer(s.Pointers[i])
		if err != nil {
			b.Fatal(err)
		}
		starts[i] = w.Start(cursor)
	}
	// A level walk that does not repeat with the video.
	levels := [64]int{}
	rng := mt19937.New(1)
	for i := range levels {
		levels[i] = rng.RandInt(0, len(trace.PensieveLadderKbps()))
	}
	b.ReportAllocs()
	i, state := 0, starts[0]
	sum := 0.0
	steps := 0
	for b.Loop() {
		next, chunk, err := worlds[i].Step(state, levels[steps&63], 1)
		if err != nil {
			b.Fatal(err)
		}
		steps++
		sum += chunk.DelayMs
		state = next
		if chunk.Last {
			i = (i + 1) % len(worlds)
			state = starts[i]
		}
	}
	if sum <= 0 {
		b.Fatal("no time passed")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Msteps/s")
}

func BenchmarkScore(b *testing.B) {
	qoe, err := abrsim.NewQoE(abrsim.PensieveQoE(), trace.PensieveLadderKbps())
	if err != nil {
		b.Fatal(err)
	}
	c := abrsim.Chunk{Level: 3, LastLevel: 1, RebufferS: 0.25}
	sum := 0.0
	for b.Loop() {
		sum += qoe.Score(c).Total
	}
	if sum == 0 {
		b.Fatal("no score")
	}
}
