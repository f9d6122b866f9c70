package abrenv

import (
	"fmt"
	"strconv"

	"trailblazer/datasets/trace"
	"trailblazer/internal/draw"
	"trailblazer/internal/jsonconfig"
)

// RandomiseConfig adds videos and links to those of a scenario, so that an
// agent learns no single one by heart. What is added depends on its settings
// and seeds only, and is in the manifest like the rest: an episode draws among
// all videos, and among all traces.
type RandomiseConfig struct {
	Videos    RandomiseVideos    `json:"videos"`
	Bandwidth RandomiseBandwidth `json:"bandwidth"`
}

// RandomiseVideos generates videos like those that there are, each in turn; see
// [trace.VariedVideo].
type RandomiseVideos struct {
	// Generated is how many. 0 adds none.
	Generated int `json:"generated"`
	// Seed draws them.
	Seed uint64 `json:"seed"`
	// Sizes bounds the factor of all sizes of a video, drawn evenly on a scale
	// of logarithms; empty means [0.75, 1.5].
	Sizes Range `json:"sizes"`
	// Spread bounds the relative deviation of chunk sizes; empty means
	// [0.03, 0.2].
	Spread Range `json:"spread"`
	// Ladder bounds the factors of the lowest and of the highest bitrate; empty
	// means [1, 1]. Observations show no bitrates to come, only sizes, so an
	// agent can't tell a ladder with higher bitrates from one with larger
	// chunks: where it plays one ladder in the end, leave it alone.
	Ladder Range `json:"ladder"`
}

// RandomiseBandwidth adds traces with scaled bandwidth.
type RandomiseBandwidth struct {
	// Variants is how many scaled ones of each trace. 0 adds none.
	Variants int `json:"variants"`
	// Seed draws the factors.
	Seed uint64 `json:"seed"`
	// Factor bounds them; empty means [0.5, 2]. On a scale of logarithms the
	// range is cut into as many equal parts as there are variants, and each
	// variant of a trace draws from one.
	Factor Range `json:"factor"`
}

// withDefaults spells out the settings of what is on.
func (c RandomiseConfig) withDefaults() RandomiseConfig {
	if c.Videos.Generated > 0 {
		d := trace.VariedVideoConfig{}.WithDefaults()
		c.Videos.Sizes, c.Videos.Spread, c.Videos.Ladder = c.Videos.Sizes.or(d.Sizes), c.Videos.Spread.or(d.Spread), c.Videos.Ladder.or(d.Ladder)
	}
	if c.Bandwidth.Variants > 0 {
		c.Bandwidth.Factor = c.Bandwidth.Factor.or([2]float64{0.5, 2})
	}
	return c
}

func (c RandomiseVideos) varied() trace.VariedVideoConfig {
	return trace.VariedVideoConfig{Sizes: c.Sizes.pair(), Spread: c.Spread.pair(), Ladder: c.Ladder.pair()}
}

func (c RandomiseConfig) validate() error {
	v, b := c.Videos, c.Bandwidth
	for _, count := range []struct {
		name string
		n    int
	}{{"videos.generated", v.Generated}, {"bandwidth.variants", b.Variants}} {
		if count.n < 0 || count.n > mostWorlds {
			return jsonconfig.Refuse("config.randomise."+count.name, strconv.Itoa(count.n), fmt.Sprintf("give 0 to %d", mostWorlds))
		}
	}
	if err := checkRanges("config.randomise", namedRange{"videos.sizes", v.Sizes}, namedRange{"videos.spread", v.Spread},
		namedRange{"videos.ladder", v.Ladder}, namedRange{"bandwidth.factor", b.Factor}); err != nil {
		return err
	}
	if err := v.varied().Validate(); err != nil {
		return drawnError("config.randomise.videos", err)
	}
	if f := b.Factor; len(f) > 0 && !(f[0] >= 0.01 && f[1] <= 100) {
		return jsonconfig.Refuse("config.randomise.bandwidth.factor", fmt.Sprint([]float64(f)), "give [least, most] from 0.01 to 100, such as [0.5, 2]")
	}
	return nil
}

// addVideos appends generated videos.
func (c RandomiseVideos) addVideos(videos []trace.Video) ([]trace.Video, error) {
	own := len(videos)
	videos = videos[:own:own]
	for i := range c.Generated {
		v, err := trace.VariedVideo(c.Seed, uint64(i), videos[i%own], c.varied())
		if err != nil {
			return nil, drawnError("config.randomise.videos", err)
		}
		videos = append(videos, v)
	}
	return videos, nil
}

// addTraces appends scaled traces and their start pointers, which are those of
// the traces that they scale.
func (c RandomiseBandwidth) addTraces(traces []trace.Trace, pointers []int) ([]trace.Trace, []int) {
	own := len(traces)
	traces, pointers = traces[:own:own], pointers[:own:own]
	for variant := range c.Variants {
		for i := range own {
			d := draw.New(c.Seed, uint64(i*c.Variants+variant))
			share := (float64(variant) + d.Unit()) / float64(c.Variants)
			factor := float64(c.Factor[0] * draw.Exp(float64(share*draw.Log(c.Factor[1]/c.Factor[0]))))
			traces, pointers = append(traces, trace.Scaled(traces[i], factor)), append(pointers, pointers[i])
		}
	}
	return traces, pointers
}
