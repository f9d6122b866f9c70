package feature

import (
	"fmt"

	"trailblazer/api/env"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/shown"
	"trailblazer/trainer/model"
)

// stage is a place in the list of schedulable stages, and a number of
// executors.
type stage struct {
	writer shown.Writer
	graph  *graph
	// leaves of the action, and of the observation what actions refer to
	stage, executors         int
	schedulable, jobs, limit int
}

func newStage(spec *env.Spec, g *graph) (*stage, error) {
	s := &stage{graph: g}
	if err := s.writer.Bind(spec); err != nil {
		return nil, err
	}
	err := env.Bind(env.Leaves(spec.Action), []env.Binding{
		{Path: "stage", DType: env.Int64, At: &s.stage},
		{Path: "executors", DType: env.Int64, At: &s.executors},
	})
	if err != nil {
		return nil, fmt.Errorf("feature: the environment's action: %w", err)
	}
	for i, leaf := range env.Leaves(spec.Observation) {
		switch leaf.Path {
		case "schedulable":
			s.schedulable = i
		case "job_ptr":
			s.jobs = i
		case "executor_limit":
			s.limit = i
		}
	}
	return s, nil
}

// append keeps the number of executors that was asked for, whatever the
// environment made of it.
func (s *stage) append(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) error {
	at := env.Row[int64](&action[s.stage], actionRow)[0]
	executors := env.Row[int64](&action[s.executors], actionRow)[0]
	if n := s.count(in, row); at < sparksim.Pass || at >= int64(n) {
		return refuseAction(".stage", at, fmt.Sprintf("give a place in the list of %d schedulable stages, or -1", n))
	}
	if executors < 1 {
		return refuseAction(".executors", executors, "give at least 1")
	}
	if at == sparksim.Pass {
		waits, err := s.graph.waits(in, row)
		if err != nil {
			return err
		}
		if waits {
			at, executors = int64(s.count(in, row)), 1
		}
	}
	to.Choice, to.Executors = append(to.Choice, int32(at)), append(to.Executors, int32(executors))
	return nil
}

// count is how many stages an action may name.
func (s *stage) count(in *env.Batch, row int) int {
	return len(env.Row[int64](&in.Observation[s.schedulable], row))
}

// imitated asks for no more executors than the job can be given: a model can't
// either. A pass weighs nothing where a model can't wait.
func (s *stage) imitated(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) (float32, error) {
	if err := s.append(in, row, action, actionRow, to); err != nil {
		return 0, err
	}
	last := len(to.Choice) - 1
	at := to.Choice[last]
	if at == sparksim.Pass {
		return 0, nil
	} else if int(at) == s.count(in, row) {
		return 1, nil
	}
	limit := s.most(in, row, env.Row[int64](&in.Observation[s.schedulable], row)[at])
	to.Executors[last] = min(to.Executors[last], int32(max(limit, 1)))
	return 1, nil
}

// most is how many executors the job of a node can be given.
func (s *stage) most(in *env.Batch, row int, node int64) int64 {
	bounds := env.Row[int64](&in.Observation[s.jobs], row)
	for job, limit := range env.Row[int64](&in.Observation[s.limit], row) {
		if node < bounds[job+1] {
			return limit
		}
	}
	return 0
}

func (s *stage) write(in *env.Batch, row int, d *model.Decision, action env.Arrays, actionRow int) error {
	at := int(d.Choice)
	n := s.count(in, row)
	if at == n {
		if waits, err := s.graph.waits(in, row); err != nil {
			return err
		} else if waits {
			at = sparksim.Pass
		}
	}
	switch {
	case at < sparksim.Pass || at >= n:
		return refuseAction(".stage", at, fmt.Sprintf("choose one of %d schedulable stages, or -1", n))
	case at == sparksim.Pass:
		s.writer.Write(action, actionRow, sparksim.Pass, 1)
		return nil
	case d.Executors < 1:
		return refuseAction(".executors", d.Executors, "choose at least 1")
	}
	s.writer.Write(action, actionRow, at, int(d.Executors))
	return nil
}
