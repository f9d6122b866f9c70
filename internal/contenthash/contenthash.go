// Package contenthash hashes what a simulator plays: numbers, labels and their
// order, not the text that they were parsed from. A [Hasher] feeds the
// canonical encoding; a [Digest] is what comes out.
package contenthash

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
)

// Digest is a SHA-256.
type Digest [sha256.Size]byte

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText is the digest in hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [Digest.MarshalText] wrote.
func (d *Digest) UnmarshalText(text []byte) error {
	read, err := Parse(string(text))
	if err == nil {
		*d = read
	}
	return err
}

// Parse reads a digest in hexadecimal.
func Parse(text string) (Digest, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != sha256.Size {
		return Digest{}, fmt.Errorf("%.64q is not a content hash; give %d hexadecimal digits", text, 2*sha256.Size)
	}
	return Digest(b), nil
}

// Hasher feeds the canonical encoding: a tag for what it is, every list and
// text behind its length, every number as 8 little-endian bytes.
type Hasher struct {
	sum    hash.Hash
	buffer []byte
}

// New begins a hash; the tag tells kinds of content apart.
func New(tag string) *Hasher {
	h := &Hasher{sum: sha256.New()}
	h.Text(tag)
	return h
}

func (h *Hasher) word(x uint64) {
	h.buffer = binary.LittleEndian.AppendUint64(h.buffer, x)
	if len(h.buffer) >= 4096 {
		h.flush()
	}
}

// Integer hashes a whole number.
func (h *Hasher) Integer(x int) { h.word(uint64(int64(x))) }

// Integers hashes a list of whole numbers.
func (h *Hasher) Integers(list []int) {
	h.Integer(len(list))
	for _, x := range list {
		h.Integer(x)
	}
}

// Number hashes a number. Negative zero is hashed as zero, which plays alike.
func (h *Hasher) Number(x float64) { h.word(math.Float64bits(x + 0)) }

// Numbers hashes a list of numbers.
func (h *Hasher) Numbers(list []float64) {
	h.Integer(len(list))
	for _, x := range list {
		h.Number(x)
	}
}

// Text hashes a text.
func (h *Hasher) Text(s string) {
	h.Integer(len(s))
	h.buffer = append(h.buffer, s...)
}

func (h *Hasher) flush() {
	h.sum.Write(h.buffer)
	h.buffer = h.buffer[:0]
}

// Digest is the hash of what was fed.
func (h *Hasher) Digest() Digest {
	h.flush()
	return Digest(h.sum.Sum(nil))
}
