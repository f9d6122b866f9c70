package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trailblazer/ccemu/metric"
)

// Statement is what a paper states in words or in a table, and what ours is.
// Values that only its figures show are not here.
type Statement struct {
	// Source is where the paper says so; States what.
	Source string   `json:"source"`
	States string   `json:"states"`
	Ours   []string `json:"ours"`
	// Mind says why the two need not agree.
	Mind string `json:"mind,omitempty"`
}

// CodeScore is what the authors' public code reaches on the same files.
type CodeScore struct {
	Scenario string `json:"scenario"`
	Policy   string `json:"policy"`
	Metric   string `json:"metric"`
	// Over says which episodes and seeds are meant.
	Over   string `json:"over"`
	Theirs Number `json:"authors_code"`
	Ours   Number `json:"ours"`
}

// ServerDelay is how long requests wait for a server that answers them in
// batches, when a peak of them comes within one control interval.
type ServerDelay struct {
	Requests int     `json:"requests"`
	Share    float64 `json:"share_sent_to_the_server"`
	MeanMs   float64 `json:"mean_ms"`
	P95Ms    float64 `json:"p95_ms"`
	Late     float64 `json:"share_above_100_ms"`
}

// gain is the least and the most percent by which a paper's policy is better
// than its baselines.
type gain struct{ low, high float64 }

// beside puts what papers state beside what the report has, where it has
// something.
func (r *Report) beside() (papers []Statement, code []CodeScore) {
	switch r.Suite {
	case "abr":
		papers, code = r.abrPapers(), r.codeScores(abrCode[:])
	case "cjs":
		papers, code = r.cjsPapers(), r.codeScores(cjsCode[:])
	case "cc":
		papers = r.ccPapers()
	}
	return slices.DeleteFunc(papers, func(s Statement) bool { return len(s.Ours) == 0 }), code
}

const synthTrace = "ood1 and ood3 play our own SynthTrace: the paper's was never published"

func (r *Report) abrPapers() []Statement {
	list := []Statement{
		{Source: "Trailblazer, §2.2.2 and Fig. 3a", States: "QoE in the default test 14.5 % to 36.6 % above GENET, BBA and MPC",
			Ours: r.ranges([]string{"abr/default-test"}, r.suite.Papers, gain{14.5, 36.6}),
			Mind: "the paper's own means are only in its figure"},
		{Source: "Trailblazer, §2.2.2 and Fig. 3b", States: "mean QoE out of distribution 3.9 % to 24.8 % above the rules (BBA, MPC)",
			Ours: r.ranges([]string{"abr/ood1", "abr/ood2", "abr/ood3"}, []string{"bba", "mpc"}, gain{}), Mind: synthTrace},
		{Source: "Trailblazer, §2.2.2 and Fig. 3b", States: "mean QoE out of distribution 1.5 % to 44.3 % above what was learned (GENET)",
			Ours: r.ranges([]string{"abr/ood1", "abr/ood2", "abr/ood3"}, []string{"genet-sampled"}, gain{}), Mind: synthTrace},
	}
	const traces = "Karma plays FCC and Norwegian 3G traces with a mean below 6 and a minimum above 0.2 Mbps, of which it names no list; ours are those of Trailblazer"
	list = append(list,
		Statement{Source: "Karma, Table 6 (K = 4, S = 4)", States: "QoE 0.793 ± 0.021", Ours: r.means("abr/default-test", r.candidates("abr/default-test", nil)), Mind: traces},
		Statement{Source: "Karma, §5.2 and Fig. 8", States: "QoE 18.7 % above the best other on FCC traces, RobustMPC", Ours: r.ranges([]string{"abr/default-test"}, []string{"robust-mpc"}, gain{}), Mind: traces})
	return list
}

func (r *Report) cjsPapers() []Statement {
	ood := []string{"cjs/ood1", "cjs/ood2", "cjs/ood3"}
	return []Statement{
		{Source: "Trailblazer, §2.2.2 and Fig. 3a", States: "job completion time in the default test 6.8 % to 41.3 % below Decima, FIFO and Fair",
			Ours: r.ranges([]string{"cjs/default-test"}, r.suite.Papers, gain{6.8, 41.3}),
			Mind: "the paper plays three seeds, of which it names none"},
		{Source: "Trailblazer, §2.2.2 and Fig. 3b", States: "mean job completion time out of distribution 2.5 % to 6.8 % and 10.5 % to 41.6 % below rule-based and learning-based policies, “respectively”",
			Ours: slices.Concat(r.ranges(ood, []string{"fifo", "fair"}, gain{}), r.ranges(ood, []string{"decima-sampled"}, gain{})),
			Mind: "the order of the two ranges is the paper's; ours are against the rules first, then against Decima"},
	}
}

func (r *Report) ccPapers() []Statement {
	const other = "the paper's sessions, its emulator and its controller VICC are not public; gcc-prod stands in for VICC"
	return []Statement{
		{Source: "Trailblazer, Extended Data Fig. 2", States: "MAPE about 36.5 % (0.365) of Qwen2.5 from 0.5 B parameters on",
			Ours: r.means("cc/test", append([]string{"gcc-prod"}, r.candidates("cc/test", []string{"gcc-prod"})...)), Mind: other},
		{Source: "Trailblazer, §2.3.2 and Fig. 5a", States: "the MAPE of the light policy, which sends what is requested, grows rapidly with the share p of requests in poor conditions",
			Ours: r.along("request-rate"), Mind: other},
		{Source: "Trailblazer, §2.3.3 and Fig. 6a (eq. 9)", States: "stall rates of gaps from 100, 200 and 500 ms on reduced by 0.92 %, 1.28 % and 0.76 % against VICC, in production",
			Ours: r.reductions("cc/test"), Mind: other},
		{Source: "Trailblazer, §2.3.2 and Fig. 5b", States: "at a peak of 2,000 requests with p = 20 %, the scheduler reduces the mean delay from 345 ms to 61 ms",
			Ours: serverWords(r.delays()), Mind: "how the requests of a peak are spread over time is not said"},
	}
}

// mean is a policy's first headline in a scenario, or no number: also where
// episodes are missing, since it would be of other ones than the others' means.
func (r *Report) mean(scenario, policy string) float64 {
	if s := r.scenario(scenario); s != nil {
		if row := s.row(policy); row != nil && row.Episodes == len(s.Keys) {
			return float64(row.Metrics[r.Headlines[0].Name].Mean)
		}
	}
	return math.NaN()
}

// candidates are the policies to put beside a paper's: those recorded, and the
// best of ours that is neither a baseline of the paper, nor the floor, nor
// privileged.
func (r *Report) candidates(scenario string, except []string) []string {
	var recorded []string
	best, bestMean := "", math.NaN()
	for _, p := range r.Policies {
		mean := r.mean(scenario, p.Name)
		switch {
		case math.IsNaN(mean) || slices.Contains(except, p.Name):
		case p.Recorded != "":
			recorded = append(recorded, p.Name)
		case !p.Privileged && p.Name != r.Floor.Policy && !slices.Contains(r.suite.Papers, p.Name) && (best == "" || (mean < bestMean) == r.Headlines[0].Lower):
			best, bestMean = p.Name, mean
		}
	}
	if best != "" {
		recorded = append(recorded, best)
	}
	return recorded
}

// ranges says by how many percent each candidate is better than baselines, and
// how far these are apart, which follows from the paper's range too.
func (r *Report) ranges(scenarios, baselines []string, implied gain) []string {
	var words []string
	for _, policy := range r.candidates(scenarios[0], baselines) {
		low, high := math.Inf(1), math.Inf(-1)
		for _, s := range scenarios {
			for _, b := range baselines {
				if g := r.gain(r.mean(s, policy), r.mean(s, b)); !math.IsNaN(g) {
					low, high = min(low, g), max(high, g)
				}
			}
		}
		if low <= high {
			words = append(words, fmt.Sprintf("%s: %s than %s", policy, rangeWords(low, high, r.Headlines[0].Lower), strings.Join(r.there(scenarios, baselines), ", ")))
		}
	}
	if implied.high > 0 {
		if there := r.there(scenarios, baselines); len(there) == len(baselines) {
			means := make([]float64, len(there))
			for i, b := range there {
				means[i] = r.mean(scenarios[0], b)
			}
			least, most := slices.Min(means), slices.Max(means)
			follows := 100 * ((100+implied.high)/(100+implied.low) - 1)
			if r.Headlines[0].Lower {
				follows = 100 * ((100-implied.low)/(100-implied.high) - 1)
			}
			words = append(words, fmt.Sprintf("the largest of the baselines is %.1f %% above the smallest; the paper's range implies %.1f %%", 100*(most/least-1), follows))
		}
	}
	return words
}

// there are the baselines that were played in the first of some scenarios.
func (r *Report) there(scenarios, baselines []string) []string {
	return slices.DeleteFunc(slices.Clone(baselines), func(b string) bool { return math.IsNaN(r.mean(scenarios[0], b)) })
}

// gain is by how many percent a value is better than a baseline's.
func (r *Report) gain(value, baseline float64) float64 {
	if r.Headlines[0].Lower {
		return 100 * (baseline - value) / math.Abs(baseline)
	}
	return 100 * (value - baseline) / math.Abs(baseline)
}

// rangeWords says by how many percent values are above or below others, where
// positive ones are better.
func rangeWords(low, high float64, lower bool) string {
	up, down := "higher", "lower"
	if lower {
		up, down = down, up
	}
	low, high = math.Round(10*low)/10, math.Round(10*high)/10
	switch {
	case low == high && low < 0:
		return fmt.Sprintf("%.1f %% %s", -low, down)
	case low == high:
		return fmt.Sprintf("%.1f %% %s", math.Abs(low), up)
	case low >= 0:
		return fmt.Sprintf("%.1f %% to %.1f %% %s", math.Abs(low), high, up)
	case high <= 0:
		return fmt.Sprintf("%.1f %% to %.1f %% %s", math.Abs(high), -low, down)
	}
	return fmt.Sprintf("from %.1f %% %s to %.1f %% %s", -low, down, high, up)
}

func (r *Report) means(scenario string, policies []string) []string {
	var words []string
	for _, p := range policies {
		if mean := r.mean(scenario, p); !math.IsNaN(mean) {
			words = append(words, fmt.Sprintf("%s: %s in %s", p, format(mean), scenario))
		}
	}
	return words
}

// along says what a policy's headline is along the suite's curve.
func (r *Report) along(policy string) []string {
	var parts []string
	for i, s := range r.suite.Curve {
		if mean := r.mean(s, policy); !math.IsNaN(mean) {
			parts = append(parts, fmt.Sprintf("%s at p = %.0f %%", format(mean), 100*r.suite.CurveAt[i]))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{policy + ": " + strings.Join(parts, ", ")}
}

// reductions says by how much candidates' stall rates are below the
// baseline's.
func (r *Report) reductions(scenario string) []string {
	s := r.scenario(scenario)
	if s == nil {
		return nil
	}
	var words []string
	base := s.row(r.Baseline)
	for _, policy := range r.candidates(scenario, []string{r.Baseline}) {
		row := s.row(policy)
		if base == nil || row == nil {
			continue
		}
		var parts []string
		for _, h := range r.Headlines[1:] {
			if reduction, ok := metric.Reduction(float64(base.Metrics[h.Name].Mean), float64(row.Metrics[h.Name].Mean)); ok {
				parts = append(parts, rangeWords(100*reduction, 100*reduction, h.Lower))
			}
		}
		words = append(words, fmt.Sprintf("%s: %s than %s in %s", policy, strings.Join(parts, ", "), r.Baseline, scenario))
	}
	return words
}
