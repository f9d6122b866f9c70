package policy

import (
	"fmt"

	"trailblazer/abrsim"
)

// Rule chooses levels for one player at a time. It knows no environment: what
// it may look at is the [Video] and a [View], so that it can run on a bare
// simulator too. A Rule allocates nothing once it has started, unless it plans
// with a future that it knows.
type Rule interface {
	// Start begins a video. Randomness comes from the seed alone. What a
	// rule documents to keep from one video to the next stays.
	Start(v *Video, seed uint64) error
	// Choose returns the level of the next chunk.
	Choose(now *View) (level int, err error)
}

// Ender is a [Rule] that also wants to see how a video ended: View.Chunk is
// then the number of chunks played.
type Ender interface {
	End(now *View)
}

// Checker is a [Rule] that cannot play every video. Check says what of one
// doesn't fit, as an *env.FieldError.
type Checker interface {
	Check(v *Video) error
}

// View is what a player knows when it chooses.
type View struct {
	// Chunk is the index of the chunk to choose a level for.
	Chunk int
	// LastLevel is the level of the chunk before it; before the first chunk
	// it is Config.InitialLevel.
	LastLevel int
	// BufferMs is how much video is buffered, in milliseconds of play.
	BufferMs float64
	// SizeBytes and DelayMs tell of the last download; both are 0 before
	// the first. The delay includes the round trip.
	SizeBytes, DelayMs float64

	// Trace, Video and Link say where in which world the player is. Only a
	// privileged rule, which knows the future, may use them.
	Trace, Video int
	Link         abrsim.Cursor
}

// state is the simulator's state that the view was taken in.
func (v *View) state() abrsim.State {
	return abrsim.State{Link: v.Link, BufferMs: v.BufferMs, Chunk: int32(v.Chunk), LastLevel: int32(v.LastLevel)}
}

// Video is what a player knows of a video before it plays it, and the rules
// it plays by. It is immutable and shared.
type Video struct {
	// BitratesKbps is the ladder, lowest first.
	BitratesKbps []int
	// Chunks is the number of chunks played, FileChunks that in the file.
	Chunks, FileChunks int
	// ChunkMs is how long a chunk plays.
	ChunkMs float64
	// RTTMs, CapMs and QuantumMs are the player's round trip, buffer cap
	// and drain quantum, in milliseconds.
	RTTMs, CapMs, QuantumMs float64
	// QoE is what is to be maximized.
	QoE *abrsim.QoE

	sizes []float64 // bytes, [chunk*levels + level]
}

// NewVideo joins a video's manifest, sizesBytes[level][chunk], with the rules
// of play. chunks is the number played; 0 means the player's own number, and
// where that is 0 too, all.
func NewVideo(bitratesKbps []int, sizesBytes [][]int, chunkMs, chunks int, player abrsim.Config, qoe abrsim.QoEConfig) (*Video, error) {
	levels := len(bitratesKbps)
	if levels == 0 || len(sizesBytes) != levels {
		return nil, fmt.Errorf("policy: a ladder of %d levels comes with sizes of %d; give one list of sizes per level", levels, len(sizesBytes))
	}
	rater, err := abrsim.NewQoE(qoe, bitratesKbps)
	if err != nil {
		return nil, err
	}
	player = player.WithDefaults()
	if chunks == 0 {
		chunks = player.Chunks
	}
	fileChunks := len(sizesBytes[0])
	if chunks == 0 {
		chunks = fileChunks
	}
	if chunks < 1 || chunks > fileChunks {
		return nil, fmt.Errorf("policy: %d chunks are played of a video with %d", chunks, fileChunks)
	}
	v := &Video{
		BitratesKbps: append([]int(nil), bitratesKbps...),
		Chunks:       chunks, FileChunks: fileChunks, ChunkMs: float64(chunkMs),
		RTTMs: *player.RTTMs, CapMs: player.BufferCapMs, QuantumMs: *player.DrainQuantumMs,
		QoE:   rater,
		sizes: make([]float64, fileChunks*levels),
	}
	for level, sizes := range sizesBytes {
		if len(sizes) != fileChunks {
			return nil, fmt.Errorf("policy: level %d has %d chunks, level 0 has %d", level, len(sizes), fileChunks)
		}
		for chunk, size := range sizes {
			v.sizes[chunk*levels+level] = float64(size)
		}
	}
	return v, nil
}

// Levels is the number of levels of the ladder.
func (v *Video) Levels() int { return len(v.BitratesKbps) }

// SizeBytes is the size of a chunk of the file.
func (v *Video) SizeBytes(chunk, level int) float64 { return v.sizes[chunk*len(v.BitratesKbps)+level] }
