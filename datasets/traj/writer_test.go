package traj

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/filehash"
)

// create opens a writer that is closed at the test's end.
func create(t testing.TB, dir string, o WriterOptions) *Writer {
	t.Helper()
	w, err := Create(dir, testSpec(), Labels{}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func mustAdd(t testing.TB, w *Writer, e *Episode) {
	t.Helper()
	if added, err := w.Add(e); !added || err != nil {
		t.Fatalf("added %v: %v", added, err)
	}
}

func mustClose(t testing.TB, w *Writer) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// readAll reads all episodes of a data set by their IDs.
func readAll(t testing.TB, dir string) map[int64]*Episode {
	t.Helper()
	set, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	all := map[int64]*Episode{}
	for i := range headers {
		e, err := set.Episode(&headers[i])
		if err != nil {
			t.Fatal(err)
		}
		if all[e.ID] != nil {
			t.Fatalf("episode %d is there twice", e.ID)
		}
		all[e.ID] = e
	}
	return all
}

// files returns the contents of all files of a data set, but for the lock.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func requireSameFiles(t testing.TB, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs (%d bytes, want %d)", name, len(got[name]), len(want[name]))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s should not be there", name)
		}
	}
}

func TestWriter(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	want := map[int64]*Episode{}
	for run := range 3 {
		w := create(t, dir, WriterOptions{ShardSteps: 100, GroupSteps: 20})
		if w.Episodes() != len(want) {
			t.Fatalf("%d episodes, want %d", w.Episodes(), len(want))
		}
		for i := range 20 {
			e := drawEpisode(random, w.Schema(), 1+random.IntN(20))
			e.Source = strconv.Itoa(run) + "." + strconv.Itoa(i)
			e.Split = []string{"", "test"}[random.IntN(2)]
			mustAdd(t, w, e)
			if e.ID != int64(len(want)) || !w.Has(e.Source) {
				t.Fatalf("ID %d, want %d", e.ID, len(want))
			}
			want[e.ID] = e
		}
		again := drawEpisode(random, w.Schema(), 3)
		again.Source = "0.7"
		if added, err := w.Add(again); added || err != nil {
			t.Fatalf("an episode of the same source: %v, %v", added, err)
		}
		if run == 1 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, dir); len(got) != len(want) {
				t.Fatalf("%d episodes after Flush, want %d", len(got), len(want))
			}
		}
		mustClose(t, w)
		if _, err := w.Add(again); !errors.Is(err, ErrClosed) {
			t.Fatalf("added to a closed writer: %v", err)
		}
	}
	got := readAll(t, dir)
	if len(got) != len(want) {
		t.Fatalf("%d episodes, want %d", len(got), len(want))
	}
	splits := map[string]int{}
	for id, e := range want {
		requireSame(t, got[id], e)
		if got[id].Split != e.Split {
			t.Errorf("split %q, want %q", got[id].Split, e.Split)
		}
		splits[e.Split] += e.Header.Steps
	}
	set, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	steps := map[string]int{}
	for _, s := range set.Shards() {
		steps[s.Split] += s.Steps
		if sum, err := filehash.SHA256(stepsPath(dir, s.Name)); err != nil || sum != s.SHA256 {
			t.Errorf("%s has sum %s, want %s (%v)", s.Name, s.SHA256, sum, err)
		}
	}
	if len(splits) != 2 || steps["train"] != splits["train"] || steps["test"] != splits["test"] {
		t.Errorf("steps %v, want %v", steps, splits)
	}
	if info, err := readInfo(dir); err != nil || info.Statistics.Steps != splits["train"]+splits["test"] || len(info.Scenarios) != 1 || len(info.Shards) < 6 {
		t.Errorf("info %+v (%v)", info, err)
	}
	for name := range files(t, dir) {
		if strings.HasPrefix(name, openDir) || strings.HasSuffix(name, partialSuffix) {
			t.Errorf("%s is left", name)
		}
	}
}

// TestWriterKilledAnywhere cuts a run short after every number of episodes, by
// dropping the writer without Close, and goes on: the files must be those of
// the run that was not cut.
func TestWriterKilledAnywhere(t *testing.T) {
	t.Run("by steps", func(t *testing.T) { killAnywhere(t, WriterOptions{ShardSteps: 40, Command: "test"}) })
	t.Run("by bytes", func(t *testing.T) { killAnywhere(t, WriterOptions{shardBytes: 10_000, Command: "test"}) })
}

func killAnywhere(t *testing.T, o WriterOptions) {
	const episodes = 12
	draw := func(w *Writer, low, high int) {
		for i := low; i < high; i++ {
			mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(uint64(i), 0)), w.Schema(), 5+i))
		}
	}
	whole := t.TempDir()
	w := create(t, whole, o)
	draw(w, 0, episodes)
	mustClose(t, w)
	want := files(t, whole)
	for cut := range episodes + 1 {
		dir := t.TempDir()
		w := create(t, dir, o)
		draw(w, 0, cut)
		drop(w)
		if cut%3 == 0 {
			// What a write cut short leaves.
			names, _ := journalNames(dir)
			for _, name := range names {
				f, err := os.OpenFile(journalPath(dir, name), os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					t.Fatal(err)
				}
				f.Write([]byte{40, 0, 0, 0, 1, 2, 3, 4, 1, 2, 9})
				f.Close()
			}
		}
		w = create(t, dir, o)
		if w.Episodes() != cut {
			t.Fatalf("%d episodes were kept of %d", w.Episodes(), cut)
		}
		draw(w, cut, episodes)
		mustClose(t, w)
		requireSameFiles(t, files(t, dir), want)
	}
}

// drop leaves a writer as a killed process does, but for what is written in the
// background, which is waited for.
func drop(w *Writer) {
	if w.writing != nil {
		<-w.writing.done
	}
	w.closed = true
	w.lock.release()
}

func TestWriterConcurrent(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, WriterOptions{ShardSteps: 200})
	var group sync.WaitGroup
	var mu sync.Mutex
	want := map[int64]*Episode{}
	for worker := range 4 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for i := range 40 {
				e := drawEpisode(random, w.Schema(), 1+random.IntN(20))
				e.Source = strconv.Itoa(i + 20*worker) // Shared with the next worker.
				added, err := w.Add(e)
				if err != nil {
					t.Error(err)
				}
				if added {
					mu.Lock()
					want[e.ID] = e
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	mustClose(t, w)
	got := readAll(t, dir)
	if len(got) != 100 || len(want) != 100 {
		t.Fatalf("%d episodes, %d added, want 100", len(got), len(want))
	}
	for id, e := range want {
		requireSame(t, got[id], e)
	}
}

func TestCreateRefused(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, WriterOptions{})
	var locked *LockedError
	if _, err := Create(dir, testSpec(), Labels{}, WriterOptions{}); !errors.As(err, &locked) || !strings.Contains(err.Error(), "trailblazer data merge") {
		t.Errorf("a second writer: %v", err)
	}
	mustClose(t, w)
	other := testSpec()
	other.ID = "test/Other-v0"
	if _, err := Create(dir, other, Labels{}, WriterOptions{}); err == nil || !strings.Contains(err.Error(), "environment is test/Other-v0, here it is test/Small-v0") {
		t.Errorf("another environment: %v", err)
	}
	fewer := testSpec()
	fewer.Info.Entries = fewer.Info.Entries[:3]
	if _, err := Create(dir, fewer, Labels{}, WriterOptions{}); err == nil || !strings.Contains(err.Error(), `field "info.delay_ms" is missing, here it is float64`) {
		t.Errorf("fewer fields: %v", err)
	}
	if _, err := Create(dir, testSpec(), Labels{Expert: "oracle"}, WriterOptions{}); err == nil || !strings.Contains(err.Error(), "labels are oracle's actions, here they are none") {
		t.Errorf("other labels: %v", err)
	}
	if _, err := Create(dir, testSpec(), Labels{}, WriterOptions{Split: "a/b"}); err == nil || !strings.Contains(err.Error(), `split is "a/b"`) {
		t.Errorf("a split that is a path: %v", err)
	}
	if _, err := Create(dir, testSpec(), Labels{}, WriterOptions{ShardSteps: -1}); err == nil || !strings.Contains(err.Error(), "shard_steps is -1") {
		t.Errorf("a negative size: %v", err)
	}
	if _, err := Create(filepath.Join(dir, "README.md"), testSpec(), Labels{}, WriterOptions{}); err == nil || !strings.Contains(err.Error(), "README.md is a file: name a directory") {
		t.Errorf("a file as a directory: %v", err)
	}
	if _, err := Create(filepath.Join(dir, "README.md", "new"), testSpec(), Labels{}, WriterOptions{}); err == nil || !strings.Contains(err.Error(), "can't be made") {
		t.Errorf("a directory below a file: %v", err)
	}
	w = create(t, dir, WriterOptions{})
	e := drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 3)
	e.ScenarioHash = "ff"
	if added, err := w.Add(e); added || err == nil || !strings.Contains(err.Error(), `scenario_hash is "ff": add the scenario first`) {
		t.Errorf("an unknown scenario: %v", err)
	}
	more := testSpec()
	more.Scenario, more.ContentHash, more.RewardHigh = "small/two", "ff", 20
	more.Info.Entries[1].Space.(*env.Box).High = []float64{2e9}
	if err := w.AddScenario(more); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, w, e)
	if err := w.AddScenario(other); err == nil || !strings.Contains(err.Error(), "does not belong") {
		t.Errorf("a scenario of another environment: %v", err)
	}
	drop(w) // The journal must know the scenario.
	mustClose(t, create(t, dir, WriterOptions{}))
	if info, err := readInfo(dir); err != nil || len(info.Scenarios) != 2 || info.RewardHigh != 20 || !bytes.Contains(info.InfoSpace, []byte("2000000000")) {
		t.Errorf("info %+v (%v)", info, err)
	}
	if got := readAll(t, dir); len(got) != 1 || got[0].ScenarioHash != "ff" {
		t.Errorf("episodes %v", got)
	}
}

func TestCard(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, WriterOptions{Split: "test", Command: "trailblazer collect", Reference: []Reference{{Scenario: "small/one", Kind: "best", Policy: "oracle", Return: 3}}})
	mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 3))
	mustClose(t, w)
	path := filepath.Join(dir, "README.md")
	card, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"---\npretty_name: ", "- config_name: steps\n  default: true\n  data_files:\n  - split: test\n    path: data/test-*.parquet\n",
		"- config_name: episodes\n", "| small/one | `abab", "trailblazer collect", "| small/one | best | oracle | 3 |",
		"| `info.delay_ms` | float64 | ms | of the last packet |", `load_dataset("DIR", "steps", split="test")`,
	} {
		if !bytes.Contains(card, []byte(want)) {
			t.Errorf("the card lacks %q:\n%s", want, card)
		}
	}
	own := strings.ReplaceAll(string(card), cardMark, "Mine.")
	if err := os.WriteFile(path, []byte(own), 0o644); err != nil {
		t.Fatal(err)
	}
	w = create(t, dir, WriterOptions{Split: "test"})
	mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 3))
	mustClose(t, w)
	if kept, _ := os.ReadFile(path); string(kept) != own {
		t.Error("a card of its owner's was replaced")
	}
}

// TestBoundsWiden checks that a data set takes scenarios whose spaces differ in
// bounds only, shard by shard.
func TestBoundsWiden(t *testing.T) {
	dir := t.TempDir()
	for i, high := range []float64{5, 9, 7} {
		spec := testSpec()
		spec.Scenario, spec.ContentHash = strconv.Itoa(i), strconv.Itoa(i)
		spec.Observation.(*env.Dict).Entries[2].Space.(*env.Box).High = []float64{high}
		w, err := Create(dir, spec, Labels{}, WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		e := drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 3)
		e.ScenarioHash = spec.ContentHash
		mustAdd(t, w, e)
		mustClose(t, w)
	}
	for range 2 {
		set, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		spec, err := set.Info().Spec()
		if err != nil {
			t.Fatal(err)
		}
		if high := spec.Observation.(*env.Dict).Entries[2].Space.(*env.Box).High; high[0] != 9 || len(set.Info().Scenarios) != 3 || set.Info().Statistics.Episodes != 3 {
			t.Errorf("high %v, info %+v", high, set.Info())
		}
		set.Close()
		os.Remove(infoPath(dir)) // The footers say it too.
	}
}

// TestShardsThatCantBeWritten puts a file in the place of the folder of shards:
// episodes stay in journals, and go on to shards when it is gone.
func TestShardsThatCantBeWritten(t *testing.T) {
	for _, close := range []bool{false, true} {
		dir := t.TempDir()
		w := create(t, dir, WriterOptions{ShardSteps: 20})
		block := filepath.Join(dir, stepsDir)
		if err := os.WriteFile(block, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(1, 2))
		want, failed := map[int64]*Episode{}, 0
		for range 20 {
			e := drawEpisode(random, w.Schema(), 6)
			added, err := w.Add(e)
			if !added {
				t.Fatalf("not added: %v", err)
			}
			if err != nil {
				failed++
				if !strings.Contains(err.Error(), "its episodes are safe in ") {
					t.Fatal(err)
				}
			}
			want[e.ID] = e
		}
		if failed == 0 || w.Episodes() != 20 {
			t.Fatalf("%d failures, %d episodes", failed, w.Episodes())
		}
		if close {
			if err := w.Close(); err == nil {
				t.Fatal("closed without error")
			}
			remove(t, block)
			w = create(t, dir, WriterOptions{ShardSteps: 20})
		} else {
			if err := w.Flush(); err == nil {
				t.Fatal("flushed without error")
			}
			remove(t, block)
		}
		mustClose(t, w)
		got := readAll(t, dir)
		if len(got) != len(want) {
			t.Fatalf("%d episodes, want %d", len(got), len(want))
		}
		for id, e := range want {
			requireSame(t, got[id], e)
		}
		if v := validate(t, dir, false); len(v.Problems) > 0 {
			t.Errorf("%+v", v.Problems)
		}
	}
}
