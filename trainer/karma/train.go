package karma

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/kernel"
)

// Report says how well an estimator has learned, in units of reward.
type Report struct {
	// Trained and HeldOut count steps.
	Trained int `json:"trained_steps"`
	HeldOut int `json:"held_out_steps"`
	// Error is the root of the mean square error on the steps held out, and
	// Deviation the standard deviation of their labels: what the best constant
	// would err by.
	Error     float64 `json:"error"`
	Deviation float64 `json:"deviation"`
	// Explained is the part of the labels' variance that is: 1 - (Error/Deviation)².
	Explained float64 `json:"explained"`
}

// Progress says how far training is, with the mean loss since the last time.
type Progress struct {
	Step, Steps int
	Loss        float64
}

// progressSteps is how often there is Progress.
const progressSteps = 100

// Train makes an estimator from examples: the same ones with the same config
// and backend give the same bits. The error is a *env.FieldError, or that of ctx.
func Train(ctx context.Context, examples *Examples, c Config, compute *kernel.Compute, progress func(Progress)) (*Estimator, *Report, error) {
	if err := c.Validate(); err != nil {
		return nil, nil, err
	}
	c = c.WithDefaults()
	if c.Samples != examples.samples {
		return nil, nil, jsonconfig.Refuse("estimator.samples", fmt.Sprint(c.Samples), fmt.Sprintf("give %d, for which the examples were read", examples.samples))
	}
	train, held := examples.split(c.Seed, c.HeldOut)
	if len(train) == 0 || len(held) == 0 {
		return nil, nil, jsonconfig.Refuse("data", fmt.Sprintf("%d labelled steps, of which %d are held out", len(train)+len(held), len(held)),
			"collect more: those on some traces are held out (collect --scenario abr/stationary --expert offline-table)")
	}
	e := newEstimator(c)
	e.measure(examples, train)
	random := rand.New(rand.NewPCG(splitmix.Mix(c.Seed, 0), splitmix.Mix(c.Seed, 1)))
	e.initialise(random)
	t := newTrainer(e, examples, compute)
	for step := 1; step <= c.Steps; step++ {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if err := t.step(random, train, step); err != nil {
			return nil, nil, err
		}
		if step%progressSteps == 0 || step == c.Steps {
			progress(t.progress(step))
		}
	}
	report, err := t.report(held)
	if err != nil {
		return nil, nil, err
	}
	report.Trained = len(train)
	return e, report, nil
}

// measure takes the inputs' scales from the examples that are trained on.
func (e *Estimator) measure(examples *Examples, train []int) {
	n := float64(len(train))
	for k := range e.scales {
		mean, square := 0.0, 0.0
		for _, i := range train {
			mean += examples.rows[i][k] / n
		}
		for _, i := range train {
			d := examples.rows[i][k] - mean
			square += d * d / n
		}
		e.scales[k] = scale{mean, math.Sqrt(square)}
		if e.scales[k].Std < 1e-9 {
			e.scales[k].Std = 1 // all alike
		}
	}
}

// trainer holds what the steps share.
type trainer struct {
	estimator *Estimator
	examples  *Examples
	tape      *kernel.Tape
	optimizer *kernel.Optimizer
	schedule  kernel.Schedule
	rows      []float32
	labels    []float32
	loss      float64
	losses    int
}

func newTrainer(e *Estimator, examples *Examples, compute *kernel.Compute) *trainer {
	return &trainer{
		estimator: e, examples: examples, tape: kernel.NewTape(compute),
		optimizer: kernel.NewOptimizer(&e.params, kernel.AdamW{}, compute),
		schedule:  kernel.Schedule{Kind: "cosine", Rate: float32(e.config.Rate), Steps: e.config.Steps},
	}
}

// gather takes examples into rows and labels.
func (t *trainer) gather(n int, at func(i int) int) {
	t.rows, t.labels = t.rows[:0], t.labels[:0]
	for i := range n {
		k := at(i)
		t.rows = t.estimator.scaled(t.rows, &t.examples.rows[k])
		t.labels = append(t.labels, float32(t.examples.labels[k]*t.estimator.config.Scale))
	}
}

func (t *trainer) step(random *rand.Rand, train []int, step int) error {
	t.gather(t.estimator.config.Batch, func(int) int { return train[random.IntN(len(train))] })
	t.tape.Begin(kernel.Train, 0)
	t.estimator.params.ZeroGrad()
	loss := t.tape.SquaredError(t.estimator.forward(t.tape, t.rows), t.labels, nil)
	t.tape.Backward(loss)
	if err := t.tape.Err(); err != nil {
		return err
	}
	if _, err := kernel.ClipNorm(&t.estimator.params, 1); err != nil {
		return err
	}
	t.optimizer.Step(t.schedule.At(step))
	t.loss += float64(loss.Value[0])
	t.losses++
	return nil
}

func (t *trainer) progress(step int) Progress {
	p := Progress{Step: step, Steps: t.estimator.config.Steps, Loss: t.loss / float64(t.losses)}
	t.loss, t.losses = 0, 0
	return p
}

// report measures on examples held out.
func (t *trainer) report(held []int) (*Report, error) {
	t.gather(len(held), func(i int) int { return held[i] })
	t.tape.Begin(kernel.Eval, 0)
	out := t.estimator.forward(t.tape, t.rows)
	if err := t.tape.Err(); err != nil {
		return nil, err
	}
	n, scale := float64(len(held)), t.estimator.config.Scale
	mean, square, missed := 0.0, 0.0, 0.0
	for _, i := range held {
		mean += t.examples.labels[i] / n
	}
	for k, i := range held {
		label := t.examples.labels[i]
		square += (label - mean) * (label - mean) / n
		d := float64(out.Value[k])/scale - label
		missed += d * d / n
	}
	r := &Report{HeldOut: len(held), Error: math.Sqrt(missed), Deviation: math.Sqrt(square)}
	if square > 0 {
		r.Explained = 1 - missed/square
	}
	return r, nil
}

func root(x float64) float32 { return float32(math.Sqrt(x)) }
