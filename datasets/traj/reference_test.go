package traj

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
)

// TestNewestReferences checks that reference scores are those of the last writer
// that gave some, wherever its shard comes in the order of names.
func TestNewestReferences(t *testing.T) {
	dir := t.TempDir()
	one := func(kind string, value float64) Reference {
		return Reference{Scenario: "small/one", ScenarioHash: testSpec().ContentHash, Kind: kind, Policy: "oracle", Return: value, Episodes: 1}
	}
	for i, run := range []struct {
		split      string
		references []Reference
		want       []Reference
	}{
		{"train", []Reference{one("floor", 1), one("best", 2)}, []Reference{one("floor", 1), one("best", 2)}},
		{"eval", []Reference{one("best", 3)}, []Reference{one("floor", 1), one("best", 3)}},
		{"train", []Reference{one("floor", 0)}, []Reference{one("floor", 0), one("best", 3)}},
		{"test", nil, []Reference{one("floor", 0), one("best", 3)}},
	} {
		w := create(t, dir, WriterOptions{Split: run.split, Reference: run.references})
		mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(uint64(i), 1)), w.Schema(), 3))
		mustClose(t, w)
		info, err := readInfo(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(info.Reference, run.want) {
			t.Errorf("run %d: %+v, want %+v", i, info.Reference, run.want)
		}
	}
	// Where nothing else says it, shards do.
	remove(t, infoPath(dir))
	validate(t, dir, true)
	if info, err := readInfo(dir); err != nil || len(info.Reference) != 2 {
		t.Errorf("%+v (%v)", info, err)
	}
}

// TestDescribedByEpisodes checks that a writer which adds none changes nothing,
// and that one which is killed after its first has described it.
func TestDescribedByEpisodes(t *testing.T) {
	dir := threeShards(t)
	before := files(t, dir)
	other := testSpec()
	other.Scenario, other.ContentHash, other.RewardHigh = "small/two", "ff", 20
	third := testSpec()
	third.Scenario, third.ContentHash = "small/three", "fe"
	open := func() *Writer {
		w, err := Create(dir, other, Labels{}, WriterOptions{Command: "another", Reference: []Reference{{Scenario: "small/two", Kind: "best"}}})
		if err == nil {
			err = w.AddScenario(third)
		}
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := open()
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, w)
	requireSameFiles(t, files(t, dir), before)
	w = open()
	e := drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 3)
	e.ScenarioHash = "ff"
	mustAdd(t, w, e)
	info, err := readInfo(dir)
	drop(w)
	if err != nil || info.Command != "another" || len(info.Scenarios) != 3 || info.RewardHigh != 20 || len(info.Reference) != 1 {
		t.Errorf("%+v (%v)", info, err)
	}
}

// TestEmptySetIsDescribedAnew: what is said of no episodes is not kept.
func TestEmptySetIsDescribedAnew(t *testing.T) {
	dir := t.TempDir()
	mustClose(t, create(t, dir, WriterOptions{Command: "first"}))
	w := create(t, dir, WriterOptions{Command: "second"})
	mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 3))
	mustClose(t, w)
	if info, err := readInfo(dir); err != nil || info.Command != "second" {
		t.Errorf("%+v (%v)", info, err)
	}
}

// TestAddReferences adds some to a set that gets no episodes.
func TestAddReferences(t *testing.T) {
	dir := threeShards(t)
	before, err := readInfo(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := create(t, dir, WriterOptions{Command: "never said"})
	if err := w.AddReferences([]Reference{{Scenario: "small/one", Kind: "best", Return: 7}}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, w)
	info, err := readInfo(dir)
	if err != nil || len(info.Reference) != 1 || info.Command != before.Command || info.Statistics.Episodes != 12 {
		t.Errorf("%+v (%v)", info, err)
	}
	if v := validate(t, dir, false); len(v.Problems) > 0 {
		t.Errorf("%+v", v.Problems)
	}
}

// TestReferencesOfOneName: data sets of two scenarios of one name, each with its
// own content, keep the reference scores of both when they are merged, and score
// no episode with those of the other.
func TestReferencesOfOneName(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	hashes := []string{testSpec().ContentHash, "ff"}
	for i, dir := range dirs {
		spec := testSpec()
		spec.ContentHash = hashes[i]
		best := Reference{Scenario: spec.Scenario, Kind: "best", Return: float64(10 * (i + 1)), Episodes: 1}
		floor := Reference{Scenario: spec.Scenario, Kind: "floor", Return: -best.Return, Episodes: 1}
		w, err := Create(dir, spec, Labels{}, WriterOptions{Reference: []Reference{floor, best}})
		if err != nil {
			t.Fatal(err)
		}
		e := drawEpisode(rand.New(rand.NewPCG(uint64(i), 1)), w.Schema(), 3)
		e.ScenarioHash, e.Source, e.Seed, e.Seeded, e.ResetOptions = spec.ContentHash, "", 0, true, nil
		Of[bool](e.Steps.Find(FieldTerminated))[2] = true
		mustAdd(t, w, e)
		mustClose(t, w)
	}
	out := filepath.Join(t.TempDir(), "both")
	if _, err := Merge(t.Context(), out, dirs, RewriteOptions{}); err != nil {
		t.Fatal(err)
	}
	set, err := Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	scores := Scores(headers, set.Info())
	if len(scores) != 2 || len(set.Info().Reference) != 4 {
		t.Fatalf("%+v and %+v, want two of one episode each and four", scores, set.Info().Reference)
	}
	for i, s := range scores {
		best := float64(10 * (i + 1))
		if want := 100 * (headers[i].Return + best) / (2 * best); s.ScenarioHash != hashes[i] || s.Episodes != 1 || s.Normalised == nil || *s.Normalised != want {
			t.Errorf("%+v, want %v of %s", s, want, hashes[i])
		}
	}
	if got := set.Info().ScenarioTitle("small/one", hashes[0]); got != "small/one (abababab)" {
		t.Errorf("the first is %q", got)
	}
	if got := set.Info().ScenarioTitle("small/two", "00"); got != "small/two" {
		t.Errorf("one of another name is %q", got)
	}
}

// TestReferencesOfOlderFiles: those without a content hash have that of the only
// scenario of the name, and compare with nothing where there are several.
func TestReferencesOfOlderFiles(t *testing.T) {
	older := func(hashes ...string) *Info {
		info, err := newInfo(testSpec(), Labels{})
		if err != nil {
			t.Fatal(err)
		}
		for _, hash := range hashes {
			info.addScenario(ScenarioInfo{Name: "s", ContentHash: hash})
		}
		info.addScenario(ScenarioInfo{Name: "other", ContentHash: "00"})
		info.Reference = []Reference{{Scenario: "s", Kind: "floor"}, {Scenario: "s", Kind: "best", Return: 10}}
		text, err := info.marshal()
		if err == nil {
			info, err = parseInfo(text)
		}
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	headers := []Header{{Scenario: "s", ScenarioHash: "aa", Policy: "p", Return: 4, Complete: true, Steps: 1}}
	one, two := older("aa"), older("aa", "bb")
	if s := Scores(headers, one)[0]; s.Normalised == nil || *s.Normalised != 40 {
		t.Errorf("one scenario: %+v", s)
	}
	if s := Scores(headers, two)[0]; s.Normalised != nil {
		t.Errorf("two scenarios: %+v, score %v", s, *s.Normalised)
	}
	if got := two.ScenarioTitle("s", two.Reference[0].ScenarioHash); got != "s (hash unknown)" {
		t.Errorf("a reference is of %q", got)
	}
	// What was one scenario's stays that one's beside another of the name.
	if err := one.join(older("bb")); err != nil || len(one.Reference) != 4 {
		t.Errorf("%v, %+v", err, one.Reference)
	}
}
