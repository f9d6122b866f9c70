package decima

import "trailblazer/internal/dense"

const (
	// tile is how many rows pass through a network at a time, so that what
	// lies between its layers stays in the nearest cache.
	tile = 16
	// widest is the widest layer.
	widest = 64
)

// mlp is three layers, with LeakyReLU after the first two.
type mlp [3]dense.Layer

// run maps rows of src to rows of dst.
func (m *mlp) run(dst, src []float32, rows int) {
	var first, second [tile * widest]float32
	for at := 0; at < rows; at += tile {
		n := min(tile, rows-at)
		m[0].Apply(first[:], src[at*m[0].In:], m[0].Bias, n)
		leakyReLU(first[:n*m[0].Out])
		m[1].Apply(second[:], first[:], m[1].Bias, n)
		leakyReLU(second[:n*m[1].Out])
		m[2].Apply(dst[at*m[2].Out:], second[:], m[2].Bias, n)
	}
}

// head scores candidates. The inputs of its first layer are those that all
// candidates share, and those of each.
type head struct {
	shared, own, hidden dense.Layer
	out                 []float32
	bias                float32
}

// append appends the scores of candidates, one for each row of own.
func (h *head) append(dst, shared, own []float32, rows int) []float32 {
	var start [widest]float32
	h.shared.Apply(start[:], shared, h.shared.Bias, 1)
	var first, second [tile * widest]float32
	for at := 0; at < rows; at += tile {
		n := min(tile, rows-at)
		h.own.Apply(first[:], own[at*h.own.In:], start[:], n)
		tanh(first[:n*h.own.Out])
		h.hidden.Apply(second[:], first[:], h.hidden.Bias, n)
		tanh(second[:n*h.hidden.Out])
		for r := range n {
			score := h.bias
			for i, x := range second[r*h.hidden.Out:][:h.hidden.Out] {
				score += float32(x * h.out[i])
			}
			dst = append(dst, score)
		}
	}
	return dst
}
