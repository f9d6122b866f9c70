package abrenv

import (
	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
)

// movie is what showing a video's chunks needs, computed once.
type movie struct {
	qoe    *abrsim.QoE
	levels int
	chunks int // played
	chunkS float64
	kbps   []float64
	// share is each level's bitrate over the highest of all videos that are
	// not generated: with generated ones beside them the same number means the
	// same bitrate as without.
	share []float32
	// sizesMB holds what is to be shown before each chunk, and after the
	// last one: [chunk*levels + level], float32 as the reference rounds it.
	sizesMB []float32
}

func newMovie(v trace.Video, w *abrsim.World, qoe abrsim.QoEConfig, topKbps int) (*movie, error) {
	metric, err := abrsim.NewQoE(qoe, v.BitratesKbps)
	if err != nil {
		return nil, fieldError("config.qoe", err)
	}
	m := &movie{qoe: metric, levels: w.Levels(), chunks: w.Chunks(), chunkS: float64(w.ChunkMs()) / 1000}
	for _, kbps := range v.BitratesKbps {
		m.kbps = append(m.kbps, float64(kbps))
		m.share = append(m.share, float32(float64(kbps)/float64(topKbps)))
	}
	var sizes []float64
	for chunk := range m.chunks + 1 {
		sizes = w.AppendNextSizes(sizes, abrsim.State{Chunk: int32(chunk)})
	}
	m.sizesMB = make([]float32, len(sizes))
	for i, bytes := range sizes {
		m.sizesMB[i] = float32(bytes / 1000 / 1000) // twice: the reference's rounding
	}
	return m, nil
}

// nextSizesMB is what is shown of the chunk to come.
func (m *movie) nextSizesMB(chunk int) []float32 {
	return m.sizesMB[chunk*m.levels:][:m.levels]
}
