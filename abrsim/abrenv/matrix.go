package abrenv

import (
	"fmt"

	"trailblazer/abrsim"
	"trailblazer/api/env"
)

// The rows of the matrix.
const (
	rowBitrate = iota
	rowBuffer
	rowThroughput
	rowDownload
	rowSizes
	rowRemaining
	matrixRows
)

// matrix is the papers' observation. Its memory is the matrix itself.
type matrix struct {
	history int
	levels  int
	// sizesAtStart shows the first chunk's sizes before it is chosen, which
	// the reference does not.
	sizesAtStart bool
	box          *env.Box
}

func newMatrix(f *Factory, history int) *matrix {
	x := &matrix{history: history, levels: f.movies[0].levels, sizesAtStart: f.config.Player.Profile == abrsim.ProfileDefault}
	b := f.bounds
	high := [matrixRows]float64{b.share, b.bufferS / 10, b.throughputMBps, b.delayS / 10, b.sizeMB, 1}
	x.box = &env.Box{DType: env.Float32, Shape: []int{matrixRows, history}, Low: []float64{0}}
	for row := range matrixRows {
		for column := range history {
			feature := matrixFeature(row, column, history)
			top := high[row]
			if row == rowSizes && column >= x.levels {
				feature, top = env.Feature{Name: fmt.Sprintf("unused[%d]", column), Unit: "1", Description: "always 0"}, 0
			}
			x.box.Features = append(x.box.Features, feature)
			x.box.High = append(x.box.High, round32(top))
		}
	}
	return x
}

func matrixFeature(row, column, history int) env.Feature {
	if row == rowSizes {
		return env.Feature{Name: fmt.Sprintf("next_size[%d]", column), Unit: "MB", Description: "size of the next chunk at this level"}
	}
	rows := [matrixRows]env.Feature{
		rowBitrate:    {Name: "bitrate", Unit: "1", Description: "bitrate of the chunk over the highest bitrate"},
		rowBuffer:     {Name: "buffer", Unit: "10 s", Description: "video buffered after the chunk"},
		rowThroughput: {Name: "throughput", Unit: "MB/s", Description: "size of the chunk over its download time"},
		rowDownload:   {Name: "download_time", Unit: "10 s", Description: "download time of the chunk"},
		rowRemaining:  {Name: "chunks_remaining", Unit: "1", Description: "chunks still to come over chunks played"},
	}
	feature := rows[row]
	feature.Name += fmt.Sprintf("[%d]", column-history) // [-1] is the newest
	return feature
}

func (x *matrix) space() env.Space { return x.box }

func (x *matrix) memory() int { return matrixRows * x.history }

func (x *matrix) begin(memory []float32, m *movie) {
	clear(memory)
	if x.sizesAtStart {
		copy(memory[rowSizes*x.history:], m.nextSizesMB(0))
	}
}

func (x *matrix) push(memory []float32, m *movie, c *abrsim.Chunk) {
	h := x.history
	// One move rolls all rows: what slides in from the row below is
	// overwritten.
	copy(memory, memory[1:])
	memory[rowBitrate*h+h-1] = m.share[c.Level]
	memory[rowBuffer*h+h-1] = float32(c.BufferS / 10)
	memory[rowThroughput*h+h-1] = float32(c.SizeBytes / c.DelayMs / 1000)
	memory[rowDownload*h+h-1] = float32(c.DelayMs / 1000 / 10)
	sizes := memory[rowSizes*h:][:h]
	clear(sizes[copy(sizes, m.nextSizesMB(c.Index+1)):])
	memory[rowRemaining*h+h-1] = float32(float64(c.Remaining) / float64(m.chunks))
}

func (x *matrix) show(memory []float32, _ *movie, _ *abrsim.State, out env.Arrays, row int) {
	copy(env.Row[float32](&out[0], row), memory)
}

func (x *matrix) check(memory []float32) error {
	return checkBounds(memory, func(i int) float64 { return x.box.High[i] })
}
