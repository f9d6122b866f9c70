package karma

import (
	"fmt"

	"trailblazer/api/env"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// inputs is how many numbers the network sees: mean and variance of the
// throughput, buffer, remaining part.
const inputs = 4

// environment is what an estimator knows.
const environment = "trailblazer/ABR-v0"

// Units of the video player's matrix.
const (
	mbpsPerMBps = 8
	secondsUnit = 10 // of the buffer
)

// view reads the inputs of what environments of a spec show, or have recorded.
type view struct {
	adapter *feature.Adapter
	samples int
	steps   model.Steps
}

// newView reads plain observations, and the values of experts where it is to
// learn from them.
func newView(spec *env.Spec, samples int, learn bool) (*view, error) {
	c := feature.Config{Environment: environment}
	for i := range samples {
		c.Vector = append(c.Vector, feature.Number{Name: fmt.Sprintf("throughput[%d]", i-samples)})
	}
	c.Vector = append(c.Vector, feature.Number{Name: "buffer[-1]"}, feature.Number{Name: "chunks_remaining[-1]"})
	if learn {
		c.Condition.Kind = model.ConditionValue
	}
	adapter, err := feature.New(&c, spec)
	if err != nil {
		return nil, fmt.Errorf("karma: an estimator reads the video player's matrix: %w", err)
	}
	return &view{adapter: adapter, samples: samples}, nil
}

// read returns the inputs of a row in the units of the package comment.
func (v *view) read(in *env.Batch, row int) ([inputs]float64, error) {
	feature.Start(&v.steps)
	if err := v.adapter.Observe(in, row, &v.steps); err != nil {
		return [inputs]float64{}, err
	}
	seen := v.steps.Vector
	mean, variance := moments(seen[:v.samples])
	return [inputs]float64{mean, variance, float64(seen[v.samples]) * secondsUnit, float64(seen[v.samples+1])}, nil
}

// moments are the mean and the variance of throughputs in Mbit/s; those that
// are 0 stand for chunks that were not downloaded yet.
func moments(mbytes []float32) (mean, variance float64) {
	n := 0.0
	for _, x := range mbytes {
		if x > 0 {
			n++
			mean += float64(x) * mbpsPerMBps
		}
	}
	if n == 0 {
		return 0, 0
	}
	mean /= n
	for _, x := range mbytes {
		if x > 0 {
			d := float64(x)*mbpsPerMBps - mean
			variance += d * d / n
		}
	}
	return mean, variance
}
