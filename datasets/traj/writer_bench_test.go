package traj

import (
	"testing"
)

// BenchmarkWriter adds the episodes of video streaming as collecting does, and
// finishes their shards: "journal" is what Add waits for, "shards" all of it,
// on two cores where there are two.
func BenchmarkWriter(b *testing.B) {
	const steps = 200_000
	schema, err := NewSchema(streamingSpec(), streamingLabels())
	if err != nil {
		b.Fatal(err)
	}
	episodes := streamEpisodes(schema, steps)
	for _, c := range []struct {
		name  string
		flush bool
	}{{"journal", false}, {"shards", true}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				w, err := Create(b.TempDir(), streamingSpec(), streamingLabels(), WriterOptions{ShardSteps: steps / 2})
				if err != nil {
					b.Fatal(err)
				}
				if !c.flush {
					w.options.ShardSteps = 2 * steps
				}
				b.StartTimer()
				for _, e := range episodes {
					if added, err := w.Add(e); !added || err != nil {
						b.Fatal(added, err)
					}
				}
				if c.flush {
					err = w.Flush()
				}
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
				drop(w)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N)*steps/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
