package bench

import (
	"errors"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// meter measures recorded episodes of one spec as if they were played.
type meter struct {
	report rollout.Report
	out    *env.Batch
	// fields are the names under which infos are recorded; empty where they
	// are not, since their length differs.
	fields []string
}

func (r *recordings) newMeter(spec *env.Spec) (*meter, error) {
	report, err := r.options.Catalog.Report(spec)
	if err != nil {
		return nil, err
	}
	leaves := env.Leaves(spec.Info)
	m := &meter{report: report, out: env.NewBatch(spec, 1), fields: make([]string, len(leaves))}
	for i := range leaves {
		if !leaves[i].Ragged {
			m.fields[i] = "info." + leaves[i].Path
		}
	}
	return m, nil
}

// measure returns what the report measures of a whole episode.
func (m *meter) measure(e *traj.Episode) ([]stats.Part, error) {
	parts := make([]stats.Part, len(m.report.Metrics()))
	reward := traj.Of[float64](e.Steps.Find(traj.FieldReward))
	terminated, truncated := traj.Of[bool](e.Steps.Find(traj.FieldTerminated)), traj.Of[bool](e.Steps.Find(traj.FieldTruncated))
	if len(reward) != e.Steps.Rows || len(terminated) != e.Steps.Rows || len(truncated) != e.Steps.Rows || e.Initial == nil || e.Initial.Rows != 1 {
		return nil, errors.New("the data set lacks its rewards, its flags or what its reset showed: check it with 'trailblazer data validate'")
	}
	m.out.Reward[0], m.out.Terminated[0], m.out.Truncated[0] = 0, false, false
	m.show(e.Initial, m.places(e.Initial), 0)
	m.report.Measure(m.out, 0, true, parts)
	places := m.places(e.Steps)
	for row := range e.Steps.Rows {
		m.out.Reward[0], m.out.Terminated[0], m.out.Truncated[0] = reward[row], terminated[row], truncated[row]
		m.show(e.Steps, places, row)
		m.report.Measure(m.out, 0, false, parts)
	}
	return parts, nil
}

// places says which info each field of a frame is, or -1.
func (m *meter) places(f *traj.Frame) []int {
	places := make([]int, len(f.Fields))
	for i := range f.Fields {
		places[i] = slices.Index(m.fields, f.Fields[i].Name)
	}
	return places
}

// show fills the infos in from a row of a frame. Masks are recorded elsewhere,
// and measure nothing.
func (m *meter) show(f *traj.Frame, places []int, row int) {
	for field, leaf := range places {
		if leaf >= 0 {
			copy(m.out.Info[leaf].Bytes(0), f.Bytes(field, row))
		}
	}
}
