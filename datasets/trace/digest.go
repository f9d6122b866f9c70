package trace

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
)

// Digest is the SHA-256 of what a simulator plays: numbers and their order,
// not names and not the text they were parsed from.
type Digest [sha256.Size]byte

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText is the digest in hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [Digest.MarshalText] wrote.
func (d *Digest) UnmarshalText(text []byte) error {
	read, err := ParseDigest(string(text))
	if err == nil {
		*d = read
	}
	return err
}

// ParseDigest reads a digest in hexadecimal.
func ParseDigest(text string) (Digest, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != sha256.Size {
		return Digest{}, fmt.Errorf("trace: %s is not a content hash; give %d hexadecimal digits", clip(text), 2*sha256.Size)
	}
	return Digest(b), nil
}

// HashTraces hashes a trace set: times and bandwidths, in order.
func HashTraces(traces []Trace) Digest {
	h := newHasher("trailblazer trace set v1")
	h.integer(len(traces))
	for i := range traces {
		h.numbers(traces[i].TimesS)
		h.numbers(traces[i].BandwidthMbps)
	}
	return h.digest()
}

// HashVideo hashes a video: ladder, chunk length and sizes.
func HashVideo(v Video) Digest {
	h := newHasher("trailblazer video v1")
	h.integers(v.BitratesKbps)
	h.integer(v.ChunkMs)
	h.integer(len(v.SizesBytes))
	for _, sizes := range v.SizesBytes {
		h.integers(sizes)
	}
	return h.digest()
}

// HashPointers hashes a start pointer list.
func HashPointers(pointers []int) Digest {
	h := newHasher("trailblazer start pointers v1")
	h.integers(pointers)
	return h.digest()
}

// hasher feeds the canonical encoding: a tag for the kind, every list behind
// its length, every number as 8 little-endian bytes.
type hasher struct {
	sum    hash.Hash
	buffer []byte
}

func newHasher(tag string) *hasher {
	h := &hasher{sum: sha256.New()}
	h.integer(len(tag))
	h.buffer = append(h.buffer, tag...)
	return h
}

func (h *hasher) word(x uint64) {
	h.buffer = binary.LittleEndian.AppendUint64(h.buffer, x)
	if len(h.buffer) >= 4096 {
		h.flush()
	}
}

func (h *hasher) integer(x int) { h.word(uint64(int64(x))) }

func (h *hasher) integers(list []int) {
	h.integer(len(list))
	for _, x := range list {
		h.integer(x)
	}
}

func (h *hasher) numbers(list []float64) {
	h.integer(len(list))
	for _, x := range list {
		h.word(math.Float64bits(x + 0)) // negative zero plays as zero
	}
}

func (h *hasher) flush() {
	h.sum.Write(h.buffer)
	h.buffer = h.buffer[:0]
}

func (h *hasher) digest() Digest {
	h.flush()
	return Digest(h.sum.Sum(nil))
}
