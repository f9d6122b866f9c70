package sample_test

import (
	"path/filepath"
	"testing"

	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testtraj"
)

// recorded is a data set of 4000 ABR sessions of 47 steps.
func recorded(b *testing.B) *traj.Set {
	b.Helper()
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	factory, err := c.Factory("trailblazer/ABR-v0", "abr/train", nil)
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "set")
	testtraj.Record(b, dir, factory, 4000)
	set, err := traj.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { set.Close() })
	return set
}

// BenchmarkRead compares batches with the bare reading of row groups: an epoch
// each.
func BenchmarkRead(b *testing.B) {
	set := recorded(b)
	if _, err := set.Headers(); err != nil {
		b.Fatal(err)
	}
	report := func(b *testing.B, steps, bytes int) {
		b.ReportMetric(float64(steps)*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
		b.SetBytes(int64(bytes))
	}
	b.Run("groups", func(b *testing.B) {
		frame := set.Schema().NewFrame()
		steps, bytes := 0, 0
		for b.Loop() {
			steps, bytes = 0, 0
			for s, shard := range set.Shards() {
				for g := range shard.Groups {
					if err := set.ReadGroup(s, g, frame); err != nil {
						b.Fatal(err)
					}
					steps += frame.Rows
					for i := range frame.Values {
						bytes += len(frame.Values[i].Data)
					}
				}
			}
		}
		report(b, steps, bytes)
	})
	for _, test := range []struct {
		name  string
		query sample.Query
	}{
		{"episodes", sample.Query{}},
		{"shuffled", sample.Query{Shuffle: true, Window: 20, PoolSteps: 1 << 16}},
		{"in one pool", sample.Query{Shuffle: true, Window: 20}},
	} {
		b.Run(test.name, func(b *testing.B) {
			test.query.Epochs = 1 << 30
			r, err := sample.Open(set, test.query, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			steps, bytes := 0, 0
			for b.Loop() {
				steps, bytes = 0, 0
				for range r.Batches() {
					batch, err := r.Next(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					steps += batch.Frame.Rows
					bytes += batch.Bytes()
				}
			}
			report(b, steps, bytes)
		})
	}
}
