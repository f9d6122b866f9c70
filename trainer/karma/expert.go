package karma

import "trailblazer/api/env"

// expert labels with another's actions and a reader's values.
type expert struct {
	env.Expert
	reader *Reader
}

// NewExpert makes an expert whose actions and advantages are inner's, and whose
// values are what the reader estimates: those of Karma's extended expert
// trajectories.
func NewExpert(inner env.Expert, reader *Reader) env.Expert { return &expert{inner, reader} }

// Label implements [env.Expert].
func (e *expert) Label(in *env.Batch, row int, action env.Arrays) (value float64, advantage []float64, err error) {
	if _, advantage, err = e.Expert.Label(in, row, action); err != nil {
		return 0, nil, err
	}
	value, err = e.reader.Estimate(in, row)
	return value, advantage, err
}
