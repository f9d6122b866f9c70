package sparkreport

import (
	"strconv"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
)

// LogColumns implements rollout.Report: the columns of the reference's own
// step logs.
func (r *Report) LogColumns() []string {
	return []string{"step", "wall_ms_before", "num_active_jobs", "num_active_stages", "num_schedulable", "stage_idx", "num_exec", "reward", "wall_ms_after"}
}

// AppendLog implements rollout.Report. A line has what there was before the
// decision, the decision as it was asked for, and what followed.
func (r *Report) AppendLog(line []string, step *rollout.Step) ([]string, bool) {
	if step.Start() {
		return line, false
	}
	return append(line,
		strconv.Itoa(step.Index),
		rollout.FormatFloat(float(step.Before, r.wallMs, 0)),
		format(integer(step.Before, r.activeJobs, 0)),
		format(integer(step.Before, r.activeStages, 0)),
		format(integer(step.Before, r.schedulable, 0)),
		format(env.Row[int64](&step.Action[r.stage], 0)[0]),
		format(env.Row[int64](&step.Action[r.executors], 0)[0]),
		rollout.FormatFloat(step.After.Reward[0]),
		rollout.FormatFloat(float(step.After, r.wallMs, 0)),
	), true
}

func format(i int64) string { return strconv.FormatInt(i, 10) }
