// Package splitmix turns a seed and a number into a seed of their own, so
// that item i of a generated set does not depend on how many there are.
package splitmix

// Mix returns output number i, from 0, of the SplitMix64 generator seeded
// with seed. Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom
// Number Generators" (OOPSLA 2014), with the constants of Vigna's splitmix64.
func Mix(seed, i uint64) uint64 {
	z := seed + (i+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Stream is the SplitMix64 generator itself. Output i of the stream of a seed
// is Mix(seed, i).
type Stream struct{ State uint64 }

// Seed starts the stream of a seed.
func Seed(seed uint64) Stream { return Stream{seed} }

// Uint64 returns the next output.
func (s *Stream) Uint64() uint64 {
	z := Mix(s.State, 0)
	s.State += 0x9e3779b97f4a7c15
	return z
}
