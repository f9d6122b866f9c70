package decima

// layer is an affine map of rows.
type layer struct {
	in, out int
	// weight is in blocks of lanes outputs: weight[(o/lanes*in+i)*lanes+o%lanes]
	// joins input i with output o.
	weight []float32
	bias   []float32
}

// newLayer takes a range of the inputs of a matrix with a row of in weights for
// each output. The outputs must be whole lanes.
func newLayer(matrix []float32, in int, inputs [2]int, bias []float32) layer {
	l := layer{in: inputs[1] - inputs[0], out: len(matrix) / in, bias: bias}
	l.weight = make([]float32, l.in*l.out)
	for o := range l.out {
		for i := range l.in {
			l.weight[(o/lanes*l.in+i)*lanes+o%lanes] = matrix[o*in+inputs[0]+i]
		}
	}
	return l
}

// apply writes start + src·weight to dst, for rows of src. start is one row of
// outputs, such as the bias.
func (l *layer) apply(dst, src, start []float32, rows int) {
	dst, src = dst[:rows*l.out], src[:rows*l.in]
	for o := 0; o < l.out && rows > 0; o += lanes {
		multiply(dst[o:], src, l.weight[o*l.in:][:l.in*lanes], (*[lanes]float32)(start[o:]), rows, l.in, l.out)
	}
}

const (
	// tile is how many rows pass through a network at a time, so that what
	// lies between its layers stays in the nearest cache.
	tile = 16
	// widest is the widest layer.
	widest = 64
)

// mlp is three layers, with LeakyReLU after the first two.
type mlp [3]layer

// run maps rows of src to rows of dst.
func (m *mlp) run(dst, src []float32, rows int) {
	var first, second [tile * widest]float32
	for at := 0; at < rows; at += tile {
		n := min(tile, rows-at)
		m[0].apply(first[:], src[at*m[0].in:], m[0].bias, n)
		leakyReLU(first[:n*m[0].out])
		m[1].apply(second[:], first[:], m[1].bias, n)
		leakyReLU(second[:n*m[1].out])
		m[2].apply(dst[at*m[2].out:], second[:], m[2].bias, n)
	}
}

// head scores candidates. The inputs of its first layer are those that all
// candidates share, and those of each.
type head struct {
	shared, own, hidden layer
	out                 []float32
	bias                float32
}

// append appends the scores of candidates, one for each row of own.
func (h *head) append(dst, shared, own []float32, rows int) []float32 {
	var start [widest]float32
	h.shared.apply(start[:], shared, h.shared.bias, 1)
	var first, second [tile * widest]float32
	for at := 0; at < rows; at += tile {
		n := min(tile, rows-at)
		h.own.apply(first[:], own[at*h.own.in:], start[:], n)
		tanh(first[:n*h.own.out])
		h.hidden.apply(second[:], first[:], h.hidden.bias, n)
		tanh(second[:n*h.hidden.out])
		for r := range n {
			score := h.bias
			for i, x := range second[r*h.hidden.out:][:h.hidden.out] {
				score += float32(x * h.out[i])
			}
			dst = append(dst, score)
		}
	}
	return dst
}
