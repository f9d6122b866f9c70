package workload

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"

	"trailblazer/sparksim"
)

// Digest is the SHA-256 of what a cluster runs: numbers, their order and the
// labels of jobs, not the text that they were parsed from.
type Digest [sha256.Size]byte

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// HashKinds hashes kinds of jobs, in order.
func HashKinds(kinds []*sparksim.Job) Digest {
	h := newHasher("trailblazer job kinds v1")
	h.integer(len(kinds))
	for _, kind := range kinds {
		h.text(kind.Query())
		h.text(kind.Size())
		h.integer(kind.Stages())
		for s := range kind.Stages() {
			h.integer(kind.StageTasks(s))
			levels := kind.Levels(s)
			h.integer(len(levels))
			for i := range levels {
				h.integer(levels[i].Executors)
				h.numbers(levels[i].Fresh)
				h.numbers(levels[i].First)
				h.numbers(levels[i].Rest)
			}
		}
		h.integer(len(kind.Edges()))
		for _, e := range kind.Edges() {
			h.integer(int(e.From))
			h.integer(int(e.To))
		}
	}
	return h.digest()
}

// HashArrivals hashes a job sequence.
func HashArrivals(arrivals []sparksim.Arrival) Digest {
	h := newHasher("trailblazer job arrivals v1")
	h.integer(len(arrivals))
	for _, a := range arrivals {
		h.number(a.AtMs)
		h.integer(a.Kind)
	}
	return h.digest()
}

// hasher feeds the canonical encoding: a tag for what it is, every list and
// text behind its length, every number as 8 little-endian bytes.
type hasher struct {
	sum    hash.Hash
	buffer []byte
}

func newHasher(tag string) *hasher {
	h := &hasher{sum: sha256.New()}
	h.text(tag)
	return h
}

func (h *hasher) word(x uint64) {
	h.buffer = binary.LittleEndian.AppendUint64(h.buffer, x)
	if len(h.buffer) >= 4096 {
		h.flush()
	}
}

func (h *hasher) integer(x int) { h.word(uint64(int64(x))) }

// number hashes negative zero as zero, which runs alike.
func (h *hasher) number(x float64) { h.word(math.Float64bits(x + 0)) }

func (h *hasher) numbers(list []float64) {
	h.integer(len(list))
	for _, x := range list {
		h.number(x)
	}
}

func (h *hasher) text(s string) {
	h.integer(len(s))
	h.buffer = append(h.buffer, s...)
}

func (h *hasher) flush() {
	h.sum.Write(h.buffer)
	h.buffer = h.buffer[:0]
}

func (h *hasher) digest() Digest {
	h.flush()
	return Digest(h.sum.Sum(nil))
}
