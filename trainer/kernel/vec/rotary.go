package vec

import "math"

// Rotary turns the heads of queries and keys by their positions (Su et al.,
// "RoFormer", 2021), in the form of GPT-NeoX and Llama: number i of the first
// half of a head and number i of the second are a point in a plane, turned by
// position·base^(−2i/width). It is immutable and safe for concurrent use.
type Rotary struct {
	half     int
	cos, sin []float32 // positions×half
	back     []float32 // −sin
}

// NewRotary makes the table for heads of an even width and positions from 0 to
// below some number. base is 10000 in the paper.
func NewRotary(width, positions int, base float64) *Rotary {
	r := &Rotary{half: width / 2}
	n := positions * r.half
	r.cos, r.sin, r.back = make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range r.half {
		speed := math.Pow(base, -2*float64(i)/float64(width))
		for position := range positions {
			sin, cos := math.Sincos(float64(position) * speed)
			at := position*r.half + i
			r.cos[at], r.sin[at], r.back[at] = float32(cos), float32(sin), float32(-sin)
		}
	}
	return r
}

// Positions is how many positions the table has.
func (r *Rotary) Positions() int { return len(r.cos) / r.half }

// Apply turns the heads of x, whole heads one after another, by a position.
func (r *Rotary) Apply(x []float32, position int) { r.turn(x, position, r.sin) }

// Undo turns heads back: the inverse of Apply, and so its backward.
func (r *Rotary) Undo(x []float32, position int) { r.turn(x, position, r.back) }

func (r *Rotary) turn(x []float32, position int, sin []float32) {
	at := position * r.half
	sin, cos := sin[at:][:r.half], r.cos[at:][:r.half]
	for ; len(x) > 0; x = x[2*r.half:] {
		rotate(best, x[:r.half], x[r.half:][:r.half], cos, sin)
	}
}

// rotatePlain turns the points (a, b).
func rotatePlain(a, b, cos, sin []float32) {
	for i := range a {
		x, y := a[i], b[i]
		a[i] = float32(x*cos[i]) - float32(y*sin[i])
		b[i] = float32(y*cos[i]) + float32(x*sin[i])
	}
}
