package policy

import (
	"fmt"
	"math"
	"slices"
	"time"

	"trailblazer/api/env"
	"trailblazer/ccemu/feedback"
)

// reader reads what senders see from the infos of the spec that it is bound
// to.
type reader struct {
	flows int

	// Indices of the info's leaves.
	time, request, target, targetAge, pacerBytes, pacerDelay int
	sent, reports, results                                   int

	// What listeners get, reused.
	packet feedback.Sent
	report feedback.Report
}

// The widths of the rows of packets_sent, reports and results.
const (
	sentWidth   = 8
	reportWidth = 7
	resultWidth = 9
)

// bind finds what is to be read in the infos of a spec. It is an
// *env.FieldError if the environment does not show packets.
func (r *reader) bind(spec *env.Spec) error {
	leaves := env.Leaves(spec.Info)
	for _, rows := range []struct {
		path  string
		width int
		at    *int
	}{{"packets_sent", sentWidth, &r.sent}, {"reports", reportWidth, &r.reports}, {"results", resultWidth, &r.results}} {
		*rows.at = slices.IndexFunc(leaves, func(l env.Leaf) bool {
			return l.Path == rows.path && l.DType == env.Float64 && l.Ragged && l.Elements() == rows.width
		})
		if *rows.at < 0 {
			return &env.FieldError{Field: "policy", Value: fmt.Sprintf("a controller, which looks at packets, and info has no %q", rows.path), Remedy: "set packets to true in the environment's configuration"}
		}
	}
	for _, number := range []struct {
		path string
		at   *int
	}{{"time_ms", &r.time}, {"request_kbps", &r.request}, {"target_kbps", &r.target}, {"target_age_ms", &r.targetAge}, {"pacer_bytes", &r.pacerBytes}, {"pacer_delay_ms", &r.pacerDelay}} {
		*number.at = slices.IndexFunc(leaves, func(l env.Leaf) bool { return l.Path == number.path && l.DType == env.Float64 && !l.Ragged })
		if *number.at < 0 {
			return fmt.Errorf("policy: the environment's info has no number %q", number.path)
		}
	}
	r.flows = leaves[r.request].Elements()
	return nil
}

// state reads what a flow's sender knows of itself.
func (r *reader) state(in *env.Batch, row, flow int, s *feedback.Sender) {
	number := func(leaf int) float64 { return env.Row[float64](&in.Info[leaf], row)[flow] }
	now := duration(env.Row[float64](&in.Info[r.time], row)[0])
	*s = feedback.Sender{
		Now:        now,
		RequestBps: number(r.request) * 1000, TargetBps: number(r.target) * 1000,
		TargetAt:   now - duration(number(r.targetAge)),
		PacerBytes: int(number(r.pacerBytes)), PacerDelay: duration(number(r.pacerDelay)),
	}
}

// play hands a step's packets and reports to the flows' listeners in the order
// of their times. Rows that are no log of a step are an error.
func (r *reader) play(in *env.Batch, row int, listener func(flow int) feedback.Listener) error {
	sent := env.Row[float64](&in.Info[r.sent], row)
	results := env.Row[float64](&in.Info[r.results], row)
	for reports := env.Row[float64](&in.Info[r.reports], row); ; {
		// Rows are in the order of flows: all of a flow's packets are sent
		// before the next one's.
		flow := -1
		if len(reports) > 0 {
			flow = int(reports[0])
		}
		if len(sent) > 0 && (flow < 0 || int(sent[0]) < flow) {
			flow = int(sent[0])
		}
		if flow < 0 {
			if len(results) > 0 {
				return fmt.Errorf("policy: %d results belong to no report", len(results)/resultWidth)
			}
			return nil
		}
		if flow >= r.flows {
			return fmt.Errorf("policy: info shows packets of flow %d, and there are %d flows", flow, r.flows)
		}
		var err error
		if sent, reports, results, err = r.playFlow(flow, sent, reports, results, listener(flow)); err != nil {
			return err
		}
	}
}

// playFlow plays the rows of one flow, and returns those that follow.
func (r *reader) playFlow(flow int, sent, reports, results []float64, to feedback.Listener) (_, _, _ []float64, err error) {
	gone := 0
	send := func() {
		r.packet = feedback.Sent{Sequence: int64(sent[1]), At: duration(sent[2])}
		readWhat(sent[3:], &r.packet)
		to.OnSent(&r.packet)
		sent = sent[sentWidth:]
		gone++
	}
	for ; len(reports) > 0 && int(reports[0]) == flow; reports = reports[reportWidth:] {
		for gone < int(reports[5]) {
			if len(sent) == 0 || int(sent[0]) != flow {
				return nil, nil, nil, fmt.Errorf("policy: a report comes after %v packets of flow %d, and %d are shown", reports[5], flow, gone)
			}
			send()
		}
		n := int(reports[6])
		if n < 0 || n > len(results)/resultWidth {
			return nil, nil, nil, fmt.Errorf("policy: a report has %v results, and %d are shown", reports[6], len(results)/resultWidth)
		}
		r.report = feedback.Report{
			At: duration(reports[1]), Departure: duration(reports[2]),
			JitterBuffer: duration(reports[3]), Stalled: duration(reports[4]), Results: r.report.Results[:0],
		}
		for k := range n {
			r.report.Results = append(r.report.Results, readResult(results[k*resultWidth:]))
		}
		results = results[n*resultWidth:]
		to.OnReport(&r.report)
	}
	for len(sent) > 0 && int(sent[0]) == flow {
		send()
	}
	return sent, reports, results, nil
}

func readResult(x []float64) feedback.Result {
	out := feedback.Result{Sent: feedback.Sent{Sequence: int64(x[0]), At: duration(x[3])}, Received: x[1] != 0, Arrival: duration(x[2])}
	readWhat(x[4:], &out.Sent)
	return out
}

func readWhat(x []float64, s *feedback.Sent) {
	s.SizeBytes, s.Kind, s.Frame, s.Cluster, s.AppLimited = int32(x[0]), feedback.Kind(x[1]), int32(x[2]), int32(x[3]), x[4] != 0
}

// duration reads milliseconds to the nanosecond.
func duration(ms float64) time.Duration { return time.Duration(math.Round(ms * 1e6)) }
