package envserver

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
)

// NewID returns 128 unguessable bits, as the ids of sessions are.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // Never fails.
	return hex.EncodeToString(b[:])
}

// RandomSeed returns a seed of 53 bits, which any language's numbers hold
// exactly, with room for one seed per environment above it.
func RandomSeed() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) >> 11
}
