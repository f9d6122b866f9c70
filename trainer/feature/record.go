package feature

import (
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/model"
)

// Recorded shows rows of a frame as a live environment would have shown them,
// with what was done and what an expert would have done there.
type Recorded struct {
	// Batch has the observations that the adapter reads, and nothing else.
	Batch *env.Batch
	// Action and Expert are the actions; Expert is nil where it was not asked
	// for.
	Action, Expert env.Arrays
	// Step counts each row within its episode.
	Step []int32
	// Explored says that exploration replaced what a policy chose.
	Explored []bool
	// Condition is the sum of rewards that the adapter's condition is about;
	// nil where there is none.
	Condition []float64
	// Advantage is the expert's, rows × choices; nil where it was not asked for.
	Advantage []float64
	// Choices is the length of one row of Advantage.
	Choices int

	sources []source
	numbers numbers
}

// source joins a field of frames with an array.
type source struct {
	name string
	to   *env.Array
}

// numbers are the places of fields in frames; -1 for none.
type numbers struct{ step, explored, condition, advantage string }

// Record prepares to show what a data set with this schema, whose spec the
// adapter is bound to, has recorded, for a model to learn by an objective
// (model.ObjectiveAction and so on). The error is a *env.FieldError that says
// what is missing in it.
func (a *Adapter) Record(schema *traj.Schema, objective string) (*Recorded, error) {
	r := &Recorded{Batch: new(env.Batch), numbers: numbers{step: traj.FieldStep, explored: traj.FieldExplored}, Choices: a.shape.Choices}
	observation := env.Leaves(a.spec.Observation)
	r.Batch.Observation = make(env.Arrays, len(observation))
	for i := range observation {
		r.Batch.Observation[i].Leaf = &observation[i]
	}
	fields := fieldsOf(schema, traj.RoleObservation)
	if len(fields) != len(observation) {
		return nil, fmt.Errorf("feature: a schema with %d arrays of observations is none of %s", len(fields), a.spec.ID)
	}
	for _, leaf := range a.observer.leaves() {
		r.sources = append(r.sources, source{fields[leaf], &r.Batch.Observation[leaf]})
	}
	r.Action = r.bind(a.spec, fieldsOf(schema, traj.RoleAction))
	switch objective {
	case model.ObjectiveAction:
	case model.ObjectiveExpert:
		names := slices.DeleteFunc(fieldsOf(schema, traj.RoleExpert), func(name string) bool {
			return name == traj.FieldExpertValue || name == traj.FieldExpertAdvantage
		})
		if len(names) == 0 {
			return nil, unlabelled(objective, "collect it again with --expert NAME")
		}
		r.Expert = r.bind(a.spec, names)
	case model.ObjectiveAdvantage, model.ObjectiveSoft:
		if schema.Field(traj.FieldExpertAdvantage) < 0 {
			return nil, unlabelled(objective, "collect it again with an expert that knows them, such as --expert offline-table of ABR")
		}
		r.numbers.advantage = traj.FieldExpertAdvantage
	default:
		return nil, jsonconfig.Refuse("objective.kind", jsonconfig.Quote(objective), `give "action", "expert", "advantage" or "soft"`)
	}
	if c := &a.config.Condition; c.On() {
		if r.numbers.condition = c.Field(); schema.Field(r.numbers.condition) < 0 {
			return nil, jsonconfig.Refuse("condition.kind", jsonconfig.Quote(c.Kind)+", and the data set has no field "+r.numbers.condition,
				"collect it again with an expert that knows values, or choose another kind")
		}
	}
	return r, nil
}

func unlabelled(objective, remedy string) error {
	return jsonconfig.Refuse("objective.kind", jsonconfig.Quote(objective)+", and the data set has no such labels", remedy+`, or give "action"`)
}

// fieldsOf names the fields of a role in the order of the space's leaves.
func fieldsOf(schema *traj.Schema, role traj.Role) []string {
	var names []string
	for _, at := range schema.Role(role) {
		names = append(names, schema.Fields[at].Name)
	}
	return names
}

// bind makes arrays for actions that fields have.
func (r *Recorded) bind(spec *env.Spec, fields []string) env.Arrays {
	leaves := env.Leaves(spec.Action)
	arrays := make(env.Arrays, len(leaves))
	for i := range leaves {
		arrays[i].Leaf = &leaves[i]
		r.sources = append(r.sources, source{fields[i], &arrays[i]})
	}
	return arrays
}

// Fields names the fields that are read.
func (r *Recorded) Fields() []string {
	names := []string{r.numbers.step, r.numbers.explored}
	for _, s := range r.sources {
		names = append(names, s.name)
	}
	for _, name := range []string{r.numbers.condition, r.numbers.advantage} {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Show points at the rows of a frame, which has at least the fields that are
// read. They stay shown until the frame changes.
func (r *Recorded) Show(f *traj.Frame) error {
	for _, s := range r.sources {
		values := f.Find(s.name)
		if values == nil {
			return fmt.Errorf("feature: the field %s was not read", s.name)
		}
		s.to.Data = values.Data
		if !s.to.Leaf.Ragged {
			continue
		}
		size := int64(s.to.Leaf.RowBytes())
		s.to.Data, s.to.Rows = nil, s.to.Rows[:0]
		for i := range f.Rows {
			low, high := values.Offsets[i]*size, values.Offsets[i+1]*size
			s.to.Rows = append(s.to.Rows, values.Data[low:high:high])
		}
	}
	step, explored := f.Find(r.numbers.step), f.Find(r.numbers.explored)
	if step == nil || explored == nil {
		return fmt.Errorf("feature: the fields %s and %s were not read", r.numbers.step, r.numbers.explored)
	}
	r.Step, r.Explored = traj.Of[int32](step), traj.Of[bool](explored)
	for _, one := range []struct {
		name string
		to   *[]float64
	}{{r.numbers.condition, &r.Condition}, {r.numbers.advantage, &r.Advantage}} {
		if one.name == "" {
			continue
		}
		values := f.Find(one.name)
		if values == nil {
			return fmt.Errorf("feature: the field %s was not read", one.name)
		}
		*one.to = traj.Of[float64](values)
	}
	return nil
}
