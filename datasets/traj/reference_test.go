package traj

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestNewestReferences checks that reference scores are those of the last writer
// that gave some, wherever its shard comes in the order of names.
func TestNewestReferences(t *testing.T) {
	dir := t.TempDir()
	one := func(kind string, value float64) Reference {
		return Reference{Scenario: "small/one", Kind: kind, Policy: "oracle", Return: value, Episodes: 1}
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
