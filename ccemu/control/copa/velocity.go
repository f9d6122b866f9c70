package copa

// velocity is how fast the window moves, and where to.
type velocity struct {
	value float64
	up    bool
	// same counts the rounds of this direction; window is that of the round's
	// beginning.
	same   int
	window float64
}

// steady is how many rounds the direction must stay before v doubles.
const steady = 3

// turn ends a round: it compares the window with that of a round ago.
func (v *velocity) turn(window, delta float64) {
	up := window > v.window
	switch {
	case v.same > 0 && up == v.up:
		v.same++
		if v.same >= steady {
			v.value *= 2
		}
	default:
		v.up, v.same, v.value = up, 1, 1
	}
	v.window = window
	// A round's acknowledgments move the window by v/δ packets; more than the
	// window itself would be too much.
	v.value = max(min(v.value, delta*window/4), 1)
}

// follow slows down at once when an acknowledgment points the other way.
func (v *velocity) follow(up bool) {
	if up != v.up && v.value > 1 {
		v.value, v.same = 1, 0
	}
}
