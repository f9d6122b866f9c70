package kernel

// Param is a learned array.
type Param struct {
	// Name is unique in its Set, as in published checkpoints
	// ("backbone.layers.0.attention.out.weight").
	Name  string
	Shape []int
	// Value and Grad are row-major. Grad is added to by Tape.Backward.
	Value, Grad []float32
	// Frozen params get no gradient and are not optimized.
	Frozen bool
	// NoDecay spares a param the weight decay: biases, norms and embeddings.
	NoDecay bool
}

// Set is all params of a model, in the order in which they were added.
type Set struct {
	params []*Param
	byName map[string]*Param
}
