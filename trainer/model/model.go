package model

import (
	"trailblazer/trainer/kernel"
)

// Model is a network with its weights. It may decide on many tapes at once;
// one at a time may learn.
type Model struct {
	config   Config
	compute  *kernel.Compute
	params   *kernel.Set
	backbone backbone
	tasks    []task
}

// New makes a model with fresh weights. A param's are drawn from the seed and
// its name, so that they don't depend on which other tasks there are. Errors
// are *env.FieldError.
func New(c Config, compute *kernel.Compute, seed uint64) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := &Model{config: c, compute: compute, params: new(kernel.Set)}
	b := builder{set: m.params, seed: seed}
	m.backbone = newBackbone(b, &m.config.Backbone)
	m.tasks = make([]task, len(c.Tasks))
	for i := range m.tasks {
		m.tasks[i] = newTask(b, &m.config.Tasks[i], c.Backbone.Width)
	}
	return m, nil
}

// Config is what the model is made of; it must not be changed.
func (m *Model) Config() Config { return m.config }

// Params are the model's weights. Their names are those that the parts of the
// model document, and stay as they are.
func (m *Model) Params() *kernel.Set { return m.params }

// LogStd is the logarithm of the standard deviation of the values that a task
// tries out, by its place in Config.Tasks; nil where its Head.Std is 0.
func (m *Model) LogStd(task int) *kernel.Param { return m.tasks[task].logStd }

// Compute is where the model's arithmetic is done.
func (m *Model) Compute() *kernel.Compute { return m.compute }
