package abrsim

import (
	"errors"
	"fmt"
	"math"

	"trailblazer/datasets/trace"
)

// World is one link, one video and the rules: everything about a playback
// that does not change. Worlds are immutable and safe for concurrent use;
// those made together share the video.
type World struct {
	link   *Link
	movie  *movie
	config Config // with defaults

	// What a step reads, unpacked.
	sizes     []float64 // bytes, [chunk*levels + level]
	levels    int
	chunks    int // played
	chunkMs   float64
	rttMs     float64
	capMs     float64
	quantumMs float64
	paper     bool
	noisy     bool
}

// movie is a video laid out for play.
type movie struct {
	name         string
	bitratesKbps []int
	chunkMs      int
	chunks       int // in the file
	sizes        []float64
	largest      float64
}

// Chunk is what one download brought.
type Chunk struct {
	// Index of the chunk in the video.
	Index int
	// Level it was downloaded at, and LastLevel that of the chunk before.
	Level, LastLevel int
	// SizeBytes is the chunk's size.
	SizeBytes float64
	// DelayMs is how long the download took, round trip included.
	DelayMs float64
	// SleepMs is how long the player then paused because its buffer was
	// full. In the paper profile it is only what the pause spent in the
	// last segment of the trace it reached: the reference returns that
	// residue, so its clock runs slow.
	SleepMs float64
	// RebufferS is how long playback stood still, in seconds.
	RebufferS float64
	// BufferS is how much video is buffered after the chunk arrived and the
	// pause, in seconds.
	BufferS float64
	// Remaining is the number of chunks still to come; Last is set at 0.
	Remaining int
	Last      bool
}

var (
	// ErrLevel is what a level outside the ladder is refused with.
	ErrLevel = errors.New("abrsim: level is outside the ladder")
	// ErrEnd is what a download after the last chunk is refused with.
	ErrEnd = errors.New("abrsim: the video is at its end")
	// ErrNoise is what a factor that is not positive and at most MaxNoise is
	// refused with.
	ErrNoise = errors.New("abrsim: noise is not a factor")
)

// NewWorld joins a trace, a video and the rules. It refuses what could not be
// played in reasonable time, such as a link that needs millions of passes for
// one chunk.
func NewWorld(t trace.Trace, v trace.Video, c Config) (*World, error) {
	worlds, err := NewWorlds([]trace.Trace{t}, v, c)
	if err != nil {
		return nil, err
	}
	return worlds[0], nil
}

// NewWorlds makes one world per trace. They share the video.
func NewWorlds(traces []trace.Trace, v trace.Video, c Config) ([]*World, error) {
	m, c, err := prepare(v, c)
	if err != nil {
		return nil, err
	}
	worlds := make([]*World, len(traces))
	for i, t := range traces {
		link, err := NewLink(t, c)
		if err != nil {
			return nil, err
		}
		if worlds[i], err = join(link, m, c); err != nil {
			return nil, err
		}
	}
	return worlds, nil
}

// WithVideo makes worlds of another video on the links of worlds, which weigh
// most and are shared. c must lay out links as the worlds' own config does.
func WithVideo(worlds []*World, v trace.Video, c Config) ([]*World, error) {
	m, c, err := prepare(v, c)
	if err != nil {
		return nil, err
	}
	others := make([]*World, len(worlds))
	for i, w := range worlds {
		if w.link.profile != c.Profile || w.link.portion != c.PayloadPortion {
			return nil, fmt.Errorf("abrsim: link %q is laid out for profile %q and payload portion %v, not %q and %v; make new worlds",
				w.link.name, w.link.profile, w.link.portion, c.Profile, c.PayloadPortion)
		}
		if others[i], err = join(w.link, m, c); err != nil {
			return nil, err
		}
	}
	return others, nil
}

// prepare checks video and rules together and fills in the defaults.
func prepare(v trace.Video, c Config) (*movie, Config, error) {
	if err := c.Validate(); err != nil {
		return nil, c, err
	}
	m, err := newMovie(v)
	if err != nil {
		return nil, c, err
	}
	c = c.WithDefaults()
	if c.Chunks == 0 {
		c.Chunks = m.chunks
	}
	if c.Chunks > m.chunks {
		return nil, c, refuse("chunks", c.Chunks, fmt.Sprintf("are to be played, but video %q has %d", m.name, m.chunks), "set chunks to at most that")
	}
	if c.InitialLevel >= len(m.bitratesKbps) {
		return nil, c, refuse("initial_level", c.InitialLevel, fmt.Sprintf("is outside the ladder of %d levels", len(m.bitratesKbps)), "use 0 for the lowest")
	}
	return m, c, nil
}

func join(link *Link, m *movie, c Config) (*World, error) {
	w := &World{
		link: link, movie: m, config: c,
		sizes: m.sizes, levels: len(m.bitratesKbps), chunks: c.Chunks, chunkMs: float64(m.chunkMs),
		rttMs: *c.RTTMs, capMs: c.BufferCapMs, quantumMs: *c.DrainQuantumMs, paper: c.Profile == ProfilePaper, noisy: c.Noisy(),
	}
	return w, w.checkEffort()
}

func newMovie(v trace.Video) (*movie, error) {
	if err := v.Validate(); err != nil {
		return nil, fmt.Errorf("abrsim: %w", err)
	}
	m := &movie{name: v.Name, bitratesKbps: append([]int(nil), v.BitratesKbps...), chunkMs: v.ChunkMs, chunks: v.Chunks()}
	m.sizes = make([]float64, 0, v.Chunks()*v.Levels())
	for chunk := range v.Chunks() {
		for level := range v.Levels() {
			size := float64(v.SizesBytes[level][chunk])
			m.sizes = append(m.sizes, size)
			m.largest = max(m.largest, size)
		}
	}
	return m, nil
}

// checkEffort bounds the work of one step, which walks the trace segment by
// segment: nothing may hang on a trace that is almost dead or almost instant.
func (w *World) checkEffort() error {
	const mostSegments = 1e6
	payload := 0.0
	for _, s := range w.link.segments[w.link.first:] {
		payload += s.payload
	}
	perPass := float64(len(w.link.segments))
	if passes := w.movie.largest * w.config.NoiseHigh / payload; !(passes*perPass <= mostSegments) {
		return &trace.FormatError{File: w.link.name, Field: "bandwidth_mbps",
			Problem: fmt.Sprintf("carries %.3g bytes of video a pass, so that a chunk of %.0f bytes takes %.3g passes", payload, w.movie.largest, passes),
			Remedy:  "leave the trace out or give it more bandwidth or time"}
	}
	longestMs := w.rttMs + w.chunkMs + w.quantumMs
	if passes := longestMs / 1000 / w.link.PassS(); !(passes*perPass <= mostSegments) {
		return &trace.FormatError{File: w.link.name, Field: "times_s",
			Problem: fmt.Sprintf("lasts %.3g s, so that a pause of %.0f ms takes %.3g passes", w.link.PassS(), longestMs, passes),
			Remedy:  "give stamps in seconds"}
	}
	return nil
}

// Start is the state before the first chunk, with the link at c: an empty
// buffer. Get c from the world's [World.Link].
func (w *World) Start(c Cursor) State {
	return State{Link: c, LastLevel: int32(w.config.InitialLevel)}
}

// Step downloads the next chunk at a level and returns the state after it.
// It changes nothing, draws nothing and allocates nothing: planners may
// branch from one state as often as they like.
//
// noise is a factor, 1 for none. In the paper profile it multiplies the delay
// and leaves the link's clock alone; in the default profile it multiplies the
// bytes on the wire, so that clock and delay agree.
//
// On an error, [ErrLevel], [ErrEnd] or [ErrNoise] by errors.Is, the state
// comes back unchanged. The state must be one of this world's: see
// [World.Check].
func (w *World) Step(s State, level int, noise float64) (State, Chunk, error) {
	if uint(level) >= uint(w.levels) || uint(s.Chunk) >= uint(w.chunks) || !(noise > 0 && noise <= MaxNoise) {
		return s, Chunk{}, w.refuse(s, level, noise)
	}
	size := w.sizes[int(s.Chunk)*w.levels+level]

	var delayMs float64
	if w.paper {
		// The round trip and the noise do not pass on the link: a quirk of
		// the reference.
		delayS, at := w.link.Transfer(s.Link, size)
		delayMs = float64((float64(delayS*1000) + w.rttMs) * noise)
		s.Link = at
	} else {
		at, _ := w.link.Advance(s.Link, w.rttMs)
		delayS, at := w.link.Transfer(at, float64(size*noise))
		delayMs = float64(delayS*1000) + w.rttMs
		s.Link = at
	}

	rebufferMs := max(delayMs-s.BufferMs, 0)
	bufferMs := max(s.BufferMs-delayMs, 0) + w.chunkMs

	sleepMs := 0.0
	if bufferMs > w.capMs {
		sleepMs = bufferMs - w.capMs
		if w.quantumMs > 0 {
			sleepMs = float64(math.Ceil(sleepMs/w.quantumMs) * w.quantumMs)
		}
		bufferMs -= sleepMs
		at, residualMs := w.link.Advance(s.Link, sleepMs)
		s.Link = at
		if w.paper {
			sleepMs = residualMs
		}
	}

	chunk := Chunk{
		Index: int(s.Chunk), Level: level, LastLevel: int(s.LastLevel), SizeBytes: size,
		DelayMs: delayMs, SleepMs: sleepMs, RebufferS: rebufferMs / 1000, BufferS: bufferMs / 1000,
		Remaining: w.chunks - int(s.Chunk) - 1, Last: int(s.Chunk)+1 == w.chunks,
	}
	s.BufferMs = bufferMs
	s.Chunk++
	s.LastLevel = int32(level)
	return s, chunk, nil
}

// refuse stays out of Step so that the hot path is short.
func (w *World) refuse(s State, level int, noise float64) error {
	switch {
	case level < 0 || level >= w.levels:
		return fmt.Errorf("%w: %d is not a level of video %q; use 0 to %d", ErrLevel, level, w.movie.name, w.levels-1)
	case s.Chunk < 0 || int(s.Chunk) >= w.chunks:
		return fmt.Errorf("%w: all %d chunks are played; start again", ErrEnd, w.chunks)
	default:
		return fmt.Errorf("%w: %v; use 1 for none and at most %d", ErrNoise, noise, MaxNoise)
	}
}

// Check reports whether s is a state of this world. States from [World.Start]
// and [World.Step] are; one that was restored from bytes may not be.
func (w *World) Check(s State) error {
	switch {
	case !w.link.Valid(s.Link):
		return fmt.Errorf("abrsim: state: segment %d at %v s is no place on link %q", s.Link.Segment, s.Link.TimeS, w.link.name)
	case !(s.BufferMs >= 0 && s.BufferMs <= w.capMs+w.chunkMs):
		return fmt.Errorf("abrsim: state: a buffer of %v ms is out of range; the cap is %v", s.BufferMs, w.capMs)
	case s.Chunk < 0 || int(s.Chunk) > w.chunks:
		return fmt.Errorf("abrsim: state: chunk %d is out of range; %d are played", s.Chunk, w.chunks)
	case s.LastLevel < 0 || int(s.LastLevel) >= w.levels:
		return fmt.Errorf("abrsim: state: level %d is outside the ladder of %d", s.LastLevel, w.levels)
	}
	return nil
}

// Done reports whether all chunks are played.
func (w *World) Done(s State) bool { return int(s.Chunk) >= w.chunks }

// AppendNextSizes appends the sizes in bytes of the chunk that s is about to
// download, one per level. After the last chunk they are 0; in the paper
// profile they are then those of chunk 0, because the reference starts its
// next video before it looks.
func (w *World) AppendNextSizes(dst []float64, s State) []float64 {
	if int(s.Chunk) < w.chunks {
		return append(dst, w.sizes[int(s.Chunk)*w.levels:][:w.levels]...)
	}
	if w.paper {
		return append(dst, w.sizes[:w.levels]...)
	}
	for range w.levels {
		dst = append(dst, 0)
	}
	return dst
}

// SizeBytes is the size of any chunk of the file, also of those behind the
// last one played; it panics outside the file.
func (w *World) SizeBytes(chunk, level int) float64 {
	if level < 0 || level >= w.levels {
		panic("abrsim: SizeBytes of a level outside the ladder")
	}
	return w.sizes[chunk*w.levels+level]
}

// BitrateKbps is the ladder's bitrate of a level.
func (w *World) BitrateKbps(level int) int { return w.movie.bitratesKbps[level] }

// BitratesKbps is a copy of the ladder.
func (w *World) BitratesKbps() []int { return append([]int(nil), w.movie.bitratesKbps...) }

// Levels is the number of levels of the ladder.
func (w *World) Levels() int { return w.levels }

// Chunks is the number of chunks played.
func (w *World) Chunks() int { return w.chunks }

// FileChunks is the number of chunks in the video file, at least Chunks.
func (w *World) FileChunks() int { return w.movie.chunks }

// ChunkMs is how long a chunk plays, in milliseconds.
func (w *World) ChunkMs() int { return w.movie.chunkMs }

// Link is the world's link.
func (w *World) Link() *Link { return w.link }

// VideoName is the video's name.
func (w *World) VideoName() string { return w.movie.name }

// Config is the world's rules with every default spelled out.
func (w *World) Config() Config { return w.config.WithDefaults() }
