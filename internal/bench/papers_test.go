package bench

import (
	"math"
	"slices"
	"strings"
	"testing"

	"trailblazer/envserver/catalog"
	"trailblazer/internal/testdata"
)

// made makes a report of means by scenario and policy.
func made(t *testing.T, suite string, means map[string]map[string]float64, policies ...Policy) *Report {
	t.Helper()
	s, err := FindSuite(suite)
	if err != nil {
		t.Fatal(err)
	}
	r := &Report{Suite: suite, Headlines: s.Headlines, Policies: policies, Baseline: s.Baseline, suite: s}
	for _, name := range s.Scenarios {
		scenario := &Scenario{Name: name}
		for _, p := range policies {
			if mean, ok := means[name][p.Name]; ok {
				scenario.Rows = append(scenario.Rows, Row{Policy: p.Name, Metrics: map[string]Estimate{s.Headlines[0].Name: {Mean: Number(mean)}}})
			}
		}
		r.Scenarios = append(r.Scenarios, scenario)
	}
	return r
}

// TestPapersRangesByHand: gains over the same baselines, and how far these are
// apart.
func TestPapersRangesByHand(t *testing.T) {
	r := made(t, "abr", map[string]map[string]float64{
		"abr/default-test": {"genet-sampled": 1, "bba": 0.8, "mpc": 0.96, "ours": 1.2, "weak": 0.5, "mine": 0.9, "offline-optimum": 2},
		"abr/ood1":         {"bba": 2, "mpc": 1, "ours": 2.2, "mine": 2},
		"abr/ood2":         {"bba": -1, "mpc": 1, "ours": 1, "mine": 1},
	}, Policy{Name: "genet-sampled"}, Policy{Name: "bba"}, Policy{Name: "mpc"}, Policy{Name: "ours"}, Policy{Name: "weak"}, Policy{Name: "mine", Recorded: "DIR"},
		Policy{Name: "offline-optimum", Privileged: true})
	papers, _ := r.beside()
	for i, want := range [][]string{
		{"mine: from 10.0 % lower to 12.5 % higher than genet-sampled, bba, mpc", "ours: 20.0 % to 50.0 % higher than genet-sampled, bba, mpc",
			"the largest of the baselines is 25.0 % above the smallest; the paper's range implies 19.3 %"},
		// Out of distribution all means are of ood1 and ood2, since ood3 was not played.
		{"mine: 0.0 % to 200.0 % higher than bba, mpc", "ours: 0.0 % to 200.0 % higher than bba, mpc"},
		// GENET was not played there.
		{"mine: 0.9000 in abr/default-test", "ours: 1.200 in abr/default-test"},
	} {
		if i >= len(papers) || !slices.Equal(papers[i].Ours, want) {
			t.Errorf("%s: %q, want %q", papers[i].States, papers[i].Ours, want)
		}
	}

	r = made(t, "cjs", map[string]map[string]float64{"cjs/default-test": {"decima-sampled": 50, "fifo": 100, "fair": 80, "linear": 40}},
		Policy{Name: "decima-sampled"}, Policy{Name: "fifo"}, Policy{Name: "fair"}, Policy{Name: "linear"})
	papers, _ = r.beside()
	if got, want := papers[0].Ours, []string{"linear: 20.0 % to 60.0 % lower than decima-sampled, fifo, fair",
		"the largest of the baselines is 100.0 % above the smallest; the paper's range implies 58.8 %"}; !slices.Equal(got, want) {
		t.Errorf("schedulers: %q, want %q", got, want)
	}
}

// TestRangesReadWell: nobody is "-521 % higher".
func TestRangesReadWell(t *testing.T) {
	for _, test := range []struct {
		low, high float64
		lower     bool
		want      string
	}{
		{-521.1, -521.1, false, "521.1 % lower"}, {3.21, 3.24, false, "3.2 % higher"}, {3.2, 3.2, true, "3.2 % lower"}, {-31.8, -31.8, true, "31.8 % higher"},
		{2, 5, false, "2.0 % to 5.0 % higher"}, {-5, -2, false, "2.0 % to 5.0 % lower"}, {-5, -2, true, "2.0 % to 5.0 % higher"},
		{-5, 2, false, "from 5.0 % lower to 2.0 % higher"}, {-5, 2, true, "from 5.0 % higher to 2.0 % lower"},
		{-0.01, 0.01, false, "0.0 % higher"}, {-5, -0.01, false, "0.0 % to 5.0 % lower"}, {-0.01, 5, false, "0.0 % to 5.0 % higher"},
	} {
		if got := rangeWords(test.low, test.high, test.lower); got != test.want {
			t.Errorf("%v to %v: %s, want %s", test.low, test.high, got, test.want)
		}
	}
	r := made(t, "cc", map[string]map[string]float64{"cc/test": {"gcc-prod": 0.2, "bbr": 0.1}}, Policy{Name: "gcc-prod"}, Policy{Name: "bbr"})
	for i, rates := range [][3]float64{{0.1, 0.2, 0.4}, {0.15, 0.1, 0.6}} {
		for k, h := range r.Headlines[1:] {
			r.Scenarios[0].Rows[i].Metrics[h.Name] = Estimate{Mean: Number(rates[k])}
		}
	}
	if got, want := r.reductions("cc/test"), []string{"bbr: 50.0 % higher, 50.0 % lower, 50.0 % higher than gcc-prod in cc/test"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestPapersStandBesideWholeRows only: a policy that lacks episodes has a mean
// of other ones than the baselines.
func TestPapersStandBesideWholeRows(t *testing.T) {
	means := map[string]map[string]float64{"abr/default-test": {"bba": 1, "mine": 3}}
	r := made(t, "abr", means, Policy{Name: "bba"}, Policy{Name: "mine", Recorded: "DIR"})
	s := r.Scenarios[0]
	s.Keys, s.Rows[0].Episodes, s.Rows[1].Episodes = []uint64{0, 1}, 2, 1
	if papers, _ := r.beside(); len(papers) > 0 {
		t.Errorf("one episode of two stands beside papers: %+v", papers)
	}
	s.Rows[1].Episodes = 2
	if papers, _ := r.beside(); len(papers) == 0 {
		t.Error("nothing stands beside papers")
	}
}

// TestAuthorsCodeAgrees: on the published files, the rules and GENET's greedy
// network reach what the authors' code does.
func TestAuthorsCodeAgrees(t *testing.T) {
	c, err := catalog.New(catalog.Options{DataDir: testdata.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	abr, err := FindSuite("abr")
	if err != nil {
		t.Fatal(err)
	}
	abr.Ceiling = "mpc" // The optimum would take long, and is not looked at.
	r, err := Run(t.Context(), abr, Options{Catalog: c, Scenarios: []string{"abr/default-test", "abr/ood2"}, Policies: []string{"bba", "mpc", "genet-greedy"}, Seeds: []uint64{1}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Code) != 6 {
		t.Fatalf("%d scores, want 6: %+v", len(r.Code), r.Code)
	}
	for _, score := range r.Code {
		bound := 1e-12
		if strings.HasPrefix(score.Policy, "genet") {
			bound = 1e-5 // Its float32 sums may round otherwise.
		}
		if math.Abs(float64(score.Ours-score.Theirs)) > bound {
			t.Errorf("%s in %s: %v, the authors' code %v", score.Policy, score.Scenario, score.Ours, score.Theirs)
		}
	}
	cjs, err := FindSuite("cjs")
	if err != nil {
		t.Fatal(err)
	}
	if r, err = Run(t.Context(), cjs, Options{Catalog: c, Scenarios: []string{"cjs/default-test"}, Policies: []string{"fifo"}, Seeds: []uint64{666, 1}, Episodes: 1}); err != nil {
		t.Fatal(err)
	}
	if len(r.Code) != 1 || math.Abs(float64(r.Code[0].Ours/r.Code[0].Theirs)-1) > 0.02 {
		t.Errorf("FIFO: %+v", r.Code)
	}
}

// TestServerDelaysByHand: with one batch each, a request waits for it alone.
func TestServerDelaysByHand(t *testing.T) {
	delays := (&Report{Suite: "cc"}).delays()
	if len(delays) != 9 || delays[8].Requests != 2000 || delays[8].Share != 0.2 {
		t.Fatalf("%+v", delays)
	}
	for _, d := range delays {
		n := math.Round(float64(d.Requests) * d.Share)
		// The last is answered after all batches, so nobody waits longer, and
		// nobody less than one batch takes.
		if most := 37.1 * (math.Ceil(n/64) + 3); !(d.MeanMs >= 37.1 && d.MeanMs <= d.P95Ms && d.P95Ms <= most) {
			t.Errorf("%+v, want at most %v", d, most)
		}
	}
}

func TestFormats(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.0000", 0.12345: "0.1235", 1.2345: "1.234", 12.345: "12.35", 123.45: "123.5", 12345.6: "12346", -0.00001: "0.0000", -2.5: "-2.500", math.NaN(): "–", math.Inf(1): "–",
	} {
		if got := format(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{0.01: "+0.0", -0.01: "+0.0", 12.34: "+12.3", -1234.5: "-1234", math.NaN(): "–"} {
		if got := signed(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
	for p, want := range map[Number]string{0.0004: "< 0.001", 0.05: "0.050", 1: "1.000", Number(math.NaN()): "–"} {
		if got := pValue(p); got != want {
			t.Errorf("p %v is written %s, want %s", p, got, want)
		}
	}
}
