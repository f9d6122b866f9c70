package abrenv

import (
	"encoding/binary"
	"math"

	"trailblazer/api/env"
)

// The leaves of info, each 8 bytes but for the last, which is there only where
// the config asks for it.
const (
	infoRewardQuality = iota
	infoRewardRebuffering
	infoRewardSmoothness
	infoQuality
	infoChunk
	infoBitrate
	infoSize
	infoDelay
	infoSleep
	infoRebuffer
	infoBuffer
	infoTrace
	infoVideo
	infoSegment
	infoLinkTime
	infoEpisode
	infoFuture
)

func infoSpace(future FutureConfig) *env.Dict {
	number := func(key, unit, description string, low, high float64) env.Entry {
		return env.Entry{Key: key, Space: &env.Box{DType: env.Float64, Low: []float64{low}, High: []float64{high},
			Features: []env.Feature{{Name: key, Unit: unit, Description: description}}}}
	}
	integer := func(key, unit, description string, low float64) env.Entry {
		return env.Entry{Key: key, Space: &env.Box{DType: env.Int64, Low: []float64{low}, High: []float64{1 << 53},
			Features: []env.Feature{{Name: key, Unit: unit, Description: description}}}}
	}
	inf := math.Inf(1)
	entries := []env.Entry{
		infoRewardQuality:     number("reward_quality", "1", "what the quality of the last chunk adds to the reward", -inf, inf),
		infoRewardRebuffering: number("reward_rebuffering", "1", "what its rebuffering adds, at most 0", -inf, 0),
		infoRewardSmoothness:  number("reward_smoothness", "1", "what its change of quality adds, at most 0", -inf, 0),
		infoQuality:           integer("quality", "level", "level of the last chunk; -1 before any", -1),
		infoChunk:             integer("chunk", "1", "index of the last chunk; -1 before any", -1),
		infoBitrate:           number("bitrate_kbps", "kbps", "bitrate of the last chunk; 0 before any", 0, inf),
		infoSize:              number("size_bytes", "B", "size of the last chunk", 0, inf),
		infoDelay:             number("delay_ms", "ms", "download time of the last chunk", 0, inf),
		infoSleep:             number("sleep_ms", "ms", "pause after it because the buffer was full", 0, inf),
		infoRebuffer:          number("rebuffer_s", "s", "how long playback stood still for it", 0, inf),
		infoBuffer:            number("buffer_ms", "ms", "video buffered", 0, inf),
		infoTrace:             integer("trace", "1", "index of the trace in the manifest", 0),
		infoVideo:             integer("video", "1", "index of the video in the manifest", 0),
		infoSegment:           integer("link_segment", "1", "segment of the trace reached; privileged", 0),
		infoLinkTime:          number("link_time_s", "s", "time on the trace reached; privileged", 0, inf),
		infoEpisode:           integer("episode_index", "1", "number of the episode in a sequential selection; -1 in a random one", -1),
	}
	if len(future.WindowsS) > 0 {
		entries = append(entries, future.entry())
	}
	return &env.Dict{Entries: entries}
}

// writeInfo writes what the environment measured to a row. Leaves
// are numbers of 8 bytes, so plain stores do.
func (e *Env) writeInfo(out env.Arrays, row int) {
	last := &e.last
	kbps := 0.0
	if last.Level >= 0 {
		kbps = e.movie.kbps[last.Level]
	}
	at := 8 * row
	integer := func(k int, x int64) { binary.LittleEndian.PutUint64(out[k].Data[at:], uint64(x)) }
	number := func(k int, x float64) { binary.LittleEndian.PutUint64(out[k].Data[at:], math.Float64bits(x)) }
	number(infoRewardQuality, e.reward.Quality)
	number(infoRewardRebuffering, 0-e.reward.Rebuffering) // not -0
	number(infoRewardSmoothness, 0-e.reward.Smoothness)
	integer(infoQuality, int64(last.Level))
	integer(infoChunk, int64(last.Index))
	number(infoBitrate, kbps)
	number(infoSize, last.SizeBytes)
	number(infoDelay, last.DelayMs)
	number(infoSleep, last.SleepMs)
	number(infoRebuffer, last.RebufferS)
	number(infoBuffer, e.state.BufferMs)
	integer(infoTrace, int64(e.trace))
	integer(infoVideo, int64(e.video))
	integer(infoSegment, int64(e.state.Link.Segment))
	number(infoLinkTime, e.state.Link.TimeS)
	integer(infoEpisode, e.episode)
	if len(e.factory.config.Future.WindowsS) > 0 {
		e.writeFuture(out, row)
	}
}
