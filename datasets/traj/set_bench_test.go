package traj

import (
	"fmt"
	"runtime"
	"testing"
)

// BenchmarkTenMillionSteps writes a set of ten million steps in ten shards,
// reads all of its headers, row groups and a thousand episodes, and reports how
// much memory the Go runtime ever held for it. It takes 2 GB of disk:
//
//	go test -run '^$' -bench TenMillionSteps -benchtime 1x ./datasets/traj
func BenchmarkTenMillionSteps(b *testing.B) {
	schema, err := NewSchema(streamingSpec(), streamingLabels())
	if err != nil {
		b.Fatal(err)
	}
	some := streamEpisodes(schema, 1<<15)
	for b.Loop() {
		dir := b.TempDir()
		id := int64(0)
		for shard := range 10 {
			w, err := newShardWriter(dir, fmt.Sprintf("train-%05d", shard), schema, 0)
			if err != nil {
				b.Fatal(err)
			}
			sum := newTally(schema)
			for ; sum.steps < 1_000_000; id++ {
				e := some[id%int64(len(some))]
				e.ID = id
				if err := w.add(e); err != nil {
					b.Fatal(err)
				}
				sum.add(e)
			}
			info, err := newInfo(streamingSpec(), streamingLabels())
			if err != nil {
				b.Fatal(err)
			}
			info.Statistics = sum.statistics()
			if _, err := w.finish(info); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(heldMemory(), "MB-written")
		readEverything(b, dir)
		b.ReportMetric(heldMemory(), "MB-read")
	}
}

func readEverything(b *testing.B, dir string) {
	s, err := Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	headers, err := s.Headers()
	if err != nil {
		b.Fatal(err)
	}
	rows, frame := 0, s.Schema().NewFrame()
	for i, shard := range s.Shards() {
		for g := range shard.Groups {
			if err := s.ReadGroup(i, g, frame); err != nil {
				b.Fatal(err)
			}
			rows += frame.Rows
		}
	}
	if rows != s.Info().Statistics.Steps || rows < 10_000_000 {
		b.Fatalf("%d rows", rows)
	}
	for i := range 1000 {
		if _, err := s.Episode(&headers[i]); err != nil {
			b.Fatal(err)
		}
	}
}

// heldMemory is the most memory that the runtime ever got from the system, in
// megabytes: it gives back pages, but counts their addresses for ever.
func heldMemory() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / 1e6
}
