package karma

import (
	"math/rand/v2"

	"trailblazer/api/env"
	"trailblazer/trainer/kernel"
)

// Estimator knows what the rest of a video can bring. It does not change, and
// is safe for concurrent use.
type Estimator struct {
	config Config
	scales [inputs]scale
	params kernel.Set
	hidden layer
	out    layer
}

// scale shows an input x as (x-Mean)/Std.
type scale struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
}

func (s scale) of(x float64) float32 { return float32((x - s.Mean) / s.Std) }

type layer struct{ weight, bias *kernel.Param }

func newEstimator(c Config) *Estimator {
	e := &Estimator{config: c}
	e.hidden = layer{e.params.New("hidden.weight", c.Hidden, inputs), e.params.New("hidden.bias", c.Hidden)}
	e.out = layer{e.params.New("out.weight", 1, c.Hidden), e.params.New("out.bias", 1)}
	for i := range e.scales {
		e.scales[i].Std = 1
	}
	return e
}

// initialise draws the weights as He et al., "Delving Deep into Rectifiers"
// (2015), do for ReLU.
func (e *Estimator) initialise(r *rand.Rand) {
	const variance = 2
	e.hidden.weight.Normal(r, root(variance/float64(inputs)))
	e.out.weight.Normal(r, root(1/float64(e.config.Hidden)))
}

// forward computes outputs for rows of scaled inputs: rows × 4 → rows × 1.
func (e *Estimator) forward(t *kernel.Tape, rows []float32) *kernel.Var {
	x := t.Input(len(rows)/inputs, inputs, rows)
	h := t.Activate(t.Linear(x, e.hidden.weight, e.hidden.bias), "relu")
	return t.Linear(h, e.out.weight, e.out.bias)
}

// scaled appends the network's inputs.
func (e *Estimator) scaled(to []float32, seen *[inputs]float64) []float32 {
	for i, x := range seen {
		to = append(to, e.scales[i].of(x))
	}
	return to
}

// Config is what the estimator was made with, with its defaults filled in.
func (e *Estimator) Config() Config { return e.config }

// Reader estimates what environments of one spec show. It is not safe for
// concurrent use.
type Reader struct {
	estimator *Estimator
	view      *view
	tape      *kernel.Tape
	row       []float32
}

// Reader makes one for the environments of a spec, which must show the video
// player's matrix. The error is a *env.FieldError.
func (e *Estimator) Reader(spec *env.Spec, compute *kernel.Compute) (*Reader, error) {
	v, err := newView(spec, e.config.Samples, false)
	if err != nil {
		return nil, err
	}
	return &Reader{estimator: e, view: v, tape: kernel.NewTape(compute)}, nil
}

// Estimate is the sum of rewards that the remaining chunks can bring, as far as
// a row of in shows. Only its observation is read.
func (r *Reader) Estimate(in *env.Batch, row int) (float64, error) {
	seen, err := r.view.read(in, row)
	if err != nil {
		return 0, err
	}
	r.row = r.estimator.scaled(r.row[:0], &seen)
	r.tape.Begin(kernel.Eval, 0)
	out := r.estimator.forward(r.tape, r.row)
	return float64(out.Value[0]) / r.estimator.config.Scale, nil
}
