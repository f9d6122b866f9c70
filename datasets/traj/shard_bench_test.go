package traj

import (
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"trailblazer/api/env"
)

// streamingSpec is shaped as adaptive bitrate streaming is: histories of eight
// values in a 6 by 6 state as Pensieve has it, ten numbers of info.
func streamingSpec() *env.Spec {
	number := func(key string) env.Entry {
		return env.Entry{Key: key, Space: &env.Box{DType: env.Float64, Low: []float64{math.Inf(-1)}, High: []float64{math.Inf(1)}}}
	}
	info := &env.Dict{}
	for _, key := range []string{"buffer_ms", "chunk_bytes", "delay_ms", "download_ms", "quality", "rebuffer_ms", "rebuffering", "smoothness", "throughput_kbps", "time_ms", "trace"} {
		info.Entries = append(info.Entries, number(key))
	}
	return &env.Spec{ID: "test/Streaming-v0", Scenario: "streaming/test", ContentHash: "5ca1ab1e", Action: &env.Discrete{N: 6}, Info: info,
		Observation: &env.Box{DType: env.Float32, Shape: []int{6, 6}, Low: []float64{0}, High: []float64{math.Inf(1)}}}
}

// streamEpisode plays a made-up stream of 48 chunks of 4 s: throughput is a
// random walk, the level follows it, and the state shows the last six of each.
func streamEpisode(random *rand.Rand, schema *Schema) *Episode {
	const chunks = 48
	e := &Episode{Steps: schema.NewFrame(), Initial: schema.NewFrame(schema.Role(RoleInfo)...), Final: schema.NewFrame(schema.shown()...)}
	e.Policy, e.Scenario, e.ScenarioHash = []string{"bba", "mpc", "genet"}[random.IntN(3)], "streaming/test", "5ca1ab1e"
	e.Seed, e.Seeded = random.Uint64(), true
	rates := []float64{300, 750, 1200, 1850, 2850, 4300}
	var state [6][6]float32
	level, buffer, clock, kbps, trace := 0, 4000.0, 0.0, 300+2000*random.Float64(), float64(random.IntN(200))
	sizes := make([][6]float64, chunks)
	for c := range sizes {
		scale := 0.8 + 0.4*random.Float64()
		for l, r := range rates {
			sizes[c][l] = math.Round(r * 500 * scale * (0.95 + 0.1*random.Float64()))
		}
	}
	for c := range chunks {
		set(e.Steps, "observation", state[:])
		last := level
		for level = 5; level > 0 && rates[level] > kbps*(0.7+buffer/60000); level-- {
		}
		kbps = max(80, kbps*math.Exp(0.2*random.NormFloat64()))
		bytes := sizes[c][level]
		download := bytes * 8 / kbps
		rebuffer := max(0, download-buffer)
		buffer = min(60000, max(0, buffer-download)+4000)
		clock += download
		quality, rebuffering, smoothness := rates[level]/1000, -4.3*rebuffer/1000, -math.Abs(rates[level]-rates[last])/1000
		for r := range state {
			copy(state[r][:5], state[r][1:])
		}
		state[0][5], state[1][5], state[2][5], state[3][5] = float32(rates[level]/4300), float32(buffer/10000), float32(bytes/download/1000), float32(download/10000)
		for l := range rates {
			state[4][l] = float32(sizes[min(c+1, chunks-1)][l] / 1e6)
		}
		state[5][5] = float32(chunks-c-1) / chunks
		put(e.Steps, schema.Field("action"), int64(level))
		put(e.Steps, schema.Field(FieldReward), quality+rebuffering+smoothness)
		put(e.Steps, schema.Field(FieldStep), int32(c))
		put(e.Steps, schema.Field(FieldPolicy), int32(0))
		put(e.Steps, schema.Field(FieldExplored), random.IntN(20) == 0)
		put(e.Steps, schema.Field(FieldTerminated), c == chunks-1)
		put(e.Steps, schema.Field(FieldTruncated), false)
		for i, v := range []float64{buffer, bytes, 80, download, quality, rebuffer, rebuffering, smoothness, bytes * 8 / download, clock, trace} {
			put(e.Steps, schema.Role(RoleInfo)[i], v)
		}
		if i := schema.Field("expert.action"); i >= 0 {
			put(e.Steps, i, int64(min(level+random.IntN(2), 5)))
			put(e.Steps, schema.Field(FieldExpertValue), float64(chunks-c)*quality*1.1)
			for range rates {
				put(e.Steps, schema.Field(FieldExpertAdvantage), -math.Abs(random.NormFloat64()))
			}
		}
	}
	e.Steps.Rows = chunks
	set(e.Final, "observation", state[:])
	e.Final.Rows = 1
	for i := range e.Initial.Fields {
		put(e.Initial, i, 0.0)
	}
	e.Initial.Rows = 1
	e.finish()
	return e
}

func set(f *Frame, field string, state [][6]float32) {
	v := f.Find(field)
	for _, row := range state {
		for _, x := range row {
			v.Data = appendBits(v.Data, x)
		}
	}
}

// streamEpisodes draws steps in whole episodes.
func streamEpisodes(schema *Schema, steps int) []*Episode {
	random := rand.New(rand.NewPCG(1, 2))
	var episodes []*Episode
	for n := 0; n < steps; n += 48 {
		episodes = append(episodes, streamEpisode(random, schema))
	}
	return episodes
}

func streamingLabels() Labels { return Labels{Expert: "optimum", Value: true, Advantage: true} }

func BenchmarkWrite(b *testing.B) {
	schema, err := NewSchema(streamingSpec(), streamingLabels())
	if err != nil {
		b.Fatal(err)
	}
	episodes := streamEpisodes(schema, 1<<17)
	info, err := newInfo(streamingSpec(), streamingLabels())
	if err != nil {
		b.Fatal(err)
	}
	memory := 0
	for _, e := range episodes {
		memory += e.Steps.bytes()
	}
	dir := b.TempDir()
	b.ReportAllocs()
	steps, bytes := 0, int64(0)
	for b.Loop() {
		w, err := newShardWriter(dir, "train-00000", schema, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range episodes {
			if err := w.add(e); err != nil {
				b.Fatal(err)
			}
		}
		shard, err := w.finish(info)
		if err != nil {
			b.Fatal(err)
		}
		steps += shard.Steps
		bytes = shard.Bytes
	}
	rows := float64(len(episodes) * 48)
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(steps)/seconds, "rows/s")
	b.ReportMetric(float64(memory)*float64(steps)/rows/seconds/1e6, "MB/s")
	b.ReportMetric(float64(bytes)/rows, "B/row")
	b.ReportMetric(float64(memory)/rows, "raw-B/row")
	b.ReportMetric(float64(len(schema.Columns())+3), "columns")
}

// streamingSet writes a set of so many steps and opens it.
func streamingSet(b *testing.B, steps int) *Set {
	b.Helper()
	schema, err := NewSchema(streamingSpec(), streamingLabels())
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	writeShard(b, dir, "train-00000", streamingSpec(), streamingLabels(), 0, 0, streamEpisodes(schema, steps))
	s, err := Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// BenchmarkScan reads one column, and in turn the same column with the
// library's own pages and nothing else.
func BenchmarkScan(b *testing.B) {
	s := streamingSet(b, 1<<18)
	b.Run("info.throughput_kbps", func(b *testing.B) {
		benchmarkScan(b, s, "info.throughput_kbps", (*encoding.Values).Double)
	})
	b.Run("observation.3", func(b *testing.B) {
		benchmarkScan(b, s, "observation.3", (*encoding.Values).Float)
	})
}

func benchmarkScan[T float32 | float64](b *testing.B, s *Set, column string, of func(*encoding.Values) []T) {
	t, err := openTable(stepsPath(s.dir, "train-00000"))
	if err != nil {
		b.Fatal(err)
	}
	defer t.close()
	rows := 0
	count := func(values []T) error { rows += len(values); return nil }
	var scan, bare time.Duration
	for b.Loop() {
		start := time.Now()
		if err := Scan(s, column, count); err != nil {
			b.Fatal(err)
		}
		scan += time.Since(start)
		start = time.Now()
		if err := bareColumn(t, column, of, count); err != nil {
			b.Fatal(err)
		}
		bare += time.Since(start)
	}
	if want := 2 * b.N * s.Info().Statistics.Steps; rows != want {
		b.Fatalf("%d rows of %d", rows, want)
	}
	b.ReportMetric(float64(rows)/2/scan.Seconds()/1e6, "Mrows/s")
	b.ReportMetric(float64(rows)/2/bare.Seconds()/1e6, "bare-Mrows/s")
	b.ReportMetric(100*bare.Seconds()/scan.Seconds(), "%-of-bare")
}

// bareColumn reads a column's pages as the library gives them.
func bareColumn[T any](t *tableFile, column string, of func(*encoding.Values) []T, do func([]T) error) error {
	for _, g := range t.parquet.RowGroups() {
		pages := g.ColumnChunks()[t.columns[column].Index()].Pages()
		for {
			page, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			data := page.Data()
			do(of(&data))
			parquet.Release(page)
		}
		pages.Close()
	}
	return nil
}

// BenchmarkReadGroup reads steps into flat arrays: the floats of a step, and
// all of it.
func BenchmarkReadGroup(b *testing.B) {
	s := streamingSet(b, 1<<18)
	var floats []int
	for i, f := range s.Schema().Fields {
		if f.Leaf.DType == env.Float32 || f.Leaf.DType == env.Float64 {
			floats = append(floats, i)
		}
	}
	for _, part := range []struct {
		name   string
		fields []int
	}{{"observation", s.Schema().Role(RoleObservation)}, {"floats", floats}, {"all", s.Schema().all()}} {
		b.Run(part.name, func(b *testing.B) {
			frame := s.Schema().NewFrame(part.fields...)
			columns := 0
			for _, f := range frame.Fields {
				columns += f.Leaf.Elements()
			}
			b.ReportAllocs()
			rows, bytes := 0, 0
			for b.Loop() {
				for g := range s.Shards()[0].Groups {
					if err := s.ReadGroup(0, g, frame); err != nil {
						b.Fatal(err)
					}
					rows += frame.Rows
					bytes += frame.bytes()
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
			b.ReportMetric(float64(bytes)/b.Elapsed().Seconds()/1e6, "MB/s")
			b.ReportMetric(float64(columns), "columns")
		})
	}
}
