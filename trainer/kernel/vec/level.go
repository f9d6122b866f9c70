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

// String implements fmt.Stringer.
func (l level) String() string { return [...]string{"none", "AVX2", "AVX-512"}[l] }
