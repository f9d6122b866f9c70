package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/bench"
	"trailblazer/internal/stats"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// tiny is a bench that takes no time.
var tiny = bench.Options{Scenarios: []string{"abr/default-test", "abr/ood2"}, Policies: []string{"bba", "mpc", "random"}, Episodes: 5, Seeds: []uint64{1, 2},
	Version: "v0", Command: "trailblazer bench abr --scenarios abr/default-test,abr/ood2 --policies bba,mpc,random --episodes 5 --seeds 1,2"}

func TestMarkdownIsGolden(t *testing.T) {
	var b bytes.Buffer
	if err := bench.WriteMarkdown(&b, run(t, "abr", tiny)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "tiny.md")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		for i, line := range strings.Split(got, "\n") {
			if wanted := strings.Split(string(want), "\n"); i >= len(wanted) || line != wanted[i] {
				t.Fatalf("line %d is\n%s\nIf the change is meant, read what `go test . -update` writes", i+1, line)
			}
		}
		t.Fatalf("%d bytes, want %d", len(got), len(want))
	}
}

// TestSameBytesWithAnyWorkers: of all forms.
func TestSameBytesWithAnyWorkers(t *testing.T) {
	var forms [2][]string
	for i, workers := range []int{1, 5} {
		for name, options := range map[string]bench.Options{
			"abr": tiny,
			"cjs": {Scenarios: []string{"cjs/custom"}, Policies: []string{"fifo", "fair"}, Episodes: 2, Seeds: []uint64{1, 9}},
			"cc":  {Scenarios: []string{"cc/mix-20", "cc/mix-80"}, Policies: []string{"gcc-prod", "request-rate"}, Episodes: 2},
		} {
			options.Workers = workers
			r := run(t, name, options)
			var text, markdown bytes.Buffer
			if err := errors.Join(bench.WriteText(&text, r), bench.WriteMarkdown(&markdown, r)); err != nil {
				t.Fatal(err)
			}
			forms[i] = append(forms[i], name+encode(t, r)+html(t, r)+text.String()+markdown.String())
		}
		slices.Sort(forms[i])
	}
	if !slices.Equal(forms[0], forms[1]) {
		t.Error("the number of workers changes the report")
	}
}

// TestNumbersFollowFromEpisodes computes again, from the values of episodes,
// what the report says of them.
func TestNumbersFollowFromEpisodes(t *testing.T) {
	r := run(t, "abr", tiny)
	for _, s := range r.Scenarios {
		mean := func(policy string) float64 {
			sum := 0.0
			for _, v := range row(t, s, policy).Values["qoe"] {
				sum += float64(v)
			}
			return sum / 5
		}
		floor, ceiling, base := mean("fixed"), mean("offline-optimum"), mean("mpc")
		var corrected, ps []float64
		for i := range s.Rows {
			one := &s.Rows[i]
			own := mean(one.Policy)
			// All episodes have as many chunks.
			if got := float64(one.Metrics["qoe"].Mean); math.Abs(got-own) > 1e-9 {
				t.Errorf("%s, %s: mean %v, want %v", s.Name, one.Policy, got, own)
			}
			if got, want := float64(one.Score.Mean), 100*(own-floor)/(ceiling-floor); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s, %s: score %v, want %v", s.Name, one.Policy, got, want)
			}
			if one.Policy == "mpc" {
				if one.Versus != nil {
					t.Errorf("the baseline is compared with %+v", one.Versus)
				}
				continue
			}
			v := one.Versus[0]
			var differences []float64 // All episodes weigh the same.
			better, worse := 0, 0
			for k, x := range one.Values["qoe"] {
				y := row(t, s, "mpc").Values["qoe"][k]
				differences = append(differences, float64(x-y))
				if x > y {
					better++
				} else if x < y {
					worse++
				}
			}
			if math.Abs(float64(v.Difference.Mean)-(own-base)) > 1e-9 || math.Abs(float64(v.Percent.Mean)-100*(own-base)/math.Abs(base)) > 1e-6 ||
				v.Better != better || v.Worse != worse || v.Equal != 5-better-worse || float64(v.P) != stats.SignFlip(differences) {
				t.Errorf("%s, %s: %+v, want a difference of %v, %d better, %d worse", s.Name, one.Policy, v, own-base, better, worse)
			}
			ps, corrected = append(ps, float64(v.P)), append(corrected, float64(v.Holm))
		}
		if want := stats.Holm(ps); !slices.Equal(corrected, want) {
			t.Errorf("%s: corrected p-values %v, want %v", s.Name, corrected, want)
		}
		if n := len(s.Rows); n != 5 || len(s.Pairs) != n*(n-1)/2 {
			t.Errorf("%s: %d rows, %d pairs", s.Name, len(s.Rows), len(s.Pairs))
		}
	}
}

// TestSeedsOfAFixedScenario: a policy that draws differs from seed to seed, and
// its episodes are the means over seeds.
func TestSeedsOfAFixedScenario(t *testing.T) {
	options := tiny
	options.Scenarios = []string{"abr/default-test"}
	both := row(t, run(t, "abr", options).Scenarios[0], "random")
	mean := 0.0
	for i, seed := range options.Seeds {
		options.Seeds = []uint64{seed}
		one := row(t, run(t, "abr", options).Scenarios[0], "random")
		if got, want := float64(both.Seeds[i]), float64(one.Metrics["qoe"].Mean); math.Abs(got-want) > 1e-9 {
			t.Errorf("seed %d: %v, alone %v", seed, got, want)
		}
		mean += float64(one.Values["qoe"][3]) / 2
	}
	if both.Seeds[0] == both.Seeds[1] || math.Abs(float64(both.Values["qoe"][3])-mean) > 1e-9 {
		t.Errorf("seeds %v, episode 3 %v, want %v", both.Seeds, both.Values["qoe"][3], mean)
	}
}

// TestPageHasAllFigures, and is XML.
func TestPageHasAllFigures(t *testing.T) {
	for name, test := range map[string]struct {
		options bench.Options
		figures int
		want    []string
	}{
		"abr": {tiny, 2 * 4, []string{"Fig. 3a", "Fig. 3b", "Karma&#39;s Fig. 8", "Difference from mpc", "content hash", "Trailblazer, §2.2.2", "GENET"}},
		"cc": {bench.Options{Scenarios: []string{"cc/mix-20", "cc/mix-80"}, Policies: []string{"gcc-prod", "nada"}, Episodes: 2}, 1 + 2*7,
			[]string{"As in Fig. 5a", "stall rate, 500 ms", "Request processing delay"}},
		"cjs": {bench.Options{Scenarios: []string{"cjs/custom"}, Policies: []string{"fifo"}, Episodes: 1, Seeds: []uint64{4}}, 4, []string{"Compared with fifo"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, name, test.options)
			page := html(t, r)
			if n := strings.Count(page, `<svg xmlns="http://www.w3.org/2000/svg" class="figure"`); n != test.figures {
				t.Errorf("%d figures, want %d", n, test.figures)
			}
			for _, want := range test.want {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			// Each policy has a box to tick, and rules that bring its lines out.
			for i := range len(r.Policies) {
				class := fmt.Sprintf("s%d", i)
				if boxes := strings.Count(page, `<input type="checkbox" class="`+class+`"/>`); boxes < len(r.Scenarios) || strings.Count(page, ` `+class+`" d="M`) <= boxes || !strings.Contains(page, "input."+class+":checked) .figure .line."+class+"{") {
					t.Errorf("policy %d has %d boxes in %d sections", i, boxes, len(r.Scenarios))
				}
			}
			for _, not := range []string{"NaN", "Inf", "ZgotmplZ", "<script", "src=", "href=\"http"} {
				if strings.Contains(page, not) {
					t.Errorf("the page has %q", not)
				}
			}
			for d := xml.NewDecoder(strings.NewReader(page)); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestInterruptedBenchSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	options := tiny
	options.Catalog, options.Workers = newCatalog(t), 1
	options.Progress = func(done, total int) {
		if total != 10 {
			t.Errorf("%d cells, want 10", total)
		}
		if done == 7 {
			cancel()
		}
	}
	r, err := bench.Run(ctx, suite(t, "abr"), options)
	if !errors.Is(err, context.Canceled) || r == nil || !r.Incomplete || len(r.Scenarios[0].Rows) != 5 || len(r.Scenarios[1].Rows) != 2 {
		t.Fatalf("%v, %+v", err, r)
	}
	var text, markdown bytes.Buffer
	if err := errors.Join(bench.WriteText(&text, r), bench.WriteMarkdown(&markdown, r)); err != nil {
		t.Fatal(err)
	}
	for form, written := range map[string]string{"text": text.String(), "Markdown": markdown.String(), "HTML": html(t, r)} {
		if !strings.Contains(written, "INCOMPLETE") {
			t.Errorf("%s doesn't say that it is incomplete", form)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for want, options := range map[string]bench.Options{
		"--episodes: -1 is no number":          {Episodes: -1},
		"--seeds: 3 is there twice":            {Seeds: []uint64{3, 4, 3}},
		"--scenarios: abr/ood1 is there twice": {Scenarios: []string{"abr/ood1", "abr/ood1"}},
		"--policies: bba is there twice":       {Policies: []string{"bba", "mpc", "bba"}},
		`"abr/nope"`:                           {Scenarios: []string{"abr/nope"}},
		`"nope"`:                               {Policies: []string{"nope"}},
		`--baseline: "mpc" is not among`:       {Policies: []string{"bba"}, Baseline: "mpc"},
		"--episodes: 101 is more than":         {Episodes: 101},
		"--seeds: [1 4] overlap":               {Scenarios: []string{"abr/train"}, Seeds: []uint64{1, 4}, Episodes: 4},
	} {
		options.Catalog = newCatalog(t)
		if _, err := bench.Run(t.Context(), suite(t, "abr"), options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := bench.FindSuite("nope"); err == nil || !strings.Contains(err.Error(), "abr, cjs, cc") {
		t.Errorf("an unknown suite: %v", err)
	}
}

// TestPoliciesWithoutTheirDataAreLeftOut: the suite's own; those that are asked
// for are an error.
func TestPoliciesWithoutTheirDataAreLeftOut(t *testing.T) {
	r := run(t, "cjs", bench.Options{Scenarios: []string{"cjs/custom"}, Quick: true, Episodes: 1})
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "decima-sampled is left out: ") || r.Baseline != "fifo" {
		t.Errorf("notes %q, baseline %s", r.Notes, r.Baseline)
	}
	if _, err := bench.Run(t.Context(), suite(t, "cjs"), bench.Options{Catalog: newCatalog(t), Policies: []string{"decima-sampled"}}); err == nil || !strings.Contains(err.Error(), "--data DIR") {
		t.Errorf("Decima without its network: %v", err)
	}
}

func TestNumbersThatAreNoneAreNull(t *testing.T) {
	b, err := json.Marshal([]bench.Number{1.5, bench.Number(math.NaN()), bench.Number(math.Inf(1))})
	if err != nil || string(b) != "[1.5,null,null]" {
		t.Errorf("%s, %v", b, err)
	}
	var back []bench.Number
	if err := json.Unmarshal(b, &back); err != nil || back[0] != 1.5 || !math.IsNaN(float64(back[1])) {
		t.Errorf("%v, %v", back, err)
	}
}

// TestFullDisk: errors of files reach who asked for them.
func TestFullDisk(t *testing.T) {
	r := run(t, "cjs", bench.Options{Scenarios: []string{"cjs/custom"}, Policies: []string{"fifo"}, Episodes: 1, Seeds: []uint64{4}})
	for name, write := range map[string]func(io.Writer, *bench.Report) error{"text": bench.WriteText, "Markdown": bench.WriteMarkdown, "HTML": bench.WriteHTML} {
		if err := write(full{}, r); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
