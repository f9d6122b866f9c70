package vivace

// The parameters of the ascent, section 4.2 of the paper.
const (
	// tried is how far up and down a rate is tried, ε.
	tried = 0.05
	// conversion turns a gradient of utility into a step in Mbps, θ0.
	conversion = 1.0
	// A step may change the rate by firstBound of it, ω0, and by moreBound
	// more, δ, each time that this has not been enough, up to mostBound.
	firstBound = 0.05
	moreBound  = 0.1
	mostBound  = 0.5
)

// ascent turns gradients into steps.
type ascent struct {
	up bool
	// same counts the steps in this direction, bounded those of them that the
	// bound has cut.
	same, bounded int
}

// step returns by which factor the rate changes, for a gradient of utility at
// a rate.
func (a *ascent) step(gradient, mbps float64) float64 {
	if up := gradient > 0; up != a.up || a.same == 0 {
		*a = ascent{up: up}
	}
	a.same++
	size := conversion * a.confidence() * max(gradient, -gradient)
	bound := min(firstBound+float64(float64(a.bounded)*moreBound), mostBound)
	if size > bound*mbps {
		size = bound * mbps
		a.bounded++
	} else {
		a.bounded = 0
	}
	if !a.up {
		size = -size
	}
	return 1 + size/mbps
}

// confidence is m(τ), which grows with the steps in the same direction.
func (a *ascent) confidence() float64 {
	if a.same <= 3 {
		return float64(a.same)
	}
	return float64(2*a.same - 3)
}
