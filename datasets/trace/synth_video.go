package trace

import "trailblazer/internal/draw"

// EnvivioLike generates a video that stands in for Envivio-Dash3, on which
// Pensieve and its successors were evaluated, where its sizes are not at
// hand: six levels from 300 to 4300 kbit/s and 49 chunks of 4 s. Sizes vary
// around the nominal ones as a variable bitrate encoder's do, by about 10 %
// (7 % on the top level), mostly together on all levels: a scene that is hard
// to encode is hard at every bitrate. The last chunk is short.
func EnvivioLike(seed uint64) Video {
	v := Video{Name: "envivio-like", BitratesKbps: PensieveLadderKbps(), ChunkMs: PensieveChunkMs}
	v.SizesBytes = sizesLike(draw.New(seed, 0), v.BitratesKbps)
	return v
}

const envivioChunks = 49

func sizesLike(d draw.Draws, bitratesKbps []int) [][]int {
	const (
		shared = 0.95 // correlation of neighbouring levels
		own    = 0.31 // sqrt(1 - shared^2)
	)
	top := len(bitratesKbps) - 1
	sizes := make([][]int, len(bitratesKbps))
	for chunk := range envivioChunks {
		length := 1.0
		if chunk == envivioChunks-1 {
			length = 0.65
		}
		hardness := d.Bell()
		for level, kbps := range bitratesKbps {
			spread := 0.1
			if level == top {
				spread = 0.066
			}
			factor := 1 + float64(spread*min(max(hardness, -2.5), 2.5))
			nominal := float64(kbps * PensieveChunkMs / 8)
			sizes[level] = append(sizes[level], int(grid(float64(nominal*length)*factor, 1)))
			hardness = float64(shared*hardness) + float64(own*d.Bell())
		}
	}
	return sizes
}

// SynthVideo generates a second video for tests out of distribution: the
// sizes of [EnvivioLike] with the same seed times about 1.2, in another
// temporal order. That is what the published SynthVideo looks like beside
// Envivio-Dash3.
func SynthVideo(seed uint64) Video {
	v := EnvivioLike(seed)
	v.Name = "synth-video"
	d := draw.New(seed, 1)
	order := make([]int, envivioChunks)
	for i := range order {
		order[i] = i
	}
	for i := envivioChunks - 1; i > 0; i-- {
		j := d.Count(0, i)
		order[i], order[j] = order[j], order[i]
	}
	sizes := make([][]int, v.Levels())
	for _, from := range order {
		factor := 1.2 + float64(0.01*d.Bell())
		for level := range sizes {
			sizes[level] = append(sizes[level], int(grid(float64(v.SizesBytes[level][from])*factor, 1)))
		}
	}
	v.SizesBytes = sizes
	return v
}
