package abrenv

import (
	"fmt"

	"trailblazer/abrsim"
	"trailblazer/api/env"
)

// dict is the observation with names and plain units. Its memory is the
// throughput history, then the download time history; the rest follows from
// the player's state.
type dict struct {
	history    int
	throughput float64 // bound, Mbit/s
	download   float64 // bound, s
	entries    *env.Dict
}

func newDict(f *Factory, history int) *dict {
	b := f.bounds
	levels, chunks, topKbps, chunkS := f.movies[0].levels, 0, 0.0, 0.0
	for i, m := range f.movies {
		chunks = max(chunks, m.chunks)
		topKbps = max(topKbps, m.kbps[levels-1])
		chunkS = max(chunkS, float64(f.data.Videos[i].ChunkMs)/1000)
	}
	d := &dict{history: history, throughput: round32(8 * b.throughputMBps), download: round32(b.delayS)}
	ages := func(name, unit, description string) []env.Feature {
		features := make([]env.Feature, history)
		for i := range features {
			features[i] = env.Feature{Name: fmt.Sprintf("%s[%d]", name, i-history), Unit: unit, Description: description}
		}
		return features
	}
	perLevel := func(name, unit, description string) []env.Feature {
		features := make([]env.Feature, levels)
		for i := range features {
			features[i] = env.Feature{Name: fmt.Sprintf("%s[%d]", name, i), Unit: unit, Description: description}
		}
		return features
	}
	one := func(name, unit, description string, high float64) env.Entry {
		return env.Entry{Key: name, Space: &env.Box{DType: env.Float32, Low: []float64{0}, High: []float64{round32(high)},
			Features: []env.Feature{{Name: name, Unit: unit, Description: description}}}}
	}
	many := func(name string, features []env.Feature, high float64) env.Entry {
		return env.Entry{Key: name, Space: &env.Box{DType: env.Float32, Shape: []int{len(features)}, Low: []float64{0}, High: []float64{round32(high)}, Features: features}}
	}
	d.entries = &env.Dict{Entries: []env.Entry{
		one("last_quality", "level", "level of the chunk before; at the start the player's initial level", float64(levels-1)),
		one("last_bitrate_kbps", "kbps", "its bitrate", topKbps),
		one("buffer_s", "s", "video buffered", b.bufferS),
		many("throughput_mbps", ages("throughput", "Mbps", "size of a chunk over its download time; 0 before the first"), d.throughput),
		many("download_s", ages("download", "s", "download time of a chunk; 0 before the first"), d.download),
		many("next_sizes_mb", perLevel("next_size", "MB", "size of the next chunk at this level"), b.sizeMB),
		many("bitrates_kbps", perLevel("bitrate", "kbps", "the video's ladder"), topKbps),
		one("chunk_s", "s", "how long a chunk plays", chunkS),
		one("chunks_remaining", "chunk", "chunks still to come", float64(chunks)),
	}}
	return d
}

func (d *dict) space() env.Space { return d.entries }

func (d *dict) memory() int { return 2 * d.history }

func (d *dict) begin(memory []float32, _ *movie) { clear(memory) }

func (d *dict) push(memory []float32, _ *movie, c *abrsim.Chunk) {
	copy(memory, memory[1:])
	memory[d.history-1] = float32(c.SizeBytes * 8 / c.DelayMs / 1000)
	memory[2*d.history-1] = float32(c.DelayMs / 1000)
}

func (d *dict) show(memory []float32, m *movie, s *abrsim.State, out env.Arrays, row int) {
	scalar := func(k int, x float64) { env.Row[float32](&out[k], row)[0] = float32(x) }
	scalar(0, float64(s.LastLevel))
	scalar(1, m.kbps[s.LastLevel])
	scalar(2, s.BufferMs/1000)
	copy(env.Row[float32](&out[3], row), memory[:d.history])
	copy(env.Row[float32](&out[4], row), memory[d.history:])
	copy(env.Row[float32](&out[5], row), m.nextSizesMB(int(s.Chunk)))
	ladder := env.Row[float32](&out[6], row)
	for i, kbps := range m.kbps {
		ladder[i] = float32(kbps)
	}
	scalar(7, m.chunkS)
	scalar(8, float64(m.chunks-int(s.Chunk)))
}

func (d *dict) check(memory []float32) error {
	return checkBounds(memory, func(i int) float64 {
		if i < d.history {
			return d.throughput
		}
		return d.download
	})
}
