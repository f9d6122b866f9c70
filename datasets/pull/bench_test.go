package pull

import (
	"path/filepath"
	"testing"

	"trailblazer/datasets/sample"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testserve"
	"trailblazer/internal/testtraj"
)

// BenchmarkPull compares batches that come over loopback with those of a reader
// in this process: an epoch of 4000 ABR sessions of 47 steps each.
func BenchmarkPull(b *testing.B) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	factory, err := c.Factory("trailblazer/ABR-v0", "abr/train", nil)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	testtraj.Record(b, filepath.Join(dir, "walks"), factory, 4000)
	s := testserve.Start(b, testserve.Options{Dir: dir, Catalog: c})
	remote := dial(b, s.URL)
	for _, test := range []struct {
		name  string
		query sample.Query
	}{
		{"episodes", sample.Query{}},
		{"windows", sample.Query{Window: 20, Shuffle: true, PoolSteps: 1 << 16}},
		{"in one pool", sample.Query{Window: 20, Shuffle: true}},
	} {
		test.query.Epochs = 1 << 30
		b.Run(test.name+"/files", func(b *testing.B) { epochs(b, local(b, s, test.query)) })
		b.Run(test.name+"/loopback", func(b *testing.B) { epochs(b, pulled(b, remote, test.query, Options{})) })
	}
}

// epochs reads one epoch after another.
func epochs(b *testing.B, from sample.Source) {
	batches, steps, bytes := 0, 0, 0
	for b.Loop() {
		for rows := 0; rows < 4000*47; {
			batch, err := from.Next(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			rows += batch.Frame.Rows
			batches++
			steps += batch.Frame.Rows
			bytes += batch.Bytes()
		}
	}
	if err := from.Close(); err != nil {
		b.Fatal(err)
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(batches)/seconds, "batches/s")
	b.ReportMetric(float64(steps)/seconds, "steps/s")
	b.ReportMetric(float64(bytes)/seconds/1e6, "MB/s")
}
