package abrsim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// State is where a player stands between two downloads: a plain value to
// copy, compare, keep and restore. It means something only together with the
// [World] it belongs to.
type State struct {
	// Link is the place on the link.
	Link Cursor
	// BufferMs is how much video is buffered, in milliseconds of play.
	BufferMs float64
	// Chunk is the index of the next chunk; at the end of the video it is
	// the number of chunks played.
	Chunk int32
	// LastLevel is the level of the chunk before, at the start
	// Config.InitialLevel.
	LastLevel int32
}

// StateSize is the length of a marshalled State in bytes.
const StateSize = 1 + 4 + 8 + 8 + 4 + 4

const stateVersion = 1

// AppendBinary appends the state as [StateSize] bytes, little-endian.
func (s State) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, stateVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Link.Segment))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Link.TimeS))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.BufferMs))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Chunk))
	return binary.LittleEndian.AppendUint32(b, uint32(s.LastLevel)), nil
}

// MarshalBinary returns the state as [StateSize] bytes.
func (s State) MarshalBinary() ([]byte, error) { return s.AppendBinary(make([]byte, 0, StateSize)) }

// UnmarshalBinary restores a state written by [State.MarshalBinary]. Whether
// it fits a world says [World.Check].
func (s *State) UnmarshalBinary(b []byte) error {
	if len(b) != StateSize {
		return fmt.Errorf("abrsim: a state has %d bytes, not %d", StateSize, len(b))
	}
	if b[0] != stateVersion {
		return fmt.Errorf("abrsim: state version %d is unknown; this program writes %d", b[0], stateVersion)
	}
	read := State{
		Link: Cursor{
			Segment: int32(binary.LittleEndian.Uint32(b[1:])),
			TimeS:   math.Float64frombits(binary.LittleEndian.Uint64(b[5:])),
		},
		BufferMs:  math.Float64frombits(binary.LittleEndian.Uint64(b[13:])),
		Chunk:     int32(binary.LittleEndian.Uint32(b[21:])),
		LastLevel: int32(binary.LittleEndian.Uint32(b[25:])),
	}
	if math.IsNaN(read.Link.TimeS) || math.IsNaN(read.BufferMs) {
		return errors.New("abrsim: a state holds no NaN")
	}
	*s = read
	return nil
}
