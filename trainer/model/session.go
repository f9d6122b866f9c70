package model

import (
	"slices"
	"strconv"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/kernel"
)

// Session is one episode of one task that is being played. It keeps what later
// decisions see of past ones. It is not safe for concurrent use.
type Session struct {
	model *Model
	task  *task
	cache *kernel.Cache
	// step counts decisions since Reset, base is the one from which positions
	// are counted, time the last one's place in the episode.
	step, base, time int32
	// before is what was done at the last step, one number each; none before
	// the first. stage is the row of the stage that was chosen, stages the
	// rows of all that could be.
	before        Actions
	stage, stages []float32
	past          past
	// unsure is set while a step is decided, and stays so after an error: what
	// is kept may have some of that step.
	unsure bool
}

// NewSession makes a session of a task by its place in Config.Tasks.
func (m *Model) NewSession(task int) (*Session, error) {
	n, err := m.taskAt("task", task)
	if err != nil {
		return nil, err
	}
	s := &Session{model: m, task: n}
	s.cache = kernel.NewCache(len(m.backbone.layers), m.backbone.shape, n.Context)
	s.past.width = m.backbone.Width
	return s, nil
}

// Reset forgets the episode: the next step is the first of another one.
func (s *Session) Reset() {
	s.cache.Reset()
	s.step, s.base, s.unsure = 0, 0, false
	s.past.drop(s.past.count())
	s.before.Choice, s.before.Executors, s.before.Value = s.before.Choice[:0], s.before.Executors[:0], s.before.Value[:0]
}

// Acted says what was done at the last step where that is not what was decided,
// or, for values, not what was decided to the digit: later steps see it. It
// uses the fields of an action that the task's head has; a Choice of -1 stands
// for none. Where Encoder.Graph.Kept, the token of the stage that was decided
// on stays.
func (s *Session) Acted(d Decision) error {
	if s.step == 0 {
		return jsonconfig.Refuse("action", "before the first decision", "decide first")
	}
	choices := s.task.Head.Choices
	if s.task.Head.Kind == HeadPointer {
		choices = len(s.stages) / s.task.Encoder.Graph.stage()
	}
	if s.task.Head.Kind != HeadValue && (d.Choice < -1 || int(d.Choice) >= choices) {
		return jsonconfig.Refuse("action.choice", strconv.Itoa(int(d.Choice)), "give one of "+strconv.Itoa(choices)+" from 0, or -1 for none")
	}
	s.acted(&d)
	return nil
}

// acted remembers an action.
func (s *Session) acted(d *Decision) {
	s.before.Choice = append(s.before.Choice[:0], d.Choice)
	s.before.Value = append(s.before.Value[:0], d.Value)
	s.before.Executors = append(s.before.Executors[:0], d.Executors)
	if s.task.Head.Kind != HeadPointer {
		return
	}
	width := s.task.Encoder.Graph.stage()
	s.stage = slices.Grow(s.stage[:0], width)[:width]
	if d.Choice < 0 {
		clear(s.stage)
		s.before.Executors[0] = 0
		return
	}
	copy(s.stage, s.stages[int(d.Choice)*width:])
}

// keep is how many steps before the next are computed anew when positions are
// counted from 0 again.
func (s *Session) keep() int32 {
	if s.task.Context > 0 {
		return int32(s.task.Context) - 1
	}
	return int32(s.model.backbone.MaxPositions / s.task.slots() / 2)
}

// renew reports whether the next step must be computed together with those
// kept: because the task always does, or because learned positions run out.
func (s *Session) renew() bool {
	if s.task.Windowed {
		return true
	}
	slots := int32(s.task.slots())
	return s.model.backbone.positions != nil && (s.step-s.base+1)*slots > int32(s.model.backbone.MaxPositions)
}

// remembers reports whether past tokens may be needed again.
func (s *Session) remembers() bool { return s.task.Windowed || s.model.backbone.positions != nil }

// past is embedded tokens of past steps, without positions.
type past struct {
	width int
	rows  []float32
	steps []int32
	slots []int32
}

func (p *past) count() int { return len(p.steps) }

func (p *past) add(step, slot int32, row []float32) {
	p.steps, p.slots, p.rows = append(p.steps, step), append(p.slots, slot), append(p.rows, row...)
}

// drop forgets the first tokens.
func (p *past) drop(count int) {
	p.steps = slices.Delete(p.steps, 0, count)
	p.slots = slices.Delete(p.slots, 0, count)
	p.rows = slices.Delete(p.rows, 0, count*p.width)
}

// forget drops the tokens before a step.
func (p *past) forget(step int32) {
	first, _ := slices.BinarySearch(p.steps, step)
	p.drop(first)
}
