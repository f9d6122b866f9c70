package feature

import (
	"math"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/model"
)

// Fitter measures the scales of a config in data: mean and deviation of every
// input, of a real action, and of the condition. What it is shown decides them,
// in its order, and nothing else; where it is shown no action, the config's
// scale of actions stays.
type Fitter struct {
	config  Config
	given   Value // the scale of actions before anything was measured
	adapter *Adapter

	vector, nodes, jobs, global *tally
	value, condition            moments
	steps                       model.Steps
	learned                     model.Actions
	rows                        int
}

// NewFitter begins to measure for a config, whose means and deviations of inputs
// do not matter. The spec is that of the data.
func NewFitter(c *Config, spec *env.Spec) (*Fitter, error) {
	f := &Fitter{config: *c, given: c.Value}
	f.config.Vector, f.config.Nodes = unmeasured(c.Vector), unmeasured(c.Nodes)
	f.config.Jobs, f.config.Global = unmeasured(c.Jobs), unmeasured(c.Global)
	f.config.Value.Mean, f.config.Value.Std = 0, 0
	f.config.Condition.Mean, f.config.Condition.Std = 0, 0
	plain := f.config
	plain.Clip = 0
	var err error
	if f.adapter, err = New(&plain, spec); err != nil {
		return nil, err
	}
	f.vector, f.nodes = newTally(f.config.Vector), newTally(f.config.Nodes)
	f.jobs, f.global = newTally(f.config.Jobs), newTally(f.config.Global)
	return f, nil
}

func unmeasured(numbers []Number) []Number {
	list := slices.Clone(numbers)
	for i := range list {
		list[i].Mean, list[i].Std = 0, 0
	}
	return list
}

// Bind makes another data set's spec the one that Add reads by.
func (f *Fitter) Bind(spec *env.Spec) error {
	bound, err := New(&f.adapter.config, spec)
	if err == nil {
		f.adapter = bound
	}
	return err
}

// Adapter is what prepares the recorded steps that Add takes.
func (f *Fitter) Adapter() *Adapter { return f.adapter }

// Add measures the rows of what is shown that are to be learned from.
func (f *Fitter) Add(r *Recorded, low, high int) error {
	for row := low; row < high; row++ {
		if err := f.AddShown(r.Batch, row); err != nil {
			return err
		}
		StartActions(&f.learned)
		action := r.Action
		if r.Expert != nil {
			action = r.Expert
		}
		if _, err := f.adapter.Imitated(r.Batch, row, action, row, &f.learned); err != nil {
			return err
		}
		for _, x := range f.learned.Value {
			f.value.add(float64(x))
		}
		if r.Condition != nil && finite(r.Condition[row]) {
			f.condition.add(r.Condition[row])
		}
	}
	return nil
}

// AddShown measures what an environment that is being played shows in a row of
// in, of which only the observation is read.
func (f *Fitter) AddShown(in *env.Batch, row int) error {
	Start(&f.steps)
	if err := f.adapter.Observe(in, row, &f.steps); err != nil {
		return err
	}
	f.vector.add(f.steps.Vector)
	f.nodes.add(f.steps.Graph.Nodes)
	f.jobs.add(f.steps.Graph.Jobs)
	f.global.add(f.steps.Graph.Global)
	f.rows++
	return nil
}

// Config is the config with the scales of all that was added. The target of
// episodes that are played is the given quantile, from 0 to 1, of what the
// condition is at the starts of episodes.
func (f *Fitter) Config(starts []float64, quantile float64) (*Config, error) {
	if f.rows == 0 {
		return nil, jsonconfig.Refuse("data", "without a step", "give data sets with episodes")
	}
	c := f.config
	c.Vector, c.Nodes = f.vector.measured(c.Vector), f.nodes.measured(c.Nodes)
	c.Jobs, c.Global = f.jobs.measured(c.Jobs), f.global.measured(c.Global)
	c.Value = f.given
	if f.value.n > 0 {
		c.Value.Mean, c.Value.Std = f.value.mean, f.value.std()
	}
	if c.Condition.On() {
		if f.condition.n == 0 {
			return nil, jsonconfig.Refuse("condition.kind", jsonconfig.Quote(c.Condition.Kind)+", of which the data has no finite one", "choose another kind, or another expert")
		}
		c.Condition.Mean, c.Condition.Std = f.condition.mean, f.condition.std()
		if sorted := slices.Sorted(slices.Values(starts)); len(sorted) > 0 {
			c.Condition.Target = sorted[int(math.Round(min(max(quantile, 0), 1)*float64(len(sorted)-1)))]
		}
	}
	return &c, c.Validate()
}

// tally measures rows of inputs; those of one group together.
type tally struct {
	group   []int // of each input
	moments []moments
}

func newTally(numbers []Number) *tally {
	t := &tally{}
	for i, n := range numbers {
		at := slices.IndexFunc(numbers[:i], func(o Number) bool { return groupOf(o.Name) == groupOf(n.Name) && o.Log == n.Log })
		if at >= 0 {
			t.group = append(t.group, t.group[at])
			continue
		}
		t.group = append(t.group, len(t.moments))
		t.moments = append(t.moments, moments{})
	}
	return t
}

func (t *tally) add(rows []float32) {
	for n := len(t.group); len(rows) >= n && n > 0; rows = rows[n:] {
		for i, at := range t.group {
			t.moments[at].add(float64(rows[i]))
		}
	}
}

func (t *tally) measured(numbers []Number) []Number {
	for i, at := range t.group {
		numbers[i].Mean, numbers[i].Std = t.moments[at].mean, t.moments[at].std()
	}
	return numbers
}

// moments are mean and variance of numbers, by Welford's method.
type moments struct {
	n        int
	mean, m2 float64
}

func (m *moments) add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / float64(m.n)
	m.m2 += float64(d * (x - m.mean))
}

// std is the deviation; 0, which stands for 1, of numbers that are all alike
// but for rounding.
func (m *moments) std() float64 {
	if m.n == 0 {
		return 0
	}
	std := math.Sqrt(m.m2 / float64(m.n))
	if std <= 1e-6*math.Abs(m.mean) || std < 1e-9 {
		return 0
	}
	return std
}
