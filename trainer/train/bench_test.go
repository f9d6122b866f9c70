package train_test

import (
	"path/filepath"
	"testing"

	"trailblazer/datasets/collect"
	"trailblazer/internal/testcollect"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/train"
)

// BenchmarkSteps trains the default model on videos: an operation is a step of
// the optimizer on 32 episodes, with all that belongs to it but validation.
func BenchmarkSteps(b *testing.B) {
	dir := testcollect.Collect(b, testcollect.Wanted{ID: "trailblazer/ABR-v0", Scenario: "abr/train", Expert: "none",
		Options: collect.Options{Policies: []string{"bba"}, Episodes: 64}})
	data, set, err := feed.OpenSet(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer set.Close()
	sources, err := train.NewSources([]*feed.Data{data}, nil)
	if err != nil {
		b.Fatal(err)
	}
	config, err := train.Default(sources, train.Basis{Steps: b.N})
	if err != nil {
		b.Fatal(err)
	}
	config.Validation.Every, config.Validation.Batches, config.SaveSeconds = b.N, 0, 1e9
	compute, err := kernel.NewCompute(kernel.Options{})
	if err != nil {
		b.Fatal(err)
	}
	trainer, err := train.Open(b.Context(), filepath.Join(b.TempDir(), "run"), &train.Setup{Config: config, Sources: sources, Compute: compute})
	if err != nil {
		b.Fatal(err)
	}
	defer trainer.Close()
	b.ReportAllocs()
	b.ResetTimer()
	if err := trainer.Train(b.Context(), nil, nil); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N*32*47)/b.Elapsed().Seconds(), "steps/s")
}
