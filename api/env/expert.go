package env

// Expert says what would have been best in an agent's place: it labels the
// states that an agent comes through. Like a Policy, each environment needs one
// of its own; several may share what they compute.
type Expert interface {
	// Reset forgets the episode before and seeds the expert's own randomness.
	Reset(seed uint64)
	// Label reads what the environment shows in the given row of in, and
	// writes the best action to the same row of action.
	//
	// value is the most that the rest of the episode can bring from there, and
	// advantage has, for every choice of a single discrete action, the value of
	// choosing it and going on with the best, minus value: at most 0. An
	// expert that does not know them returns NaN and nil. advantage is valid
	// until the next call.
	Label(in *Batch, row int, action Arrays) (value float64, advantage []float64, err error)
}

// Weigher is an Expert that knows how much its labels matter, or a Policy that
// knows it of its actions: where it makes little difference what is done, a
// student had better learn something else.
type Weigher interface {
	// Weight is how much the last label, or action, counts beside others: 1
	// for an ordinary one, never negative.
	Weight() float64
}
