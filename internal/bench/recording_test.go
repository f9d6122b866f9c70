package bench_test

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/bench"
)

// TestRecordedPolicyGetsTheSameNumbers: a program that acts elsewhere as a
// policy does here enters with exactly the policy's numbers, in fixed and in
// drawn episodes, however its environments show what happens.
func TestRecordedPolicyGetsTheSameNumbers(t *testing.T) {
	for _, test := range []struct {
		suite   string
		agent   agent
		options bench.Options
	}{
		{"abr", agent{policy: "bba", environment: "trailblazer/ABR-v0", scenario: "abr/ood2", seeds: []int64{0, 1, 2, 3}},
			bench.Options{Scenarios: []string{"abr/ood2"}, Policies: []string{"bba"}, Episodes: 4}}, // with three seeds
		{"abr", agent{policy: "random", environment: "trailblazer/ABR-v0", scenario: "abr/default-test", seeds: []int64{0, 1, 2}, policySeed: 7},
			bench.Options{Scenarios: []string{"abr/default-test"}, Policies: []string{"random"}, Episodes: 3, Seeds: []uint64{7}}},
		{"abr", agent{policy: "random", environment: "trailblazer/ABR-v0", scenario: "abr/default-test", config: `{"observation": {"layout": "dict"}}`, seeds: []int64{0, 1, 2}, policySeed: 7},
			bench.Options{Scenarios: []string{"abr/default-test"}, Policies: []string{"random"}, Episodes: 3, Seeds: []uint64{7}}},
		// A vector that resets itself goes on without seeds.
		{"abr", agent{policy: "bba", environment: "trailblazer/ABR-v0", scenario: "abr/default-test", seeds: []int64{0, -1, -1, -1}},
			bench.Options{Scenarios: []string{"abr/default-test"}, Policies: []string{"bba"}, Episodes: 4, Seeds: []uint64{5}}},
		{"cjs", agent{policy: "fair", environment: "trailblazer/CJS-v0", scenario: "cjs/custom", seeds: []int64{3, 4, 8, 9}},
			bench.Options{Scenarios: []string{"cjs/custom"}, Policies: []string{"fair"}, Episodes: 2, Seeds: []uint64{3, 8}, Baseline: "fair"}},
		// An agent that asks for no packets meets the same sessions.
		{"cc", agent{policy: "oracle", environment: "trailblazer/CC-v0", scenario: "cc/test", seeds: []int64{20, 21}},
			bench.Options{Scenarios: []string{"cc/test"}, Policies: []string{"oracle"}, Episodes: 2, Seeds: []uint64{20}}},
		{"cc", agent{policy: "gcc-prod", environment: "trailblazer/CC-v0", scenario: "cc/test", config: `{"packets": true, "probes": true}`, seeds: []int64{20, 21}},
			bench.Options{Scenarios: []string{"cc/test"}, Policies: []string{"gcc-prod"}, Episodes: 2, Seeds: []uint64{20}}},
	} {
		t.Run(test.suite+" "+test.agent.policy+" "+test.agent.config, func(t *testing.T) {
			c := newCatalog(t)
			dir := filepath.Join(t.TempDir(), "set")
			test.agent.name = "mine"
			record(t, c, dir, test.agent)
			test.options.Catalog, test.options.Recorded = c, []string{dir}
			r := run(t, test.suite, test.options)
			if len(r.Notes) > 0 {
				t.Errorf("notes: %q", r.Notes)
			}
			s := r.Scenarios[0]
			here, there := row(t, s, test.agent.policy), row(t, s, "mine")
			for _, pair := range [][2]any{
				{here.Episodes, there.Episodes}, {encode(t, here.Metrics), encode(t, there.Metrics)},
				{encode(t, here.Values), encode(t, there.Values)}, {encode(t, here.Score), encode(t, there.Score)}, {here.Distribution, there.Distribution},
			} {
				if !reflect.DeepEqual(pair[0], pair[1]) {
					t.Errorf("recorded: %v\nplayed here: %v", pair[1], pair[0])
				}
			}
			last := r.Policies[len(r.Policies)-1]
			if last.Name != "mine" || last.Recorded != dir {
				t.Errorf("the last policy is %+v", last)
			}
			if !strings.Contains(html(t, r), "recorded in "+dir) {
				t.Error("the page doesn't say where it was recorded")
			}
		})
	}
}

// TestRecordedEpisodesThatDoNotCount are said, and pairs are of common ones.
func TestRecordedEpisodesThatDoNotCount(t *testing.T) {
	c := newCatalog(t)
	dir := filepath.Join(t.TempDir(), "set")
	abr := agent{name: "mpc", policy: "bba", environment: "trailblazer/ABR-v0", scenario: "abr/default-test"}
	test, elsewhere, other, noisy := abr, abr, abr, abr
	test.seeds, test.leave = []int64{0, 2, 3, 50}, 3
	elsewhere.scenario, elsewhere.seeds = "abr/ood1", []int64{0}
	other.name, other.policy, other.seeds = "other", "rate-based", []int64{1}
	noisy.config, noisy.seeds = `{"player": {"rtt_ms": 100}}`, []int64{0, 1}
	record(t, c, dir, test, elsewhere, other, noisy)
	r := run(t, "abr", bench.Options{Catalog: c, Scenarios: []string{"abr/default-test"}, Policies: []string{"mpc", "bba"}, Episodes: 5, Seeds: []uint64{0}, Recorded: []string{dir, dir}})
	s := r.Scenarios[0]
	mine := row(t, s, "mpc (set)")
	row(t, s, "mpc (set 2)")
	row(t, s, "other (set)")
	bba := row(t, s, "bba")
	if mine.Episodes != 2 {
		t.Fatalf("%d episodes, want those of traces 0 and 2", mine.Episodes)
	}
	var sum, base float64
	for _, k := range []int{0, 2} {
		if mine.Values["qoe"][k] != bba.Values["qoe"][k] {
			t.Errorf("trace %d: %v, want %v", k, mine.Values["qoe"][k], bba.Values["qoe"][k])
		}
		sum += float64(mine.Values["qoe"][k])
		base += float64(row(t, s, "mpc").Values["qoe"][k])
	}
	v := mine.Versus[0]
	if got, want := float64(v.Difference.Mean), (sum-base)/2; v.Episodes != 2 || got-want > 1e-12 || want-got > 1e-12 {
		t.Errorf("compared with mpc: %+v, want a difference of %v in 2 episodes", v, want)
	}
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{
		"1 episode of abr/default-test do not count: their seeds are not among those played here; record seeds 0 to 4, or play others", "1 episode of abr/default-test do not count: they were left before their end",
		"1 episode of abr/ood1 do not count: it is not among", "2 episodes of abr/default-test do not count: it is not among the scenarios played here, or its rules are not",
		"mpc (set): 3 episodes of abr/default-test are missing", "other (set): 4 episodes of abr/default-test are missing",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes lack %q:\n%s", want, notes)
		}
	}
}

// TestNoteNamesTheSeedsToRecord in a scenario that draws its episodes.
func TestNoteNamesTheSeedsToRecord(t *testing.T) {
	c := newCatalog(t)
	dir := filepath.Join(t.TempDir(), "set")
	record(t, c, dir, agent{name: "mine", policy: "bba", environment: "trailblazer/ABR-v0", scenario: "abr/train", seeds: []int64{1, 12}})
	for episodes, want := range map[int]string{1: "record seeds 5, 20, or", 3: "record seeds 5 to 7, 20 to 22, or"} {
		r := run(t, "abr", bench.Options{Catalog: c, Scenarios: []string{"abr/train"}, Policies: []string{"bba"}, Episodes: episodes, Seeds: []uint64{5, 20}, Recorded: []string{dir}})
		if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "2 episodes of abr/train do not count: their seeds are not among those played here; "+want) {
			t.Errorf("%d episodes a seed: notes %q lack %q", episodes, notes, want)
		}
	}
}

// TestEpisodesThatDifferWhenPlayedAgainDoNotCount: whoever adds to their
// rewards, or embellishes infos, gains nothing.
func TestEpisodesThatDifferWhenPlayedAgainDoNotCount(t *testing.T) {
	raise := func(i int, e *traj.Episode) {
		if rewards := traj.Of[float64](e.Steps.Find(traj.FieldReward)); i > 0 {
			for k := range rewards {
				rewards[k] += 3
			}
		}
	}
	embellish := func(i int, e *traj.Episode) {
		if i > 0 {
			traj.Of[float64](e.Steps.Find("info.rebuffer_s"))[20] = -1
		}
	}
	abr := agent{name: "mine", policy: "rate-based", environment: "trailblazer/ABR-v0", scenario: "abr/default-test"}
	for name, test := range map[string]struct {
		seeds []int64
		lie   func(int, *traj.Episode)
		notes []string
	}{
		"rewards": {[]int64{0, 1, 2}, raise, []string{"2 episodes of abr/default-test do not count: played again, they are not what was recorded; in the first, episode 1 of mine, step 0 has reward ", "mine: 2 episodes of abr/default-test are missing"}},
		"infos":   {[]int64{0, 1, 2}, embellish, []string{"2 episodes of abr/default-test do not count: played again, they are not what was recorded; in the first, episode 1 of mine, step 20 has info.rebuffer_s -1, and "}},
		// What tells an episode without a seed is its rewards.
		"rewards without seeds": {[]int64{0, -1, -1}, raise, []string{"2 episodes of abr/default-test do not count: nothing tells which they are"}},
		"infos without seeds":   {[]int64{0, -1, -1}, embellish, []string{"2 episodes of abr/default-test do not count: played again"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCatalog(t)
			dir := filepath.Join(t.TempDir(), "set")
			abr.seeds, abr.lie = test.seeds, test.lie
			record(t, c, dir, abr)
			for _, unverified := range []bool{false, true} {
				r := run(t, "abr", bench.Options{Catalog: c, Scenarios: []string{"abr/default-test"}, Policies: []string{"rate-based"}, Episodes: 3, Seeds: []uint64{0}, Recorded: []string{dir}, Unverified: unverified})
				here, there := row(t, r.Scenarios[0], "rate-based"), row(t, r.Scenarios[0], "mine")
				if there.Episodes != 1 || there.Values["qoe"][0] != here.Values["qoe"][0] || there.AsStated != 0 {
					t.Errorf("%d episodes, %v, want that of trace 0: %v", there.Episodes, there.Values["qoe"], here.Values["qoe"])
				}
				for _, want := range test.notes {
					if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, want) {
						t.Errorf("notes lack %q:\n%s", want, notes)
					}
				}
			}
		})
	}
}

// TestEpisodesThatCantBePlayedAgain do not count, unless they are asked for;
// then every form of the report says so.
func TestEpisodesThatCantBePlayedAgain(t *testing.T) {
	c := newCatalog(t)
	dir := filepath.Join(t.TempDir(), "set")
	record(t, c, dir, agent{name: "mine", policy: "bba", environment: "trailblazer/ABR-v0", scenario: "abr/default-test", seeds: []int64{0, 1, 2}, lie: func(i int, e *traj.Episode) {
		for _, f := range []*traj.Frame{e.Initial, e.Steps} {
			for k, field := range f.Fields {
				if values := &f.Values[k]; i > 0 && field.Role == traj.RoleInfo && field.Leaf.DType == env.Float64 {
					for at := range traj.Of[float64](values) {
						traj.Of[float64](values)[at] = math.NaN()
					}
				} else if i > 0 && field.Role == traj.RoleInfo {
					clear(values.Data)
				}
			}
		}
	}})
	options := bench.Options{Catalog: c, Scenarios: []string{"abr/default-test"}, Policies: []string{"bba"}, Episodes: 3, Seeds: []uint64{0}, Recorded: []string{dir}}
	r := run(t, "abr", options)
	want := "2 episodes of abr/default-test do not count: they can't be played again (its infos were not recorded); --unverified counts them as they are stated"
	if mine := row(t, r.Scenarios[0], "mine"); mine.Episodes != 1 || mine.AsStated != 0 || !strings.Contains(strings.Join(r.Notes, "\n"), want) {
		t.Errorf("%d episodes, notes %q, want %q", mine.Episodes, r.Notes, want)
	}
	options.Unverified = true
	r = run(t, "abr", options)
	mine, last := row(t, r.Scenarios[0], "mine (as stated)"), r.Policies[len(r.Policies)-1]
	if mine.Episodes != 3 || mine.AsStated != 2 || !last.AsStated || !strings.Contains(strings.Join(r.Notes, "\n"), "2 episodes of abr/default-test count as they are stated") {
		t.Errorf("%+v, %+v, notes %q", mine, last, r.Notes)
	}
	if v := mine.Metrics["bitrate_mbps"].Mean; !math.IsNaN(float64(v)) {
		t.Errorf("bitrate %v of episodes whose infos are not known", v)
	}
	var text, markdown bytes.Buffer
	if err := errors.Join(bench.WriteText(&text, r), bench.WriteMarkdown(&markdown, r)); err != nil {
		t.Fatal(err)
	}
	for form, written := range map[string]string{"text": text.String(), "Markdown": markdown.String(), "HTML": html(t, r), "JSON": encode(t, r)} {
		if !strings.Contains(written, "mine (as stated)") || !strings.Contains(written, "count as they are stated") {
			t.Errorf("%s doesn't say that they are as stated", form)
		}
	}
}

func TestRecordingsRefused(t *testing.T) {
	c := newCatalog(t)
	dir := t.TempDir()
	record(t, c, filepath.Join(dir, "cjs"), agent{name: "x", policy: "fifo", environment: "trailblazer/CJS-v0", scenario: "cjs/custom", seeds: []int64{1}})
	for recorded, want := range map[string]string{
		"cjs":    "the data set is of trailblazer/CJS-v0, and this bench plays trailblazer/ABR-v0",
		"absent": "--recorded " + filepath.Join(dir, "absent"),
	} {
		_, err := bench.Run(t.Context(), suite(t, "abr"), bench.Options{Catalog: c, Quick: true, Recorded: []string{filepath.Join(dir, recorded)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", recorded, err, want)
		}
	}
}
