package bench

import (
	"encoding/json"
	"math"
)

// Report is what a bench came to. All of it is JSON; numbers that are not
// defined are null.
type Report struct {
	Suite       string `json:"suite"`
	Title       string `json:"title"`
	Environment string `json:"environment"`
	Version     string `json:"version"`
	Command     string `json:"command"`
	// Incomplete says that it was stopped before its end.
	Incomplete bool     `json:"incomplete,omitempty"`
	Seeds      []uint64 `json:"seeds"`
	// Baseline is what others are compared with, Floor and Ceiling have the
	// scores 0 and 100.
	Baseline  string      `json:"baseline"`
	Floor     Anchor      `json:"floor"`
	Ceiling   Anchor      `json:"ceiling"`
	Metrics   []Metric    `json:"metrics"`
	Headlines []Headline  `json:"headlines"`
	Policies  []Policy    `json:"policies"`
	Notes     []string    `json:"notes,omitempty"`
	Scenarios []*Scenario `json:"scenarios"`
	// Papers are the numbers that papers state, beside ours, and Code those
	// that the authors' own code gives.
	Papers []Statement `json:"papers,omitempty"`
	Code   []CodeScore `json:"authors_code,omitempty"`
	// Delays are those of requests at a server that works in batches.
	Delays []ServerDelay `json:"server_delays,omitempty"`

	suite *Suite
}

// Anchor is a policy with a fixed score, and why.
type Anchor struct {
	Policy string `json:"policy"`
	Why    string `json:"why"`
}

// Metric says what a number is.
type Metric struct {
	Name        string `json:"name"`
	Unit        string `json:"unit"`
	Description string `json:"description"`
}

// Policy is a row of the tables.
type Policy struct {
	Name    string `json:"name"`
	Summary string `json:"summary,omitempty"`
	// Privileged policies know what no agent is shown.
	Privileged bool `json:"privileged,omitempty"`
	// Recorded is the data set that its episodes are from.
	Recorded string `json:"recorded,omitempty"`
	// AsStated says that some of them can't be played again, so that nobody
	// knows whether they are true.
	AsStated bool `json:"as_stated,omitempty"`
}

// Scenario is what all policies did in one.
type Scenario struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	DataSource  string            `json:"data_source"`
	ContentHash string            `json:"content_hash"`
	Data        map[string]string `json:"data"`
	// Fixed scenarios have numbered episodes; others draw them from Keys,
	// which are seeds then.
	Fixed bool     `json:"fixed"`
	Keys  []uint64 `json:"episodes"`
	// Plays is how often each episode is played: with every seed in a fixed
	// scenario, else once.
	Plays int   `json:"plays"`
	Rows  []Row `json:"policies"`
	// Pairs compares all with all in the first headline; Holm's correction is
	// over all pairs.
	Pairs []Pair `json:"pairs"`
}

// Row is what one policy did in a scenario.
type Row struct {
	Policy string `json:"policy"`
	// Episodes is how many there are of it.
	Episodes int `json:"episodes"`
	// AsStated is how many recorded ones can't be played again.
	AsStated int                 `json:"episodes_as_stated,omitempty"`
	Steps    int                 `json:"steps"`
	Metrics  map[string]Estimate `json:"metrics"`
	// Seeds holds the first headline's mean for each seed.
	Seeds []Number `json:"seed_means,omitempty"`
	// Score is 0 for the floor and 100 for the ceiling, of the first headline.
	Score *Estimate `json:"score,omitempty"`
	// Distribution is that of the episodes' own values of the first headline.
	Distribution Distribution `json:"distribution"`
	// Versus compares with the baseline in each headline.
	Versus []Comparison `json:"versus,omitempty"`
	// Values holds each metric of every episode, in the order of the
	// scenario's; null where it is missing or not defined.
	Values map[string][]Number `json:"values"`
}

// Estimate is a value with its 95 % bootstrap interval over episodes.
type Estimate struct {
	Mean Number    `json:"mean"`
	CI95 [2]Number `json:"ci95"`
}

// Distribution has quantiles over episodes.
type Distribution struct {
	Min    Number `json:"min"`
	Q05    Number `json:"q05"`
	Q25    Number `json:"q25"`
	Median Number `json:"median"`
	Q75    Number `json:"q75"`
	Q95    Number `json:"q95"`
	Max    Number `json:"max"`
	// Mean is over episodes, each of which counts the same, also where a
	// metric's own mean is over all steps.
	Mean Number `json:"mean_of_episodes"`
}

// Comparison says how a policy differs from another in a metric.
type Comparison struct {
	Policy string `json:"policy"`
	Metric string `json:"metric"`
	// Episodes is how many are compared: those in which the metric was
	// measured of both.
	Episodes int `json:"episodes"`
	// Difference is the mean over episodes, each weighed by how much was
	// measured of both, in the metric's unit; Percent is that of the other's
	// mean with the same weights, and its negative the reduction of eq. 9.
	Difference Estimate `json:"difference"`
	Percent    Estimate `json:"percent"`
	// P is the two-sided p-value of a paired sign-flip test of Difference, Holm
	// the same corrected for all comparisons of the table.
	P    Number `json:"p"`
	Holm Number `json:"p_holm"`
	// Better, Worse and Equal count episodes, by their own values.
	Better int `json:"better"`
	Worse  int `json:"worse"`
	Equal  int `json:"equal"`
}

// Pair compares policy A with B.
type Pair struct {
	A string `json:"a"`
	Comparison
	AIsBetter bool `json:"a_is_better"`
}

// Number is a float64 that is null in JSON where it is none.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// row finds a policy's row, or nil.
func (s *Scenario) row(policy string) *Row {
	for i := range s.Rows {
		if s.Rows[i].Policy == policy {
			return &s.Rows[i]
		}
	}
	return nil
}

// scenario finds one by its name, or nil.
func (r *Report) scenario(name string) *Scenario {
	for _, s := range r.Scenarios {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// versus finds the comparison in a metric, or nil.
func (r *Row) versus(metric string) *Comparison {
	for i := range r.Versus {
		if r.Versus[i].Metric == metric {
			return &r.Versus[i]
		}
	}
	return nil
}
