package model

import "trailblazer/trainer/kernel"

// outputs is what the heads say of packed steps.
type outputs struct {
	// scores has a row of logits for each step, or one number for each: a
	// value; or for a pointer one number for each stage that may be chosen.
	scores *kernel.Var
	// executors has a row of logits for each of the steps chosen, in which a
	// stage was chosen, whose jobs are jobs. nil where there are none.
	executors    *kernel.Var
	chosen, jobs []int32
}

// forward runs whole sequences. choice says at which of a step's stages the
// executors are read.
func (m *Model) forward(t *kernel.Tape, n *task, s *Steps, choice []int32) (outputs, error) {
	k := newTokens(n.Task)
	var chosen []int32
	for q := range len(s.Offsets) - 1 {
		first := s.Offsets[q]
		for i := first; i < s.Offsets[q+1]; i++ {
			at := moment{step: i - first, at: i - first, time: s.time(i, i-first)}
			before, then := int32(-1), int32(0)
			if i > first {
				before, then = i-1, s.time(i-1, i-1-first)
			}
			stages := 0
			if n.Head.Kind == HeadPointer {
				stages = int(s.Graph.StageOffsets[i+1] - s.Graph.StageOffsets[i])
			}
			k.step(at, before, then, stages)
			if n.Head.Kind == HeadPointer && choice[i] >= 0 {
				k.executor(at)
				chosen = append(chosen, i)
			}
		}
		k.end()
	}
	in := sources{conditions: s.Condition}
	var jobs []int32
	if n.Encoder.Kind == EncoderVector {
		in.state = n.vector.run(t, t.Input(len(s.Vector)/n.Encoder.Features, n.Encoder.Features, s.Vector))
	} else {
		var err error
		if in.graph, err = n.graph.run(t, &s.Graph); err != nil {
			return outputs{}, err
		}
	}
	if n.Head.Kind == HeadPointer {
		stages := make([]int32, len(chosen))
		jobs = make([]int32, len(chosen))
		for c, i := range chosen {
			stages[c] = s.Graph.StageOffsets[i] + choice[i]
			jobs[c] = in.graph.jobOf[stages[c]]
		}
		in.executors = t.Gather(in.graph.stages, stages)
	}
	if len(k.acted) > 0 {
		in.actions = n.embedPast(t, s, k.acted, in.graph.stages)
	}
	x := n.embed(t, k, &in)
	out := outputs{chosen: chosen, jobs: jobs}
	x = m.backbone.forward(t, x, &k.layout, nil, append(k.read, k.readExecutors...))
	if len(chosen) > 0 {
		out.executors = n.executors.apply(t, t.Gather(x, span(len(k.read), x.Rows)))
		x = t.Gather(x, span(0, len(k.read)))
	}
	out.scores = n.head.apply(t, x)
	return out, nil
}

// embedPast makes the tokens of the actions of some steps.
func (m *task) embedPast(t *kernel.Tape, s *Steps, acted []int32, stages *kernel.Var) *kernel.Var {
	pick := func(x []int32) (y []int32) {
		y = make([]int32, len(acted))
		for i, a := range acted {
			y[i] = x[a]
		}
		return y
	}
	switch m.Head.Kind {
	case HeadChoice:
		return m.embedActions(t, &Actions{Choice: pick(s.Actions.Choice)})
	case HeadValue:
		values := make([]float32, len(acted))
		for i, a := range acted {
			values[i] = s.Actions.Value[a]
		}
		return m.embedActions(t, &Actions{Value: values})
	}
	// Where no stage was chosen the row stays 0.
	var rows, from []int32
	executors := make([]int32, len(acted))
	for i, a := range acted {
		if choice := s.Actions.Choice[a]; choice >= 0 {
			rows, from = append(rows, int32(i)), append(from, s.Graph.StageOffsets[a]+choice)
			executors[i] = s.Actions.Executors[a]
		}
	}
	chosen := t.Assemble(len(acted), kernel.Part{X: t.Gather(stages, from), Rows: rows})
	return m.embedPointers(t, chosen, executors)
}

// time is the place of a step in its episode: Times, or where that is empty its
// place in the sequence.
func (s *Steps) time(step, place int32) int32 {
	if len(s.Times) == 0 {
		return place
	}
	return s.Times[step]
}

// span lists the numbers from low up to, not including, high.
func span(low, high int) []int32 {
	rows := make([]int32, high-low)
	for i := range rows {
		rows[i] = int32(low + i)
	}
	return rows
}
