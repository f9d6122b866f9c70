package vec

// level is what computes the inner loops: plain Go, or assembly with registers
// of some width.
type level uint8

const (
	plainGo level = iota
	avx2
	avx512
)

// best is the highest level of this machine.
var best = levels()[len(levels())-1]

// SIMD is the level that functions use: "AVX-512", "AVX2" or "none".
func SIMD() string { return best.String() }

// String implements fmt.Stringer.
func (l level) String() string { return [...]string{"none", "AVX2", "AVX-512"}[l] }
