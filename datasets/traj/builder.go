package traj

import (
	"fmt"
	"math"
	"unsafe"

	"trailblazer/api/env"
)

// Builder makes an episode from what an environment shows: Start, then Step
// after every step, then Finish. It copies all that it is given. A builder that
// is not started may be copied, to make episodes at the same time.
type Builder struct {
	schema *Schema
	spec   *env.Spec

	steps, initial *Frame
	// before is how many steps the last episode had: a guess at the next.
	before int
	// The sources of fields, by their places in the schema.
	observation, mask, action, info []place
	expert                          []place
	policy, explored, reward        int
	terminated, truncated, step     int
	returnToGo, episode             int
	value, advantage                int
}

// place says which array of a batch a field is filled from.
type place struct{ field, leaf int }

// Label is what an expert says of a state.
type Label struct {
	// Action holds the expert's action in its given row.
	Action env.Arrays
	Row    int
	// Value and Advantage are written where the schema has these fields.
	Value     float64
	Advantage []float64
}

// Choice says how an action came about.
type Choice struct {
	// Policy is an index into the episode's Policies.
	Policy int
	// Explored says that exploration replaced the policy's choice.
	Explored bool
	// Label is nil where no expert was asked.
	Label *Label
}

// NewBuilder makes a builder for episodes of a spec. The schema must have been
// derived from one with the same spaces.
func NewBuilder(schema *Schema, spec *env.Spec) (*Builder, error) {
	b := &Builder{schema: schema, spec: spec}
	for _, group := range []struct {
		role   Role
		prefix string
		leaves []env.Leaf
		to     *[]place
	}{
		{RoleObservation, "observation", env.Leaves(spec.Observation), &b.observation},
		{RoleMask, "mask", env.Leaves(spec.Info), &b.mask},
		{RoleAction, "action", env.Leaves(spec.Action), &b.action},
		{RoleInfo, "info", env.Leaves(spec.Info), &b.info},
		{RoleExpert, "expert.action", env.Leaves(spec.Action), &b.expert},
	} {
		for _, at := range schema.Role(group.role) {
			field := &schema.Fields[at]
			if field.Name == FieldExpertValue || field.Name == FieldExpertAdvantage {
				continue
			}
			leaf := -1
			for i := range group.leaves {
				l := &group.leaves[i]
				if join(group.prefix, l.Path) == field.Name && l.DType == field.Leaf.DType && l.Ragged == field.Leaf.Ragged && l.RowBytes() == field.Leaf.RowBytes() {
					leaf = i
				}
			}
			if leaf < 0 {
				return nil, fmt.Errorf("%s shows no %v %q that the data set has: it was recorded with other spaces", spec.ID, field.Leaf.DType, field.Name)
			}
			*group.to = append(*group.to, place{at, leaf})
		}
	}
	for _, own := range []struct {
		name string
		at   *int
	}{
		{FieldEpisode, &b.episode}, {FieldStep, &b.step}, {FieldPolicy, &b.policy}, {FieldExplored, &b.explored},
		{FieldReward, &b.reward}, {FieldTerminated, &b.terminated}, {FieldTruncated, &b.truncated}, {FieldReturnToGo, &b.returnToGo},
		{FieldExpertValue, &b.value}, {FieldExpertAdvantage, &b.advantage},
	} {
		*own.at = schema.Field(own.name)
	}
	return b, nil
}

// mostGuessed bounds the steps that memory is set aside for.
const mostGuessed = 4096

// Start begins an episode with what a reset showed in the given row. A label
// for this state is given with the step that leaves it.
func (b *Builder) Start(shown *env.Batch, row int) {
	b.steps = b.schema.NewFrame()
	b.steps.grow(min(b.before, mostGuessed) + 1)
	b.initial = b.schema.NewFrame(b.schema.Role(RoleInfo)...)
	for i, p := range b.info {
		b.initial.Values[i].appendRow(shown.Info[p.leaf].Bytes(row), b.initial.Fields[i].Leaf.RowBytes())
	}
	b.initial.Rows = 1
	b.show(shown, row)
}

// Steps is the number of steps so far.
func (b *Builder) Steps() int { return b.steps.Rows }

// Bytes is how much memory the steps so far need.
func (b *Builder) Bytes() int {
	total := 0
	for i := range b.steps.Values {
		total += len(b.steps.Values[i].Data) + 8*len(b.steps.Values[i].Offsets)
	}
	return total
}

// show takes down what the next step starts from.
func (b *Builder) show(shown *env.Batch, row int) {
	b.take(b.observation, shown.Observation, row)
	b.take(b.mask, shown.Info, row)
}

func (b *Builder) take(places []place, from env.Arrays, row int) {
	for _, p := range places {
		b.steps.Values[p.field].appendRow(from[p.leaf].Bytes(row), b.schema.Fields[p.field].Leaf.RowBytes())
	}
}

// Step takes down an action (its given row), and what it brought (in its row
// of out).
func (b *Builder) Step(action env.Arrays, actionRow int, choice Choice, out *env.Batch, row int) {
	b.act(action, actionRow, choice)
	b.outcome(out.Reward[row], out.Terminated[row], out.Truncated[row])
	b.take(b.info, out.Info, row)
	b.show(out, row)
}

// StepFinal is Step where the state that it led to lies apart from reward and
// flags, as in a vector that resets in the same step.
func (b *Builder) StepFinal(action env.Arrays, actionRow int, choice Choice, out *env.Batch, row int, final *env.Final, finalRow int) {
	b.act(action, actionRow, choice)
	b.outcome(out.Reward[row], out.Terminated[row], out.Truncated[row])
	b.take(b.info, final.Info, finalRow)
	b.take(b.observation, final.Observation, finalRow)
	b.take(b.mask, final.Info, finalRow)
}

func (b *Builder) act(action env.Arrays, row int, choice Choice) {
	b.take(b.action, action, row)
	put(b.steps, b.step, int32(b.steps.Rows))
	put(b.steps, b.policy, int32(choice.Policy))
	put(b.steps, b.explored, choice.Explored)
	b.label(choice.Label)
}

// label writes the expert's fields: zeros and NaN where it was not asked.
func (b *Builder) label(l *Label) {
	for _, p := range b.expert {
		v, leaf := &b.steps.Values[p.field], &b.schema.Fields[p.field].Leaf
		switch {
		case l != nil:
			v.appendRow(l.Action[p.leaf].Bytes(l.Row), leaf.RowBytes())
		case leaf.Ragged:
			v.appendRow(nil, leaf.RowBytes())
		default:
			v.appendRow(make([]byte, leaf.RowBytes()), leaf.RowBytes())
		}
	}
	if b.value >= 0 {
		value := math.NaN()
		if l != nil {
			value = l.Value
		}
		put(b.steps, b.value, value)
	}
	if b.advantage >= 0 {
		for i := range b.schema.Fields[b.advantage].Leaf.Elements() {
			advantage := math.NaN()
			if l != nil && i < len(l.Advantage) {
				advantage = l.Advantage[i]
			}
			put(b.steps, b.advantage, advantage)
		}
	}
}

func (b *Builder) outcome(reward float64, terminated, truncated bool) {
	put(b.steps, b.reward, reward)
	put(b.steps, b.terminated, terminated)
	put(b.steps, b.truncated, truncated)
	b.steps.Rows++
}

// Finish ends the episode and returns it, for its header to be filled in: its
// steps and what the last showed. An episode without steps is nil.
func (b *Builder) Finish() *Episode {
	steps := b.steps
	b.steps = nil
	if steps == nil || steps.Rows == 0 {
		return nil
	}
	b.before = steps.Rows
	fields := append(b.schema.Role(RoleObservation), b.schema.Role(RoleMask)...)
	final := b.schema.NewFrame(fields...)
	for i, at := range fields {
		v, size := &steps.Values[at], b.schema.Fields[at].Leaf.RowBytes()
		if v.Offsets == nil {
			cut := steps.Rows * size
			final.Values[i].appendRow(v.Data[cut:], size)
			v.Data = v.Data[:cut]
			continue
		}
		cut := v.Offsets[steps.Rows] * int64(size)
		final.Values[i].appendRow(v.Data[cut:], size)
		v.Data, v.Offsets = v.Data[:cut], v.Offsets[:steps.Rows+1]
	}
	final.Rows = 1
	e := &Episode{Initial: b.initial, Steps: steps, Final: final}
	e.finish()
	return e
}

// finish computes what follows from the steps: return-to-go and the header's
// sums. The sum runs from the last step to the first, as a value is backed up.
func (e *Episode) finish() {
	rewards := Of[float64](e.Steps.Find(FieldReward))
	v := e.Steps.Find(FieldReturnToGo)
	v.Data = append(v.Data[:0], make([]byte, 8*len(rewards))...)
	toGo, sum := Of[float64](v), 0.0
	for i := len(rewards) - 1; i >= 0; i-- {
		sum += rewards[i]
		toGo[i] = sum
	}
	ids := e.Steps.Find(FieldEpisode)
	ids.Data = append(ids.Data[:0], make([]byte, 8*len(rewards))...)
	e.Header.Steps, e.Return = len(rewards), sum
	last := len(rewards) - 1
	e.Terminated = Of[bool](e.Steps.Find(FieldTerminated))[last]
	e.Truncated = Of[bool](e.Steps.Find(FieldTruncated))[last]
	e.Complete = e.Terminated || e.Truncated
}

// put appends one value to a field.
func put[T env.Element](f *Frame, field int, value T) {
	v := &f.Values[field]
	v.Data = append(v.Data, unsafe.Slice((*byte)(unsafe.Pointer(&value)), unsafe.Sizeof(value))...)
}
