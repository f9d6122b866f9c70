package ccreport

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"trailblazer/api/env"
	"trailblazer/ccemu/ccplot"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// Recording implements rollout.Recorder: infos have all that is drawn.
func (r *Report) Recording() json.RawMessage { return nil }

// record is what happened in one episode. It implements rollout.Record.
type record struct {
	report *Report
	parts  []stats.Part
	flows  []flow
	begun  bool
	nowMs  float64
}

// flow is what happened to one flow so far.
type flow struct {
	ccplot.Flow
	// still says that its video stands still.
	still bool
}

// NewRecord implements rollout.Recorder.
func (r *Report) NewRecord() (rollout.Record, error) {
	return &record{report: r, parts: make([]stats.Part, len(r.Metrics())), flows: make([]flow, r.flows)}, nil
}

// Add implements rollout.Record.
func (c *record) Add(b *env.Batch, row int) error {
	r := c.report
	begin, now := c.nowMs, r.number(b, r.time, row, 0)
	if c.begun && !(now > begin) || !(now >= 0) {
		return fmt.Errorf("ccreport: time_ms is %v after %v: a step takes time", now, begin)
	}
	r.Measure(b, row, !c.begun, c.parts)
	for i := range c.flows {
		f := &c.flows[i]
		number := func(leaf int) float64 { return r.number(b, leaf, row, i) }
		f.Available = append(f.Available, ccplot.Point{Ms: now, Value: number(r.bottleneck)})
		f.Request = append(f.Request, ccplot.Point{Ms: now, Value: number(r.request)})
		f.aim(now-number(r.targetAge), number(r.target))
		if !c.begun {
			continue
		}
		delay := math.NaN()
		if number(r.arrivals) != 0 {
			delay = number(r.queueDelay)
		}
		f.QueueDelay = append(f.QueueDelay, ccplot.Point{Ms: begin, Value: delay})
		f.Received = append(f.Received, ccplot.Point{Ms: begin, Value: number(r.receive)})
		f.Loss = append(f.Loss, ccplot.Point{Ms: begin, Value: number(r.loss)})
		f.stall(begin, now, number(r.stalled100))
	}
	c.begun, c.nowMs = true, now
	return nil
}

// aim takes in that a target has been in force since a time.
func (f *flow) aim(sinceMs, kbps float64) {
	last := len(f.Target) - 1
	if last >= 0 && sinceMs <= f.Target[last].Ms {
		f.Target[last].Value = kbps
		return
	}
	f.Target = append(f.Target, ccplot.Point{Ms: max(sinceMs, 0), Value: kbps})
}

// stall takes in for how much longer the video has stood still at the end of a
// step than at its beginning. A gap counts from its beginning once it is long
// enough, so that this may be more than the step. Where gaps begin and end is
// known to within a step.
func (f *flow) stall(beginMs, endMs, stalledMs float64) {
	if !(stalledMs > 0) {
		f.still = false
		return
	}
	span := ccplot.Span{FromMs: max(endMs-stalledMs, 0), ToMs: endMs}
	if ends := f.still && stalledMs < endMs-beginMs; ends {
		span = ccplot.Span{FromMs: beginMs, ToMs: beginMs + stalledMs}
	}
	f.still = span.ToMs == endMs
	const roundingMs = 1e-6
	if last := len(f.Stalls) - 1; last >= 0 && span.FromMs <= f.Stalls[last].ToMs+roundingMs {
		f.Stalls[last].ToMs = max(f.Stalls[last].ToMs, span.ToMs)
		return
	}
	f.Stalls = append(f.Stalls, span)
}

// Draw implements rollout.Recorder.
func (r *Report) Draw(w io.Writer, title string, drawings []rollout.Drawing) error {
	chart := ccplot.Chart{Title: title}
	for _, d := range drawings {
		c, ok := d.Record.(*record)
		if !ok {
			return fmt.Errorf("ccreport: %T is no record of this report", d.Record)
		}
		chart.Panels = append(chart.Panels, c.panel(d.Policy))
	}
	return chart.Write(w)
}

func (c *record) panel(policy string) ccplot.Panel {
	p := ccplot.Panel{Title: policy, EndMs: c.nowMs}
	for i := range c.flows {
		p.Flows = append(p.Flows, c.flows[i].Flow)
	}
	metrics := c.report.Metrics()
	for _, note := range []struct {
		metric int
		format string
		scale  float64
	}{
		{mape, "MAPE %.1f %%", 100},
		{stall100, "stalls of at least 100 ms for %.2f %% of the playback", 100},
		{queueP95, "95 %% of queueing delays up to %.1f ms", 1},
	} {
		if parts := c.parts[note.metric : note.metric+1]; len(parts[0]) > 0 {
			p.Notes = append(p.Notes, fmt.Sprintf(note.format, note.scale*metrics[note.metric].Statistic.Of(parts).Value))
		}
	}
	return p
}
