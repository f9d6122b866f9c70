package policy

import (
	"fmt"

	"trailblazer/abrsim"
	"trailblazer/api/env"
)

// policy lets a rule act in an environment: it reads a row of what the
// environment shows into a View.
type policy struct {
	rule         Rule
	videos       []*Video
	initialLevel int
	seed         uint64
	started      bool
	view         View

	quality, chunk, trace, video, segment int // info leaves
	size, delay, buffer, linkTime         int
}

// bind finds the leaves of info that views are read from.
func (p *policy) bind(info []env.Leaf) error {
	err := env.Bind(info, []env.Binding{
		{Path: "quality", DType: env.Int64, At: &p.quality},
		{Path: "chunk", DType: env.Int64, At: &p.chunk},

		{Path: "trace", DType: env.Int64, At: &p.trace},
		{Path: "video", DType: env.Int64, At: &p.video},

		{Path: "size_bytes", DType: env.Float64, At: &p.size},
		{Path: "delay_ms", DType: env.Float64, At: &p.delay},
		{Path: "buffer_ms", DType: env.Float64, At: &p.buffer},

		{Path: "link_segment", DType: env.Int64, At: &p.segment},
		{Path: "link_time_s", DType: env.Float64, At: &p.linkTime},
	})
	if err != nil {
		return fmt.Errorf("policy: the environment's info: %w", err)
	}
	return nil
}

// Reset implements [env.Policy]. The rule starts at the first act, when the
// video is known.
func (p *policy) Reset(seed uint64) { p.seed, p.started = seed, false }

// Act implements [env.Policy].
func (p *policy) Act(in *env.Batch, row int, action env.Arrays) error {
	if err := p.look(in, row); err != nil {
		return err
	}
	level, err := p.rule.Choose(&p.view)
	if err != nil {
		return err
	}
	env.Row[int64](&action[0], row)[0] = int64(level)
	return nil
}

// EndEpisode implements [env.EpisodeEnder].
func (p *policy) EndEpisode(in *env.Batch, row int) error {
	ender, ok := p.rule.(Ender)
	if !ok || !p.started {
		return nil
	}
	if err := p.look(in, row); err != nil {
		return err
	}
	ender.End(&p.view)
	return nil
}

// look reads a row, and starts the rule where an episode begins.
func (p *policy) look(in *env.Batch, row int) error {
	integer := func(k int) int { return int(env.Row[int64](&in.Info[k], row)[0]) }
	number := func(k int) float64 { return env.Row[float64](&in.Info[k], row)[0] }
	video := integer(p.video)
	if uint(video) >= uint(len(p.videos)) {
		return fmt.Errorf("policy: the environment shows video %d, but its manifest has %d", video, len(p.videos))
	}
	p.view = View{
		Chunk: integer(p.chunk) + 1, LastLevel: integer(p.quality), BufferMs: number(p.buffer),
		SizeBytes: number(p.size), DelayMs: number(p.delay), Trace: integer(p.trace), Video: video,
		Link: abrsim.Cursor{Segment: int32(integer(p.segment)), TimeS: number(p.linkTime)},
	}
	if p.view.LastLevel < 0 {
		p.view.LastLevel = p.initialLevel
	}
	if !p.started {
		p.started = true
		return p.rule.Start(p.videos[video], p.seed)
	}
	return nil
}

// remembering is a policy that carries something from episode to episode.
type remembering struct{ policy }

// RemembersEpisodes implements [env.Rememberer].
func (*remembering) RemembersEpisodes() {}
