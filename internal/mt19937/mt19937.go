// Package mt19937 is the part of NumPy's legacy RandomState that the
// reference simulators draw from: the 32-bit Mersenne Twister seeded by
// init_genrand, and on top of it randint, uniform and shuffle, draw for draw.
//
// Sources: Matsumoto and Nishimura, "Mersenne Twister" (1998), the 2002
// initialisation; NumPy's legacy distributions, which NumPy keeps frozen.
package mt19937

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

const (
	length = 624
	middle = 397
)

// RNG is a Mersenne Twister. The zero value is not seeded: use [New]. It is
// not safe for concurrent use.
type RNG struct {
	state [length]uint32
	next  int // index of the next word; length means a new block is due
}

// New returns a generator seeded as numpy.random.seed(seed) does for a plain
// integer.
func New(seed uint32) *RNG {
	r := new(RNG)
	r.Seed(seed)
	return r
}

// Seed starts the generator over from seed.
func (r *RNG) Seed(seed uint32) {
	r.state[0] = seed
	for i := uint32(1); i < length; i++ {
		before := r.state[i-1]
		r.state[i] = 1812433253*(before^before>>30) + i
	}
	r.next = length
}

// Uint32 draws 32 bits.
func (r *RNG) Uint32() uint32 {
	if r.next == length {
		r.refill()
	}
	y := r.state[r.next]
	r.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (r *RNG) refill() {
	twist := func(high, low uint32) uint32 {
		y := high&0x80000000 | low&0x7fffffff
		return y>>1 ^ (-(y & 1) & 0x9908b0df)
	}
	s := &r.state
	for i := range length - middle {
		s[i] = s[i+middle] ^ twist(s[i], s[i+1])
	}
	for i := length - middle; i < length-1; i++ {
		s[i] = s[i+middle-length] ^ twist(s[i], s[i+1])
	}
	s[length-1] = s[middle-1] ^ twist(s[length-1], s[0])
	r.next = 0
}

// Uint64 draws 64 bits, the high word first.
func (r *RNG) Uint64() uint64 {
	high := uint64(r.Uint32())
	return high<<32 | uint64(r.Uint32())
}

// Float64 draws from [0, 1) with 53 bits, NumPy's random_sample.
func (r *RNG) Float64() float64 {
	high, low := r.Uint32()>>5, r.Uint32()>>6
	return (float64(float64(high)*(1<<26)) + float64(low)) / (1 << 53)
}

// Uniform draws from [low, high), NumPy's uniform. The conversion keeps
// compilers from fusing product and sum, which would round once, not twice.
func (r *RNG) Uniform(low, high float64) float64 {
	return low + float64((high-low)*r.Float64())
}

// RandInt draws from low to high-1, NumPy's legacy randint: masked rejection,
// and no draw at all where only one value is possible. It panics if
// high <= low.
func (r *RNG) RandInt(low, high int) int {
	if high <= low {
		panic("mt19937: RandInt of an empty range")
	}
	return low + int(r.interval(uint64(high)-uint64(low)-1))
}

// interval draws from 0 to most, by masked rejection.
func (r *RNG) interval(most uint64) uint64 {
	if most == 0 {
		return 0
	}
	mask := uint64(1)<<bits.Len64(most) - 1
	for {
		x := uint64(0)
		if most <= 1<<32-1 {
			x = uint64(r.Uint32()) & mask
		} else {
			x = r.Uint64() & mask
		}
		if x <= most {
			return x
		}
	}
}

// Shuffle permutes n elements as NumPy's legacy shuffle does, by swaps.
func (r *RNG) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, int(r.interval(uint64(i))))
	}
}

const marshaledSize = 2 + 2 + 4*length

var magic = [2]byte{'M', 1}

// AppendBinary appends the generator's state, 2,500 bytes.
func (r *RNG) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, magic[:]...)
	b = binary.LittleEndian.AppendUint16(b, uint16(r.next))
	for _, word := range r.state {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return b, nil
}

// MarshalBinary returns the generator's state.
func (r *RNG) MarshalBinary() ([]byte, error) {
	return r.AppendBinary(make([]byte, 0, marshaledSize))
}

// UnmarshalBinary restores a state written by [RNG.MarshalBinary].
func (r *RNG) UnmarshalBinary(b []byte) error {
	if len(b) != marshaledSize || [2]byte(b[:2]) != magic {
		return errors.New("mt19937: not a generator state")
	}
	next := int(binary.LittleEndian.Uint16(b[2:]))
	if next > length {
		return errors.New("mt19937: generator state out of range")
	}
	r.next = next
	for i := range r.state {
		r.state[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	return nil
}
