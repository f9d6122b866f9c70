package dense

// Lanes is how many outputs of a layer are computed at a time.
const Lanes = 16

// Layer is an affine map of rows. It is immutable and safe for concurrent use.
type Layer struct {
	// In and Out are the widths of rows; Out is a multiple of [Lanes].
	In, Out int
	// Bias has Out numbers; nil where the layer always gets another start.
	Bias []float32

	// weight is in blocks of Lanes outputs: weight[(o/Lanes*In+i)*Lanes+o%Lanes]
	// joins input i with output o.
	weight []float32
}

// NewLayer takes a range of the inputs, from the first to before the second, of
// a matrix with a row of in weights for each output. The outputs must be whole
// lanes.
func NewLayer(matrix []float32, in int, inputs [2]int, bias []float32) Layer {
	l := Layer{In: inputs[1] - inputs[0], Out: len(matrix) / in, Bias: bias}
	l.weight = make([]float32, l.In*l.Out)
	for o := range l.Out {
		for i := range l.In {
			l.weight[(o/Lanes*l.In+i)*Lanes+o%Lanes] = matrix[o*in+inputs[0]+i]
		}
	}
	return l
}

// Apply writes start + src·weight to dst, for rows of src. start is one row of
// outputs, such as the bias.
func (l *Layer) Apply(dst, src, start []float32, rows int) {
	dst, src = dst[:rows*l.Out], src[:rows*l.In]
	for o := 0; o < l.Out && rows > 0; o += Lanes {
		multiply(dst[o:], src, l.weight[o*l.In:][:l.In*Lanes], (*[Lanes]float32)(start[o:]), rows, l.In, l.Out)
	}
}

// Parameters is the number of weights and biases.
func (l *Layer) Parameters() int { return len(l.weight) + len(l.Bias) }
