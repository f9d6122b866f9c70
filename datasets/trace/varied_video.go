package trace

import (
	"fmt"

	"trailblazer/internal/draw"
)

// VariedVideoConfig are the ranges of what [VariedVideo] draws for each video.
type VariedVideoConfig struct {
	// Sizes bounds the factor by which a video's chunks are larger than its
	// bitrates say, as encoders miss their rates: drawn evenly on a scale of
	// logarithms. Zero means 0.75..1.5.
	Sizes [2]float64
	// Spread bounds the standard deviation of the logarithms of a level's
	// chunk sizes. Zero means 0.03..0.2.
	Spread [2]float64
	// Ladder bounds the factors of the lowest and the highest bitrate, which
	// are drawn apart, as Sizes is; the bitrates between go along. Zero means
	// 1..1: the ladder of the video that it varies.
	Ladder [2]float64
}

// WithDefaults spells out every setting that c leaves open.
func (c VariedVideoConfig) WithDefaults() VariedVideoConfig {
	if c.Sizes == [2]float64{} {
		c.Sizes = [2]float64{0.75, 1.5}
	}
	if c.Spread == [2]float64{} {
		c.Spread = [2]float64{0.03, 0.2}
	}
	if c.Ladder == [2]float64{} {
		c.Ladder = [2]float64{1, 1}
	}
	return c
}

// Validate reports the first setting that is out of range, as a
// [*FormatError].
func (c VariedVideoConfig) Validate() error {
	c = c.WithDefaults()
	factors := func(r [2]float64) bool { return r[0] >= 0.01 && r[0] <= r[1] && r[1] <= 100 }
	switch {
	case !factors(c.Sizes):
		return &FormatError{Field: "sizes", Value: fmt.Sprint(c.Sizes), Problem: "is not a range of factors", Remedy: "give [least, most] from 0.01 to 100, such as [0.75, 1.5]"}
	case !(c.Spread[0] >= 0 && c.Spread[0] <= c.Spread[1] && c.Spread[1] <= 1):
		return &FormatError{Field: "spread", Value: fmt.Sprint(c.Spread), Problem: "is not a range of deviations", Remedy: "give [least, most] from 0 to 1, such as [0.03, 0.2]"}
	case !factors(c.Ladder):
		return &FormatError{Field: "ladder", Value: fmt.Sprint(c.Ladder), Problem: "is not a range of factors", Remedy: "give [least, most] from 0.01 to 100, such as [0.7, 1.5]"}
	}
	return nil
}

// variedOwn is the deviation of a level's own noise beside that which all
// levels of a chunk share: about what it is in Envivio-Dash3, where they are
// 0.02 to 0.05 and 0.08.
const variedOwn = 0.4

// VariedVideo generates a video like another: of as many levels and chunks, of
// the same length, with a ladder and sizes of its own. A chunk that is hard to
// encode is larger on all levels, and each level adds some noise; both are cut
// off beyond two and a half deviations. What chunks the other video has where
// plays no part.
//
// It depends on seed, i, config, and on the other video's ladder, chunk length
// and number of chunks only. The error is that of [VariedVideoConfig.Validate].
func VariedVideo(seed, i uint64, like Video, c VariedVideoConfig) (Video, error) {
	if err := c.Validate(); err != nil {
		return Video{}, err
	}
	c = c.WithDefaults()
	d := draw.New(seed, i)
	v := Video{Name: fmt.Sprintf("%s_varied_%02d", like.Name, i), ChunkMs: like.ChunkMs,
		BitratesKbps: variedLadder(d, like.BitratesKbps, c.Ladder), SizesBytes: make([][]int, like.Levels())}
	factor := d.LogBetween(c.Sizes[0], c.Sizes[1])
	spread := d.Between(c.Spread[0], c.Spread[1])
	noise := func() float64 { return min(max(d.Bell(), -2.5), 2.5) }
	for range like.Chunks() {
		hardness := noise()
		for level, kbps := range v.BitratesKbps {
			nominal := float64(float64(kbps)*float64(v.ChunkMs)) / 8
			deviation := float64(spread * (hardness + float64(variedOwn*noise())))
			size := grid(float64(float64(nominal*factor)*draw.Exp(deviation)), 1)
			v.SizesBytes[level] = append(v.SizesBytes[level], int(min(max(size, 1), MaxChunkBytes)))
		}
	}
	return v, nil
}

// variedLadder stretches a ladder at both ends. Bitrates stay whole and rising.
func variedLadder(d draw.Draws, kbps []int, factors [2]float64) []int {
	low, high := d.LogBetween(factors[0], factors[1]), d.LogBetween(factors[0], factors[1])
	ladder := make([]int, len(kbps))
	for level, rate := range kbps {
		share := 0.0
		if last := len(kbps) - 1; last > 0 {
			share = float64(level) / float64(last)
		}
		factor := float64(low * draw.Exp(float64(share*draw.Log(high/low))))
		ladder[level] = max(int(grid(float64(float64(rate)*factor), 1)), 1)
		if level > 0 {
			ladder[level] = max(ladder[level], ladder[level-1]+1)
		}
	}
	return ladder
}
