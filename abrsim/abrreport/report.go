// Package abrreport measures and logs video playbacks: it is the
// rollout.Report of trailblazer/ABR-v0.
//
// The metrics are means over all decisions. Where the first chunk is forced it
// is no decision and doesn't count, as in the papers' scores; the step log has
// it all the same, in the columns of the reference simulator's own logs.
package abrreport

import (
	"fmt"
	"math"
	"strconv"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// Report implements rollout.Report.
type Report struct {
	traces []string
	// Where the infos lie.
	quality, rebuffering, smoothness int
	level, chunk, trace              int
	bitrateKbps, sizeBytes           int
	delayMs, sleepMs                 int
	rebufferS, bufferMs              int
}

// New makes the report of an ABR environment.
func New(spec *env.Spec) (*Report, error) {
	manifest, err := abrenv.ParseManifest(spec)
	if err != nil {
		return nil, err
	}
	r := &Report{traces: manifest.Traces}
	err = env.Bind(env.Leaves(spec.Info), []env.Binding{
		{Path: "reward_quality", DType: env.Float64, At: &r.quality},
		{Path: "reward_rebuffering", DType: env.Float64, At: &r.rebuffering},
		{Path: "reward_smoothness", DType: env.Float64, At: &r.smoothness},

		{Path: "quality", DType: env.Int64, At: &r.level},
		{Path: "chunk", DType: env.Int64, At: &r.chunk},
		{Path: "trace", DType: env.Int64, At: &r.trace},

		{Path: "bitrate_kbps", DType: env.Float64, At: &r.bitrateKbps},
		{Path: "size_bytes", DType: env.Float64, At: &r.sizeBytes},
		{Path: "delay_ms", DType: env.Float64, At: &r.delayMs},
		{Path: "sleep_ms", DType: env.Float64, At: &r.sleepMs},

		{Path: "rebuffer_s", DType: env.Float64, At: &r.rebufferS},
		{Path: "buffer_ms", DType: env.Float64, At: &r.bufferMs},
	})
	if err != nil {
		return nil, fmt.Errorf("abrreport: the info of %s: %w", spec.ID, err)
	}
	return r, nil
}

// The metrics' places.
const (
	qoe = iota
	bitrate
	rebuffer
	smoothness
	quality
	rebuffering
	buffer
	metrics
)

// Metrics implements rollout.Report.
func (r *Report) Metrics() []rollout.Metric {
	return []rollout.Metric{
		qoe:         {Name: "qoe", Unit: "1", Order: rollout.LargerIsBetter, Description: "quality of experience per chunk: quality - rebuffering - smoothness"},
		bitrate:     {Name: "bitrate_mbps", Unit: "Mbps", Order: rollout.LargerIsBetter, Description: "bitrate of the chunks"},
		rebuffer:    {Name: "rebuffer_s", Unit: "s", Order: rollout.SmallerIsBetter, Description: "standstill per chunk"},
		smoothness:  {Name: "smoothness", Unit: "1", Order: rollout.SmallerIsBetter, Description: "penalty per chunk for changes of quality"},
		quality:     {Name: "quality", Unit: "1", Order: rollout.LargerIsBetter, Description: "quality per chunk, before penalties"},
		rebuffering: {Name: "rebuffering", Unit: "1", Order: rollout.SmallerIsBetter, Description: "penalty per chunk for standstill"},
		buffer:      {Name: "buffer_s", Unit: "s", Description: "video buffered after a chunk"},
	}
}

// Measure implements rollout.Report.
func (r *Report) Measure(b *env.Batch, row int, start bool, parts []stats.Part) {
	if start {
		return
	}
	parts[qoe].Add(b.Reward[row])
	parts[bitrate].Add(r.float(b, r.bitrateKbps, row) / 1000)
	parts[rebuffer].Add(r.float(b, r.rebufferS, row))
	parts[smoothness].Add(math.Abs(r.float(b, r.smoothness, row)))
	parts[quality].Add(r.float(b, r.quality, row))
	parts[rebuffering].Add(math.Abs(r.float(b, r.rebuffering, row)))
	parts[buffer].Add(r.float(b, r.bufferMs, row) / 1000)
}

// DefaultEpisodes implements rollout.Report.
func (r *Report) DefaultEpisodes() int { return 100 }

// LogColumns implements rollout.Report.
func (r *Report) LogColumns() []string {
	return []string{"trace", "chunk", "quality", "bitrate_kbps", "rebuf_s", "buffer_s", "delay_ms", "reward", "size_bytes", "residual_sleep_ms"}
}

// AppendLog implements rollout.Report.
func (r *Report) AppendLog(line []string, step *rollout.Step) ([]string, bool) {
	b, row := step.After, 0
	chunk := r.integer(b, r.chunk, row)
	if chunk < 0 {
		return line, false
	}
	reward := b.Reward[row]
	if step.Start() { // A forced first chunk has a reward, though no step brought it.
		reward = r.float(b, r.quality, row) + r.float(b, r.rebuffering, row) + r.float(b, r.smoothness, row)
	}
	trace := strconv.FormatInt(r.integer(b, r.trace, row), 10)
	if i := r.integer(b, r.trace, row); i >= 0 && i < int64(len(r.traces)) {
		trace = r.traces[i]
	}
	return append(line,
		trace,
		strconv.FormatInt(chunk, 10),
		strconv.FormatInt(r.integer(b, r.level, row), 10),
		formatWhole(r.float(b, r.bitrateKbps, row)),
		rollout.FormatFloat(r.float(b, r.rebufferS, row)),
		rollout.FormatFloat(r.float(b, r.bufferMs, row)/1000),
		rollout.FormatFloat(r.float(b, r.delayMs, row)),
		rollout.FormatFloat(reward),
		formatWhole(r.float(b, r.sizeBytes, row)),
		rollout.FormatFloat(r.float(b, r.sleepMs, row)),
	), true
}

func (r *Report) float(b *env.Batch, leaf, row int) float64 {
	return env.Row[float64](&b.Info[leaf], row)[0]
}

func (r *Report) integer(b *env.Batch, leaf, row int) int64 {
	return env.Row[int64](&b.Info[leaf], row)[0]
}

// formatWhole writes kbps and bytes, which are whole numbers.
func formatWhole(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
