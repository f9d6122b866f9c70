// Package ccreport measures, logs and draws congestion control: it is the
// rollout.Report of trailblazer/CC-v0.
//
// Its noun is the [Report], which knows where the environment's numbers lie.
// Every flow that the agent controls counts like every other. A record is what
// the infos of an episode show, as curves.
package ccreport

import (
	"encoding/json"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// Report implements rollout.Recorder and rollout.Configurer.
type Report struct {
	flows, width int
	time         int
	// Where the infos of each flow lie.
	bottleneck, request             int
	target, targetAge               int
	label, labelRequest             int
	ape, counts, good               int
	send, receive, media, loss      int
	queueDelay, arrivals            int
	played                          int
	stalled100, stalled200, stalled int
}

// New makes the report of a CC environment.
func New(spec *env.Spec) (*Report, error) {
	r := new(Report)
	info := env.Leaves(spec.Info)
	if err := env.Bind(info, []env.Binding{{Path: "time_ms", DType: env.Float64, At: &r.time}}); err != nil {
		return nil, fmt.Errorf("ccreport: the info of %s: %w", spec.ID, err)
	}
	for _, want := range []struct {
		path string
		at   *int
	}{
		{"bottleneck_kbps", &r.bottleneck}, {"request_kbps", &r.request},
		{"target_kbps", &r.target}, {"target_age_ms", &r.targetAge},
		{"label_kbps", &r.label}, {"label_request_kbps", &r.labelRequest},
		{"ape", &r.ape}, {"ape_counts", &r.counts}, {"good_conditions", &r.good},
		{"send_kbps", &r.send}, {"receive_kbps", &r.receive}, {"media_kbps", &r.media}, {"loss_share", &r.loss},
		{"queue_delay_ms", &r.queueDelay}, {"arrivals", &r.arrivals}, {"played_ms", &r.played},
		{"stalled_100_ms", &r.stalled100}, {"stalled_200_ms", &r.stalled200}, {"stalled_500_ms", &r.stalled},
	} {
		*want.at = slices.IndexFunc(info, func(l env.Leaf) bool { return l.Path == want.path && l.DType == env.Float64 && !l.Ragged })
		if *want.at < 0 {
			return nil, fmt.Errorf("ccreport: the info of %s has no number %q", spec.ID, want.path)
		}
		switch flows := info[*want.at].Elements(); {
		case flows == 0:
			return nil, fmt.Errorf("ccreport: the info of %s has %q of no flow", spec.ID, want.path)
		case r.flows == 0:
			r.flows = flows
		case r.flows != flows:
			return nil, fmt.Errorf("ccreport: the info of %s has %q of %d flows, and others of %d", spec.ID, want.path, flows, r.flows)
		}
	}
	actions := env.Leaves(spec.Action)
	if len(actions) != 1 || actions[0].DType != env.Float64 || actions[0].Ragged || actions[0].Elements() == 0 || actions[0].Elements()%r.flows != 0 {
		return nil, fmt.Errorf("ccreport: the actions of %s are not the bandwidths of %d flows", spec.ID, r.flows)
	}
	r.width = actions[0].Elements() / r.flows
	return r, nil
}

// Settings implements rollout.Configurer: controllers look at packets, and some
// probe.
func (r *Report) Settings() json.RawMessage {
	return json.RawMessage(`{"packets": true, "probes": true}`)
}

// The metrics' places.
const (
	mape = iota
	apeMedian
	apeP95
	stall100
	stall200
	stall500
	utilization
	queueP95
	queueMean
	throughput
	lossShare
	reward
	poorShare
	skipped
	fairness // only of several flows
)

// Metrics implements rollout.Report.
func (r *Report) Metrics() []rollout.Metric {
	list := []rollout.Metric{
		mape:        {Name: "mape", Unit: "1", Order: rollout.SmallerIsBetter, Description: "mean absolute percentage error of the predicted bandwidth, as a fraction (eq. 7 of the paper), where at least 50 kbps were there"},
		apeMedian:   {Name: "ape_median", Unit: "1", Order: rollout.SmallerIsBetter, Statistic: rollout.Median, Description: "median of these errors"},
		apeP95:      {Name: "ape_p95", Unit: "1", Order: rollout.SmallerIsBetter, Statistic: rollout.P95, Description: "95 % of these errors are at most this"},
		stall100:    {Name: "stall_rate_100ms", Unit: "1", Order: rollout.SmallerIsBetter, Statistic: rollout.Ratio, Description: "share of the playback time in which video stood still, in gaps of at least 100 ms (eq. 8)"},
		stall200:    {Name: "stall_rate_200ms", Unit: "1", Order: rollout.SmallerIsBetter, Statistic: rollout.Ratio, Description: "the same of gaps of at least 200 ms"},
		stall500:    {Name: "stall_rate_500ms", Unit: "1", Order: rollout.SmallerIsBetter, Statistic: rollout.Ratio, Description: "the same of gaps of at least 500 ms"},
		utilization: {Name: "utilization", Unit: "1", Order: rollout.LargerIsBetter, Statistic: rollout.Ratio, Description: "what arrived, probes apart, as a share of the bandwidth that was there, up to the request; queues that empty, and audio and repeats beyond the request, may bring it above 1"},
		queueP95:    {Name: "queue_delay_p95_ms", Unit: "ms", Order: rollout.SmallerIsBetter, Statistic: rollout.P95, Description: "95 % of the steps have a mean time of packets in the bottleneck of at most this"},
		queueMean:   {Name: "queue_delay_ms", Unit: "ms", Order: rollout.SmallerIsBetter, Description: "mean of these times"},
		throughput:  {Name: "throughput_kbps", Unit: "kbps", Order: rollout.LargerIsBetter, Description: "what arrived"},
		lossShare:   {Name: "loss", Unit: "1", Order: rollout.SmallerIsBetter, Description: "share of packets lost or dropped, mean over the steps in which the way of some ended"},
		reward:      {Name: "reward", Unit: "1", Order: rollout.LargerIsBetter, Description: "mean reward of a step"},
		poorShare:   {Name: "poor_share", Unit: "1", Description: "share of the steps in which the paper's scheduler would not call conditions good"},
		skipped:     {Name: "skipped", Unit: "1", Description: "share of the steps whose predictions are not counted: less than 50 kbps were there, or nothing was requested"},
		fairness:    {Name: "fairness", Unit: "1", Order: rollout.LargerIsBetter, Description: "Jain's index of what arrived of the flows in an episode: 1 where all got the same"},
	}
	if r.flows == 1 {
		return list[:fairness]
	}
	return list
}

// Measure implements rollout.Report.
func (r *Report) Measure(b *env.Batch, row int, start bool, parts []stats.Part) {
	if start {
		if r.flows > 1 {
			parts[fairness] = make(stats.Part, r.flows) // Until the end, what each got.
		}
		return
	}
	parts[reward].Add(b.Reward[row])
	for flow := range r.flows {
		number := func(leaf int) float64 { return r.number(b, leaf, row, flow) }
		if number(r.counts) != 0 {
			for _, m := range [...]int{mape, apeMedian, apeP95} {
				parts[m].Add(number(r.ape))
			}
		}
		played := number(r.played)
		parts[stall100].AddRatio(number(r.stalled100), played)
		parts[stall200].AddRatio(number(r.stalled200), played)
		parts[stall500].AddRatio(number(r.stalled), played)
		parts[utilization].AddRatio(number(r.media), min(number(r.label), number(r.labelRequest)))
		if number(r.arrivals) != 0 {
			parts[queueP95].Add(number(r.queueDelay))
			parts[queueMean].Add(number(r.queueDelay))
		}
		parts[throughput].Add(number(r.receive))
		if number(r.arrivals) != 0 || number(r.loss) != 0 { // Else no packet's way ended.
			parts[lossShare].Add(number(r.loss))
		}
		parts[skipped].Add(1 - number(r.counts))
		parts[poorShare].Add(1 - number(r.good))
		if r.flows > 1 {
			parts[fairness][flow] += number(r.receive)
		}
	}
	if r.flows > 1 && b.Done(row) {
		parts[fairness] = stats.Part{jain(parts[fairness])}
	}
}

// jain is Jain's fairness index (Jain, Chiu and Hawe, DEC-TR-301, 1984): the
// square of the sum over the number times the sum of squares; 1 where nobody
// got anything.
func jain(shares []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, x := range shares {
		sum += x
		squares += float64(x * x)
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / (float64(len(shares)) * squares)
}

// number is what an info says of a flow.
func (r *Report) number(b *env.Batch, leaf, row, flow int) float64 {
	return env.Row[float64](&b.Info[leaf], row)[flow]
}

// DefaultEpisodes implements rollout.Report: an hour of sessions.
func (r *Report) DefaultEpisodes() int { return 100 }
