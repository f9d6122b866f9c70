package bench

import (
	"fmt"
	"strings"

	"trailblazer/abrsim/abrenv"
	"trailblazer/ccemu/ccenv"
	"trailblazer/sparksim/sparkenv"
)

// Suite is what is played for one environment unless options say otherwise.
type Suite struct {
	// Name is what the command calls it; Environment the versioned id.
	Name, Title, Environment string
	// Scenarios are those of the papers, the default test first.
	Scenarios []string
	// Policies are the papers' baselines and the best of ours. Those that
	// cannot be made, for want of data, are left out.
	Policies []string
	// Papers are the baselines that the paper itself compares with.
	Papers []string
	// Seeds seed policies and episodes: see [Options].
	Seeds []uint64
	// Episodes is how many are played for each seed; 0 stands for all of a
	// fixed scenario. Quick is the same for a first look.
	Episodes, Quick int
	// Headlines are the metrics in which policies are compared; the first is
	// the one that figures show.
	Headlines []Headline
	// Baseline is what others are compared with unless another is named.
	Baseline string
	// Floor and Ceiling are the policies with the scores 0 and 100, and why
	// these.
	Floor, Ceiling       string
	FloorWhy, CeilingWhy string
	// Shown are settings that change what is shown, and not what happens: a
	// recording with others is of the same episodes.
	Shown []string
	// Curve are the scenarios along an axis that a figure shows, and CurveAt
	// where they lie on it.
	Curve        []string
	CurveAt      []float64
	CurveCaption string
}

// Headline is a metric in which policies are compared.
type Headline struct {
	// Name is the report's.
	Name string `json:"metric"`
	// Lower says that less is better.
	Lower bool `json:"lower_is_better"`
	// Caption labels axes.
	Caption string `json:"-"`
}

// Suites lists all of them.
func Suites() []Suite {
	return []Suite{
		{
			Name: "abr", Title: "Adaptive bitrate streaming", Environment: abrenv.ID,
			Scenarios: []string{"abr/default-test", "abr/ood1", "abr/ood2", "abr/ood3"},
			Policies: []string{"bba", "mpc", "genet-sampled", "genet-greedy", "rate-based", "bola", "robust-mpc", "mpc-tuned",
				"fixed", "offline-optimum"},
			Papers: []string{"genet-sampled", "bba", "mpc"},
			Seeds:  []uint64{1000, 2000, 3000}, Quick: 10,
			Headlines: []Headline{{"qoe", false, "QoE per chunk"}},
			Baseline:  "mpc",
			Floor:     "fixed", FloorWhy: "always the lowest bitrate",
			Ceiling: "offline-optimum", CeilingWhy: "knows the future of the link; no policy can do better",
			Shown: []string{"observation"},
		},
		{
			Name: "cjs", Title: "Cluster job scheduling", Environment: sparkenv.ID,
			Scenarios: []string{"cjs/default-test", "cjs/ood1", "cjs/ood2", "cjs/ood3"},
			Policies:  []string{"fifo", "fair", "decima-sampled", "decima-mean", "sjf", "critical-path", "weighted-fair", "random", "linear", "patient", "thorough"},
			Papers:    []string{"decima-sampled", "fifo", "fair"},
			Seeds:     []uint64{666, 1, 1000}, Episodes: 10, Quick: 2,
			Headlines: []Headline{{"average_jct_s", true, "average job completion time [s]"}},
			Baseline:  "decima-sampled",
			Floor:     "random", FloorWhy: "any stage and any number of executors, all equally likely",
			Ceiling: "linear", CeilingWhy: "a tuned plain rule: no bound, a better scheduler scores above 100, as patient and thorough do. What none can be expected to undercut is the metric lower_bound_s",
			Shown: []string{"record"},
		},
		{
			Name: "cc", Title: "Congestion control", Environment: ccenv.ID,
			Scenarios: append(append([]string{"cc/test"}, ccMixes()...),
				"cc/ood-capacity", "cc/ood-dynamics", "cc/ood-rtt", "cc/ood-jitter", "cc/ood-loss", "cc/ood-queue", "cc/ood-cross", "cc/ood-request"),
			Policies: []string{"gcc-prod", "request-rate", "gcc", "nada", "scream", "bbr", "copa", "vivace", "loss-aimd", "constant", "oracle"},
			Papers:   []string{"gcc-prod", "request-rate"},
			Seeds:    []uint64{0}, Episodes: 100, Quick: 10,
			Headlines: []Headline{{"mape", true, "MAPE (eq. 7)"}, {"stall_rate_100ms", true, "stall rate, 100 ms"},
				{"stall_rate_200ms", true, "stall rate, 200 ms"}, {"stall_rate_500ms", true, "stall rate, 500 ms"}},
			Baseline: "gcc-prod",
			Floor:    "constant", FloorWhy: "predicts 1 Mbps whatever happens",
			Ceiling: "oracle", CeilingWhy: "knows the bandwidth of the coming step: its error is 0",
			Shown: []string{"packets", "probes"},
			Curve: ccMixes(), CurveAt: []float64{0, 0.2, 0.4, 0.6, 0.8, 1}, CurveCaption: "share p of sessions in poor network conditions",
		},
	}
}

// ccMixes are the scenarios of the paper's Fig. 5a.
func ccMixes() []string {
	return []string{"cc/mix-0", "cc/mix-20", "cc/mix-40", "cc/mix-60", "cc/mix-80", "cc/mix-100"}
}

// FindSuite returns the suite of a name.
func FindSuite(name string) (*Suite, error) {
	var known []string
	for _, s := range Suites() {
		if s.Name == name {
			return &s, nil
		}
		known = append(known, s.Name)
	}
	return nil, fmt.Errorf("there is no bench %q: give one of %s", name, strings.Join(known, ", "))
}

// lower reports whether less of a metric is better.
func (s *Suite) lower(metric string) bool {
	for _, h := range s.Headlines {
		if h.Name == metric {
			return h.Lower
		}
	}
	return false
}
