package ccreport_test

import (
	"context"
	"encoding/json"
	"testing"

	"trailblazer/api/env"
	"trailblazer/ccemu/ccreport"
)

// perFlow are the infos that every flow has.
var perFlow = []string{
	"bottleneck_kbps", "capacity_kbps", "request_kbps", "target_kbps", "target_age_ms", "label_kbps", "label_request_kbps",
	"ape", "ape_counts", "good_conditions", "send_kbps", "receive_kbps", "media_kbps", "loss_share", "queue_delay_ms", "arrivals",
	"played_ms", "stalled_100_ms", "stalled_200_ms", "stalled_500_ms",
}

// newSpec is the part of a CC environment's that its report reads.
func newSpec(flows, width int) *env.Spec {
	box := func(shape ...int) *env.Box {
		return &env.Box{DType: env.Float64, Shape: shape, Low: []float64{-1e9}, High: []float64{1e9}}
	}
	var shape []int
	if flows > 1 {
		shape = []int{flows}
	}
	info := &env.Dict{Entries: []env.Entry{{Key: "time_ms", Space: box()}}}
	for _, key := range perFlow {
		info.Entries = append(info.Entries, env.Entry{Key: key, Space: box(shape...)})
	}
	action := []int{flows}
	if width > 1 {
		action = append(shape, width)
	}
	return &env.Spec{ID: "test/CC-v0", Scenario: "cc/hand", Observation: box(), Action: box(action...), Info: info, Episodes: 1}
}

// row is what infos show after a reset or a step, of each flow; what is not
// named is 0.
type row struct {
	timeMs, reward float64
	flows          []map[string]float64
}

func (r *row) show(out *env.Batch, at int) {
	env.Row[float64](out.Info.Find("time_ms"), at)[0] = r.timeMs
	out.Reward[at] = r.reward
	for _, key := range perFlow {
		values := env.Row[float64](out.Info.Find(key), at)
		for i := range values {
			values[i] = r.flows[i][key]
		}
	}
}

func newReport(t *testing.T, spec *env.Spec) *ccreport.Report {
	t.Helper()
	r, err := ccreport.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// script is an environment that shows the same rows whatever is done. It is
// also the rollout.Source that makes itself.
type script struct {
	spec *env.Spec
	rows []row
	next int
}

func (s *script) Spec() *env.Spec                           { return s.spec }
func (s *script) NewEnv(context.Context) (env.Env, error)   { return s, nil }
func (s *script) NewPolicy(name string) (env.Policy, error) { return constant{}, nil }
func (s *script) Close() error                              { return nil }
func (s *script) CheckAction(env.Arrays, int) error         { return nil }
func (s *script) Step(_ env.Arrays, out *env.Batch, at int) error {
	s.rows[s.next].show(out, at)
	s.next++
	out.Truncated[at] = s.next == len(s.rows)
	return nil
}
func (s *script) Reset(_ *uint64, _ json.RawMessage, out *env.Batch, at int) error {
	s.rows[0].show(out, at)
	s.next = 1
	return nil
}

// constant predicts 1000 kbps for the first flow, 1001 for the probe or the
// second flow, and so on.
type constant struct{}

func (constant) Reset(uint64) {}
func (constant) Act(_ *env.Batch, at int, action env.Arrays) error {
	for i, values := 0, env.Row[float64](&action[0], at); i < len(values); i++ {
		values[i] = 1000 + float64(i)
	}
	return nil
}
