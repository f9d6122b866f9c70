package vec

// width is how many partial results a reduction has: the float32 numbers of an
// AVX-512 register.
const width = 16

// lanes are the partial results of a reduction; number i goes to lane i%width.
type lanes [width]float32

// sum adds lanes in a tree: the upper half to the lower one, until one is left.
func (l *lanes) sum() float32 {
	for n := width / 2; n > 0; n /= 2 {
		for i := range n {
			l[i] += l[i+n]
		}
	}
	return l[0]
}

// largest is the largest lane, found in the same tree.
func (l *lanes) largest() float32 {
	for n := width / 2; n > 0; n /= 2 {
		for i := range n {
			l[i] = larger(l[i], l[i+n])
		}
	}
	return l[0]
}

// larger is the larger of two numbers, and b where one is NaN, as VMAXPS has it.
func larger(a, b float32) float32 {
	if a > b {
		return a
	}
	return b
}

// smaller is the smaller of two numbers, and b where one is NaN.
func smaller(a, b float32) float32 {
	if a < b {
		return a
	}
	return b
}

// wide are partial sums in float64.
type wide [width]float64

// sum adds as [lanes.sum] does.
func (w *wide) sum() float64 {
	for n := width / 2; n > 0; n /= 2 {
		for i := range n {
			w[i] += w[i+n]
		}
	}
	return w[0]
}
