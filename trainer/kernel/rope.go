package kernel

import "math"

// ropeTable holds the turns of rotary position embeddings: of position p and
// pair j of a head of width d the cosine and sine of p·base^(−2j/d) (Su et al.,
// "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021).
type ropeTable struct {
	base     float32
	half     int
	cos, sin []float32 // positions × half
}

// reach makes the table hold the positions up to, not including, n.
func (r *ropeTable) reach(base float32, headWidth, n int) {
	if r.base != base || r.half != headWidth/2 {
		*r = ropeTable{base: base, half: headWidth / 2, cos: r.cos[:0], sin: r.sin[:0]}
	}
	for p := len(r.cos) / max(1, r.half); p < n; p++ {
		for j := range r.half {
			sin, cos := math.Sincos(float64(p) * math.Pow(float64(base), -2*float64(j)/float64(headWidth)))
			r.cos, r.sin = append(r.cos, float32(cos)), append(r.sin, float32(sin))
		}
	}
}

// turn rotates a head: dimension j with dimension j + half, as Llama pairs
// them. The sign is 1, or −1 to turn back.
func (r *ropeTable) turn(to, from []float32, position int32, sign float32) {
	low := int(position) * r.half
	for j := range r.half {
		cos, sin := r.cos[low+j], sign*r.sin[low+j]
		a, b := from[j], from[j+r.half]
		to[j], to[j+r.half] = a*cos-b*sin, b*cos+a*sin
	}
}
