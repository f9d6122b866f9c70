package feature

import (
	"fmt"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/model"
)

// Adapter is a Config bound to a spec. It is not safe for concurrent use.
type Adapter struct {
	config   Config
	spec     *env.Spec
	observer observer
	actor    actor
	shape    Shape
}

// observer appends what an environment shows to a model's steps.
type observer interface {
	// leaves are the places of those that are read among the observation's.
	leaves() []int
	observe(in *env.Batch, row int, to *model.Steps) error
}

// actor translates actions.
type actor interface {
	// append appends an action that was taken, or that an expert would take,
	// in the state that a row shows.
	append(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) error
	// imitated is append for an action that a model is to learn: the nearest
	// that it could choose. weight is its share of the loss.
	imitated(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) (weight float32, err error)
	// write writes what a model decided.
	write(in *env.Batch, row int, d *model.Decision, action env.Arrays, actionRow int) error
}

// Shape is how many numbers of which kind a model gets of a step, and what it
// chooses among.
type Shape struct {
	// Groups are the rows of a vector, in order: the columns of each differ
	// only in the index at the end of their name. Empty for a cluster.
	Groups []Group
	// Nodes, Jobs and Global are the inputs by stage, by job and of the whole.
	Nodes, Jobs, Global int
	// Choices is the number of discrete choices, 0 where the action is none.
	Choices int
	// Executors is the size of the cluster, 0 where there is none.
	Executors int
}

// Group is some neighbouring inputs of a vector.
type Group struct {
	Name   string
	Inputs int
}

// Inputs is the length of a vector.
func (s *Shape) Inputs() int {
	n := 0
	for _, g := range s.Groups {
		n += g.Inputs
	}
	return n
}

// New binds a config to a spec. The error is a *env.FieldError that names what
// the environment does not show, or does not let one do.
func New(c *Config, spec *env.Spec) (*Adapter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if spec.ID != c.Environment {
		return nil, jsonconfig.Refuse("features.environment", jsonconfig.Quote(c.Environment), "play or read that: this is "+spec.ID)
	}
	a := &Adapter{config: *c, spec: spec}
	err := a.bindObserver()
	if err == nil {
		err = a.bindActor()
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Adapter) bindObserver() error {
	c := &a.config
	if len(c.Vector) > 0 {
		v, err := newVector(c, a.spec)
		if err != nil {
			return err
		}
		a.observer, a.shape.Groups = v, groups(c.Vector)
		return nil
	}
	g, err := newGraph(c, a.spec)
	if err != nil {
		return err
	}
	a.observer = g
	a.shape.Nodes, a.shape.Jobs, a.shape.Global = len(c.Nodes), len(c.Jobs), len(c.Global)
	a.shape.Executors = g.reader.Executors()
	return nil
}

func (a *Adapter) bindActor() (err error) {
	switch space := a.spec.Action.(type) {
	case *env.Discrete:
		a.actor, a.shape.Choices = &choice{first: space.Start, count: space.N}, int(space.N)
	case *env.Box:
		a.actor, err = newValue(&a.config, a.spec)
	default:
		g, ok := a.observer.(*graph)
		if !ok {
			return jsonconfig.Refuse("features.environment", a.spec.ID, "use one whose action is a choice, a number, or a stage with executors")
		}
		a.actor, err = newStage(a.spec, g)
	}
	return err
}

// Config is what the adapter was made from. Do not change it.
func (a *Adapter) Config() *Config { return &a.config }

// Spec is what the adapter is bound to.
func (a *Adapter) Spec() *env.Spec { return a.spec }

// Shape says what a model gets.
func (a *Adapter) Shape() Shape { return a.shape }

// Observe appends the inputs of one step to steps: what an environment shows in
// a row of in, of which only the observation is read. Offsets, times, conditions
// and actions are the caller's.
func (a *Adapter) Observe(in *env.Batch, row int, to *model.Steps) error {
	return a.observer.observe(in, row, to)
}

// Taken appends the action of a row to those that were taken.
func (a *Adapter) Taken(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) error {
	return a.actor.append(in, row, action, actionRow, to)
}

// Imitated appends the action of a row to those to be learned, and returns its
// share of the loss. It is the nearest action that a model could choose where
// the space has others.
func (a *Adapter) Imitated(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) (weight float32, err error) {
	return a.actor.imitated(in, row, action, actionRow, to)
}

// Act writes what a model decided, in the state that a row of in shows, to a row
// of an action.
func (a *Adapter) Act(in *env.Batch, row int, d *model.Decision, action env.Arrays, actionRow int) error {
	return a.actor.write(in, row, d, action, actionRow)
}

// Start empties steps for the first step of the first sequence, and keeps their
// memory.
func Start(s *model.Steps) {
	g := &s.Graph
	for _, offsets := range []*[]int32{&s.Offsets, &g.JobOffsets, &g.StepJobs, &g.StageOffsets} {
		*offsets = append((*offsets)[:0], 0)
	}
	s.Times, s.Condition, s.Vector = s.Times[:0], s.Condition[:0], s.Vector[:0]
	g.Nodes, g.Jobs, g.Global = g.Nodes[:0], g.Jobs[:0], g.Global[:0]
	g.Parents, g.Children, g.Stages, g.Limits = g.Parents[:0], g.Children[:0], g.Stages[:0], g.Limits[:0]
	StartActions(&s.Actions)
}

// StartActions empties actions and keeps their memory.
func StartActions(a *model.Actions) {
	a.Choice, a.Executors, a.Value = a.Choice[:0], a.Executors[:0], a.Value[:0]
}

// refuseAction reports an action that a model chose.
func refuseAction(field string, value any, remedy string) error {
	return &env.FieldError{Field: "action" + field, Value: fmt.Sprint(value), Remedy: remedy}
}
