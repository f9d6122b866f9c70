package abrenv

import (
	"errors"
	"fmt"
	"strconv"

	"trailblazer/abrsim"
	"trailblazer/api/env"
	"trailblazer/datasets/trace"
	"trailblazer/internal/jsonconfig"
)

// ID is the environment's versioned name.
const ID = "trailblazer/ABR-v0"

// Data is what environments play on.
type Data struct {
	Traces []trace.Trace
	// StartPointers, one per trace, are where a sequential selection starts;
	// nil starts every trace at 1.
	StartPointers []int
	Videos        []trace.Video
}

// mostWorlds bounds what a user's own data may weigh.
const mostWorlds = 1 << 16

// Factory makes environments of one config on one set of data, which they
// share. It is immutable and safe for concurrent use.
type Factory struct {
	spec   *env.Spec
	config Config
	data   Data
	// own is how many of the videos, the first ones, are not generated.
	own       int
	generated generated
	// worlds holds one world for each video and trace, [video*traces+trace].
	worlds   []*abrsim.World
	movies   []*movie
	episodes []Episode
	layout   layout
	bounds   bounds
	// What a step reads.
	noiseLow, noiseHigh float64
	noisy, forced       bool
	maxSteps            int32
}

// Episode is one entry of a sequential selection.
type Episode struct {
	Trace, Video int
	// StartPointer is where the trace starts; Start is the same place.
	StartPointer int
	Start        abrsim.Cursor
}

// NewFactory joins a config and data. What the config itself holds (traces,
// start pointers, videos) replaces the data's, and what it adds comes after that.
// The scenario is only a name for the spec. Errors are *env.FieldError.
func NewFactory(scenario string, c Config, data Data) (*Factory, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.WithDefaults()
	if len(c.Traces) > 0 {
		data.Traces, data.StartPointers = c.Traces, nil
	}
	if len(c.StartPointers) > 0 {
		data.StartPointers = c.StartPointers
	}
	if len(c.Videos) > 0 {
		data.Videos = c.Videos
	}
	if len(data.Traces)+c.Generator.Traces == 0 {
		return nil, jsonconfig.Refuse("config.traces", "empty", "give at least one trace, or choose a scenario that has some")
	}
	if len(data.Videos) == 0 {
		return nil, jsonconfig.Refuse("config.videos", "empty", "give at least one video, or choose a scenario that has one")
	}
	if data.StartPointers == nil {
		data.StartPointers = make([]int, len(data.Traces))
		for i := range data.StartPointers {
			data.StartPointers[i] = 1
		}
	}
	if err := trace.ValidatePointers(data.StartPointers, data.Traces); err != nil {
		return nil, fieldError("config", err)
	}

	traces := len(data.Traces)*(1+c.Randomise.Bandwidth.Variants) + c.Generator.Traces
	videos := len(data.Videos) + c.Randomise.Videos.Generated
	if traces > mostWorlds {
		return nil, jsonconfig.Refuse("config.traces", strconv.Itoa(traces)+" long, with those that are added", fmt.Sprintf("give at most %d", mostWorlds))
	}
	if n := traces * videos; n > mostWorlds {
		return nil, jsonconfig.Refuse("config.videos", strconv.Itoa(videos)+" long, with those that are added", fmt.Sprintf("give at most %d for %d traces", mostWorlds/traces, traces))
	}

	f := &Factory{config: c, data: data, own: len(data.Videos)}
	if err := f.add(); err != nil {
		return nil, err
	}
	if err := f.build(); err != nil {
		return nil, err
	}
	spec, err := f.newSpec(scenario)
	if err != nil {
		return nil, err
	}
	f.spec = spec
	return f, nil
}

// add appends the videos and traces that the config adds to the data.
func (f *Factory) add() (err error) {
	c, data := &f.config, &f.data
	if data.Videos, err = c.Randomise.Videos.addVideos(data.Videos); err != nil {
		return err
	}
	data.Traces, data.StartPointers = c.Randomise.Bandwidth.addTraces(data.Traces, data.StartPointers)
	data.Traces, data.StartPointers, f.generated, err = c.Generator.addTraces(data.Traces, data.StartPointers)
	return err
}

func (f *Factory) build() error {
	c, data := &f.config, &f.data
	levels, topKbps := data.Videos[0].Levels(), 0
	for i := range data.Videos {
		v := &data.Videos[i]
		if v.Levels() != levels {
			return jsonconfig.Refuse(fmt.Sprintf("config.videos[%d].bitrates_kbps", i), fmt.Sprintf("%d levels", v.Levels()),
				fmt.Sprintf("give %d, as the first video has: all share one action space", levels))
		}
		if i < f.own {
			topKbps = max(topKbps, v.BitratesKbps[levels-1])
		}
	}
	for i, v := range data.Videos {
		var worlds []*abrsim.World
		var err error
		if i == 0 {
			worlds, err = abrsim.NewWorlds(data.Traces, v, c.Player)
		} else {
			worlds, err = abrsim.WithVideo(f.worlds[:len(data.Traces)], v, c.Player)
		}
		if _, ok := errors.AsType[*trace.FormatError](err); ok {
			return fieldError("config.traces", err)
		}
		if err != nil {
			return fieldError("config.player", err)
		}
		m, err := newMovie(v, worlds[0], c.QoE, topKbps)
		if err != nil {
			return err
		}
		if m.chunks < 2 && c.FirstChunk == FirstForced {
			return jsonconfig.Refuse("config.first_chunk", `"forced"`, fmt.Sprintf(`set it to "agent": of video %d one chunk is played, which leaves nothing to decide`, i))
		}
		f.worlds = append(f.worlds, worlds...)
		f.movies = append(f.movies, m)
	}

	if c.Observation.History == 0 {
		c.Observation.History = defaultHistory(levels)
	}
	if c.Observation.Layout == LayoutMatrix && c.Observation.History < levels {
		return jsonconfig.Refuse("config.observation.history", strconv.Itoa(c.Observation.History),
			fmt.Sprintf(`give at least %d, the number of levels, or set layout to "dict": the matrix holds the next sizes in a row`, levels))
	}
	if err := f.checkFuture(); err != nil {
		return err
	}
	f.bounds = f.findBounds()
	f.layout = f.newLayout()
	if c.Selection == SelectSequential {
		if err := f.listEpisodes(); err != nil {
			return err
		}
	}
	f.noiseLow, f.noiseHigh, f.noisy = c.Player.NoiseLow, c.Player.NoiseHigh, c.Player.Noisy()
	f.forced = c.FirstChunk == FirstForced
	f.maxSteps = int32(f.longestEpisode())
	return nil
}

func (f *Factory) listEpisodes() error {
	for video := range f.data.Videos {
		for i, p := range f.data.StartPointers {
			start, err := f.World(i, video).Link().AtPointer(p)
			if err != nil {
				return fieldError(fmt.Sprintf("config.start_pointers[%d]", i), err)
			}
			f.episodes = append(f.episodes, Episode{Trace: i, Video: video, StartPointer: p, Start: start})
		}
	}
	return nil
}

// longestEpisode is the number of decisions after which every episode ends.
func (f *Factory) longestEpisode() int {
	longest := 0
	for _, m := range f.movies {
		longest = max(longest, m.chunks)
	}
	if f.forced {
		longest--
	}
	if limit := f.config.MaxSteps; limit > 0 {
		longest = min(longest, limit)
	}
	return longest
}

// Spec implements env.Factory.
func (f *Factory) Spec() *env.Spec { return f.spec }

// New implements env.Factory.
func (f *Factory) New(index, count int) (env.Env, error) {
	if count < 1 || index < 0 || index >= count {
		return nil, jsonconfig.Refuse("index", fmt.Sprintf("%d of %d", index, count), "give 0 up to count-1")
	}
	return newEnv(f, index, count), nil
}

// Config is the configuration with every default filled in.
func (f *Factory) Config() Config { return f.config }

// Videos is how many videos there are.
func (f *Factory) Videos() int { return len(f.data.Videos) }

// Traces is how many traces there are.
func (f *Factory) Traces() int { return len(f.data.Traces) }

// World is the world of a trace and a video. It is meant for planners that
// may know the future. It panics outside the data.
func (f *Factory) World(trace, video int) *abrsim.World {
	if uint(trace) >= uint(len(f.data.Traces)) {
		panic("abrenv: World of a trace outside the data")
	}
	return f.worlds[video*len(f.data.Traces)+trace]
}

// Worlds are all worlds: for the first video one per trace, then for the
// second. Don't change the slice.
func (f *Factory) Worlds() []*abrsim.World { return f.worlds }

// QoE is the metric that rewards the chunks of a video.
func (f *Factory) QoE(video int) *abrsim.QoE { return f.movies[video].qoe }

// Episodes are those of a sequential selection, in order; none where the
// selection is random. Don't change the slice.
func (f *Factory) Episodes() []Episode { return f.episodes }
