package ccreport

import (
	"fmt"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
)

// LogColumns implements rollout.Report.
func (r *Report) LogColumns() []string {
	columns := []string{"time_ms"}
	for flow := range r.flows {
		suffix := ""
		if r.flows > 1 {
			suffix = fmt.Sprintf("_%d", flow)
		}
		for _, name := range []string{"predicted_kbps", "label_kbps", "request_kbps", "ape", "send_kbps", "receive_kbps", "queue_delay_ms", "loss_share", "played_ms", "stalled_100_ms"} {
			columns = append(columns, name+suffix)
		}
	}
	return append(columns, "reward")
}

// AppendLog implements rollout.Report.
func (r *Report) AppendLog(line []string, step *rollout.Step) ([]string, bool) {
	if step.Start() {
		return line, false
	}
	b := step.After
	line = append(line, rollout.FormatFloat(env.Row[float64](&b.Info[r.time], 0)[0]))
	action := env.Row[float64](&step.Action[0], 0)
	for flow := range r.flows {
		line = append(line, rollout.FormatFloat(action[flow*r.width]))
		for _, leaf := range [...]int{r.label, r.labelRequest, r.ape, r.send, r.receive, r.queueDelay, r.loss, r.played, r.stalled100} {
			line = append(line, rollout.FormatFloat(r.number(b, leaf, 0, flow)))
		}
	}
	return append(line, rollout.FormatFloat(b.Reward[0])), true
}
