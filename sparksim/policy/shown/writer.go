package shown

import (
	"fmt"

	"trailblazer/api/env"
)

// Writer writes actions of the spec that it is bound to.
type Writer struct {
	most             int // executors
	stage, executors int // indices of the action's leaves
}

// Bind finds what is to be written in the actions of a spec.
func (w *Writer) Bind(spec *env.Spec) error {
	leaves := env.Leaves(spec.Action)
	err := env.Bind(leaves, []env.Binding{
		{Path: "stage", DType: env.Int64, At: &w.stage},
		{Path: "executors", DType: env.Int64, At: &w.executors},
	})
	if err != nil {
		return fmt.Errorf("policy: the environment's action: %w", err)
	}
	if high := leaves[w.executors].High; len(high) == 1 {
		w.most = int(high[0])
	}
	if w.most < 1 {
		return fmt.Errorf("policy: the environment's action: no largest number of executors is declared")
	}
	return nil
}

// Write writes a decision to a row: a place in the view's Schedulable, or
// sparksim.Pass, and a number of executors. It writes the closest number that
// the action's space has.
func (w *Writer) Write(action env.Arrays, row, stage, executors int) {
	env.Row[int64](&action[w.stage], row)[0] = int64(stage)
	env.Row[int64](&action[w.executors], row)[0] = int64(min(max(executors, 1), w.most))
}
