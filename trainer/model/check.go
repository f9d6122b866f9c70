package model

import (
	"cmp"
	"fmt"
	"strconv"

	"trailblazer/internal/jsonconfig"
)

// count is how many steps there are.
func (s *Steps) count() int {
	if len(s.Offsets) == 0 {
		return 0
	}
	return int(s.Offsets[len(s.Offsets)-1])
}

// taskAt is a task by its place in Config.Tasks, which a field gives.
func (m *Model) taskAt(field string, place int) (*task, error) {
	if place < 0 || place >= len(m.tasks) {
		return nil, jsonconfig.Refuse(field, strconv.Itoa(place), "give the place of one of the model's tasks")
	}
	return &m.tasks[place], nil
}

// checkBatch reports what in a batch does not fit together, as an
// *env.FieldError.
func (m *Model) checkBatch(n *task, b *Batch) error {
	if err := n.checkSteps("batch", &b.Steps); err != nil {
		return err
	}
	if err := m.checkLengths("batch", n, &b.Steps); err != nil {
		return err
	}
	steps := b.Steps.count()
	if n.ActionTokens {
		if err := n.checkActions("batch.actions", &b.Actions, &b.Graph, steps); err != nil {
			return err
		}
	}
	if len(b.Targets.Weight) > 0 {
		if err := checkNumbers("batch.targets.weight", b.Targets.Weight, steps); err != nil {
			return err
		}
		for i, w := range b.Targets.Weight {
			if w < 0 {
				return jsonconfig.Refuse(fmt.Sprintf("batch.targets.weight[%d]", i), fmt.Sprint(w), "give a number that is not negative")
			}
		}
	}
	if !n.imitates() {
		return checkNumbers("batch.targets.advantage", b.Targets.Advantage, steps*n.Head.Choices)
	}
	return n.checkActions("batch.targets.actions", &b.Targets.Actions, &b.Graph, steps)
}

// checkLengths refuses sequences for which there are not enough positions.
func (m *Model) checkLengths(path string, n *task, s *Steps) error {
	if m.backbone.positions == nil {
		return nil
	}
	most := m.backbone.MaxPositions / n.slots()
	for q := range len(s.Offsets) - 1 {
		if length := int(s.Offsets[q+1] - s.Offsets[q]); length > most {
			return jsonconfig.Refuse(path+".offsets", fmt.Sprintf("a sequence of %d steps", length),
				fmt.Sprintf("give at most %d: each takes %d of the backbone's %d positions", most, n.slots(), m.backbone.MaxPositions))
		}
	}
	return nil
}

// checkSteps checks what is observed.
func (m *task) checkSteps(path string, s *Steps) error {
	if err := checkOffsets(path+".offsets", s.Offsets, -1); err != nil {
		return err
	}
	steps := s.count()
	if steps == 0 {
		return jsonconfig.Refuse(path+".offsets", "empty", "give at least one step")
	}
	if len(s.Times) > 0 {
		if err := checkLength(path+".times", len(s.Times), steps); err != nil {
			return err
		}
	}
	if m.Condition != ConditionNone {
		if err := checkNumbers(path+".condition", s.Condition, steps); err != nil {
			return err
		}
	}
	if m.Encoder.Kind == EncoderVector {
		return checkNumbers(path+".vector", s.Vector, steps*m.Encoder.Features)
	}
	return m.checkGraph(path+".graph", &s.Graph, steps)
}

func (m *task) checkGraph(path string, g *Graph, steps int) error {
	e := &m.Encoder.Graph
	if err := checkOffsets(path+".step_jobs", g.StepJobs, steps); err != nil {
		return err
	}
	jobs := int(g.StepJobs[steps])
	if err := checkOffsets(path+".job_offsets", g.JobOffsets, jobs); err != nil {
		return err
	}
	nodes := int(g.JobOffsets[jobs])
	if err := checkOffsets(path+".stage_offsets", g.StageOffsets, steps); err != nil {
		return err
	}
	if err := cmp.Or(
		checkNumbers(path+".nodes", g.Nodes, nodes*e.Nodes),
		checkNumbers(path+".jobs", g.Jobs, jobs*e.Jobs),
		checkNumbers(path+".global", g.Global, steps*e.Globals),
		checkLength(path+".limits", len(g.Limits), jobs),
		checkLength(path+".stages", len(g.Stages), int(g.StageOffsets[steps])),
		checkLength(path+".children", len(g.Children), len(g.Parents)),
	); err != nil {
		return err
	}
	// A step's stages are nodes of its own jobs.
	for t := range steps {
		low, high := g.JobOffsets[g.StepJobs[t]], g.JobOffsets[g.StepJobs[t+1]]
		for i := g.StageOffsets[t]; i < g.StageOffsets[t+1]; i++ {
			if s := g.Stages[i]; s < low || s >= high {
				return jsonconfig.Refuse(fmt.Sprintf("%s.stages[%d]", path, i), strconv.Itoa(int(s)), fmt.Sprintf("give a node of step %d, from %d to %d", t, low, high-1))
			}
		}
	}
	return nil
}

// checkActions checks actions for each of some steps.
func (m *task) checkActions(path string, a *Actions, g *Graph, steps int) error {
	if m.Head.Kind == HeadValue {
		return checkNumbers(path+".value", a.Value, steps)
	}
	if err := checkLength(path+".choice", len(a.Choice), steps); err != nil {
		return err
	}
	if m.Head.Kind == HeadPointer {
		if err := checkLength(path+".executors", len(a.Executors), steps); err != nil {
			return err
		}
	}
	for i, c := range a.Choice {
		choices := m.Head.Choices
		if m.Head.Kind == HeadPointer {
			choices = int(g.StageOffsets[i+1] - g.StageOffsets[i])
		}
		if c < -1 || int(c) >= choices {
			return jsonconfig.Refuse(fmt.Sprintf("%s.choice[%d]", path, i), strconv.Itoa(int(c)), fmt.Sprintf("give one of %d from 0, or -1 for none", choices))
		}
		if m.Head.Kind == HeadPointer && c >= 0 && a.Executors[i] < 1 {
			return jsonconfig.Refuse(fmt.Sprintf("%s.executors[%d]", path, i), strconv.Itoa(int(a.Executors[i])), "give at least 1")
		}
	}
	return nil
}

// checkOffsets checks that offsets begin at 0 and don't fall; there must be
// count+1 of them unless count is negative.
func checkOffsets(path string, offsets []int32, count int) error {
	if len(offsets) == 0 || offsets[0] != 0 {
		return jsonconfig.Refuse(path, "without a 0 at its beginning", "give the first place of each, from 0, and the end")
	}
	if count >= 0 {
		if err := checkLength(path, len(offsets), count+1); err != nil {
			return err
		}
	}
	for i := 1; i < len(offsets); i++ {
		if offsets[i] < offsets[i-1] {
			return jsonconfig.Refuse(fmt.Sprintf("%s[%d]", path, i), strconv.Itoa(int(offsets[i])), fmt.Sprintf("give at least %d, the one before", offsets[i-1]))
		}
	}
	return nil
}

func checkLength(path string, got, want int) error {
	if got == want {
		return nil
	}
	return jsonconfig.Refuse(path, fmt.Sprintf("%d long", got), fmt.Sprintf("give %d", want))
}

// checkNumbers checks that there are so many numbers, all finite.
func checkNumbers(path string, x []float32, want int) error {
	if err := checkLength(path, len(x), want); err != nil {
		return err
	}
	for i, v := range x {
		if v-v != 0 {
			return jsonconfig.Refuse(fmt.Sprintf("%s[%d]", path, i), fmt.Sprint(v), "give a finite number")
		}
	}
	return nil
}
