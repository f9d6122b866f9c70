package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testcc"
	"trailblazer/internal/testenv"
	"trailblazer/internal/testtraj"
)

func openStore(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "sets"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// add adds an episode to a data set.
func add(t testing.TB, s *Store, name string, seed uint64) {
	t.Helper()
	factory := testtraj.Factory(t, testenv.Walk, 10)
	w, release, err := s.Writer(name, factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := w.Add(testtraj.Play(t, factory, "p", seed, 0)); err != nil {
		t.Fatal(err)
	}
}

// episodes counts those that a reader sees.
func episodes(t testing.TB, read func(string) (*traj.Set, error), name string) int {
	t.Helper()
	set, err := read(name)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	return set.Info().Statistics.Episodes
}

// hold stays about to add episodes.
func hold(t testing.TB, s *Store, name string) (release func()) {
	t.Helper()
	_, release, err := s.Writer(name, testtraj.Factory(t, testenv.Walk, 10).Spec())
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// TestLastToLeaveFinishes: what a session has recorded can be read when it ends,
// but many short ones make no shard each.
func TestLastToLeaveFinishes(t *testing.T) {
	s := openStore(t, Options{Fresh: 10 * time.Second})
	now := clock(s)
	other := hold(t, s, "walks")
	add(t, s, "walks", 1)
	if n := episodes(t, s.Look, "walks"); n != 0 {
		t.Errorf("%d episodes are finished while somebody is about to add more", n)
	}
	other()
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {0, 1}, {9 * time.Second, 1}, {2 * time.Second, 5}} {
		*now = now.Add(step.after)
		if n := episodes(t, s.Look, "walks"); step.want == 1 && n != 1 {
			t.Errorf("%d episodes at %v, want 1", n, now)
		}
		add(t, s, "walks", uint64(now.Unix()))
		if n := episodes(t, s.Look, "walks"); n != step.want {
			t.Errorf("%d episodes at %v, want %d", n, now, step.want)
		}
	}
}

// clock sets a store's clock to a time that stays until it is changed.
func clock(s *Store) *time.Time {
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	return &now
}

func shards(t testing.TB, s *Store, name string) int {
	t.Helper()
	set, err := s.Look(name)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	return len(set.Shards())
}

func TestReadSeesWhatWasAdded(t *testing.T) {
	s := openStore(t, Options{Fresh: 10 * time.Second})
	now := clock(s)
	defer hold(t, s, "walks")()
	for _, step := range []struct {
		after     time.Duration
		add, want int
	}{
		{0, 1, 1},               // Nothing is finished yet.
		{0, 1, 1},               // The last cut is 0 seconds ago,
		{9 * time.Second, 1, 1}, // 9,
		{time.Second, 0, 1},     // 10: the first one was too short, which takes a second more.
		{time.Second, 0, 3},
		{time.Hour, 0, 3}, // There is nothing to finish.
		{0, 1, 4},
		{12 * time.Second, 1, 4},
		{time.Second, 0, 5},
	} {
		*now = now.Add(step.after)
		for range step.add {
			add(t, s, "walks", uint64(now.Unix()))
		}
		if got := episodes(t, s.Read, "walks"); got != step.want {
			t.Errorf("%d episodes at %v, want %d", got, now, step.want)
		}
	}
	add(t, s, "walks", 9)
	if got := episodes(t, s.Look, "walks"); got != 5 {
		t.Errorf("%d episodes are finished, want 5", got)
	}
}

// TestPolling reads after each episode of a recording: its shards have a row
// group, or some seconds, at least.
func TestPolling(t *testing.T) {
	s := openStore(t, Options{Writer: traj.WriterOptions{GroupSteps: 100}})
	clock(s)
	defer hold(t, s, "walks")()
	for n := range uint64(55) {
		add(t, s, "walks", n) // 10 steps.
		if got := episodes(t, s.Read, "walks"); got < int(n)-9 {
			t.Errorf("%d episodes of %d are finished, though the rest has a row group", got, n+1)
		}
	}
	if n := shards(t, s, "walks"); n != 1+5 {
		t.Errorf("%d shards of 550 steps, want the first of 10, and 5 of 100", n)
	}
}

// TestPollingForADay counts the shards of a slow recording that is polled.
func TestPollingForADay(t *testing.T) {
	var c cut
	o := Options{Fresh: DefaultFresh}
	for now := time.Unix(0, 0); now.Unix() < 24*60*60; now = now.Add(time.Second) {
		if c.due(reading, 1, now, &o) {
			c.last[reading] = now
			c.shards++
		}
	}
	if c.shards < 560 || c.shards > 580 {
		t.Errorf("%d shards, want some 578: n of them take 5 n + n²/4 seconds", c.shards)
	}
}

// TestReadersOfOthersWriteNothing leaves alone what the owner may only read.
func TestReadersOfOthersWriteNothing(t *testing.T) {
	s := openStore(t, Options{})
	defer hold(t, s, "walks")()
	add(t, s, "walks", 1)
	ada := s.Of("ada")
	if n := episodes(t, ada.Read, "walks"); n != 0 {
		t.Errorf("%d episodes were finished for another owner", n)
	}
	// One whose writer was killed.
	if err := os.CopyFS(filepath.Join(s.dir, "left"), os.DirFS(filepath.Join(s.dir, "walks"))); err != nil {
		t.Fatal(err)
	}
	if n := episodes(t, ada.Read, "left"); n != 0 {
		t.Errorf("%d episodes of a killed writer were finished for another owner", n)
	}
	if n := episodes(t, s.Read, "left"); n != 1 {
		t.Errorf("%d episodes of a killed writer, want 1", n)
	}
}

func TestOneWriterForAll(t *testing.T) {
	s := openStore(t, Options{})
	short, long := testtraj.Factory(t, testenv.Walk, 5), testtraj.Factory(t, testenv.Walk, 20)
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			factory := []env.Factory{short, long}[n%2]
			for k := range 5 {
				w, release, err := s.Writer("walks", factory.Spec())
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := w.Add(testtraj.Play(t, factory, "p", uint64(n*5+k), 0)); err != nil {
					t.Error(err)
				}
				release()
				release() // Does nothing.
			}
		})
	}
	group.Wait()
	set, err := s.Read("walks")
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if n := set.Info().Statistics.Episodes; n != 40 || len(set.Info().Scenarios) != 2 {
		t.Errorf("%d episodes of %d scenarios, want 40 of 2", n, len(set.Info().Scenarios))
	}
}

// alarm is the only timer of a store, which a test lets ring.
type alarm struct {
	after time.Duration
	ring  func()
	set   int
}

func (a *alarm) Stop() bool {
	a.ring = nil
	return true
}

// TestWritersRest closes writers that nobody uses, and opens them again.
func TestWritersRest(t *testing.T) {
	s := openStore(t, Options{Rest: time.Minute})
	a := new(alarm)
	s.after = func(after time.Duration, ring func()) timer {
		a.after, a.ring = after, ring
		a.set++
		return a
	}
	factory := testtraj.Factory(t, testenv.Walk, 10)
	_, release, err := s.Writer("walks", factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	locked := func() bool {
		w, err := traj.Create(filepath.Join(s.dir, "walks"), factory.Spec(), traj.Labels{}, traj.WriterOptions{})
		if err == nil {
			w.Close()
		}
		var busy *traj.LockedError
		return errors.As(err, &busy)
	}
	add(t, s, "walks", 1)
	if a.set != 0 {
		t.Error("a writer that is in use rests")
	}
	release()
	if a.set != 1 || a.after != time.Minute {
		t.Errorf("%d timers of %v, want one of a minute", a.set, a.after)
	}
	late := a.ring
	add(t, s, "walks", 2)
	if a.set != 2 {
		t.Error("a writer that was used does not rest anew")
	}
	if !locked() || episodes(t, s.Look, "walks") != 1 {
		t.Error("a writer that rests is closed")
	}
	// A timer may ring just when it is stopped.
	w, release, err := s.Writer("walks", factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	late()
	if _, err := w.Add(testtraj.Play(t, factory, "p", 3, 0)); err != nil {
		t.Error(err)
	}
	release()
	a.ring()
	if locked() || episodes(t, s.Look, "walks") != 3 || len(s.open) != 0 {
		t.Error("a writer that has rested is open")
	}
	add(t, s, "walks", 4)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	a.ring() // It comes too late.
	if n := episodes(t, s.Look, "walks"); n != 4 {
		t.Errorf("%d episodes after closing, want 4", n)
	}
	if _, _, err := s.Writer("walks", factory.Spec()); !errors.Is(err, ErrClosed) {
		t.Errorf("a writer of a closed store: %v", err)
	}
}

// TestOthersWrite reads what another process is writing.
func TestOthersWrite(t *testing.T) {
	s := openStore(t, Options{Failed: func(_ string, err error) { t.Error(err) }})
	testtraj.Fill(t, filepath.Join(s.dir, "walks"), testenv.Walk, 3)
	factory := testtraj.Factory(t, testenv.Walk, 100)
	w, err := traj.Create(filepath.Join(s.dir, "walks"), factory.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Add(testtraj.Play(t, factory, "c", 1, 0)); err != nil {
		t.Fatal(err)
	}
	if n := episodes(t, s.Read, "walks"); n != 3 {
		t.Errorf("%d episodes, want the 3 that are finished", n)
	}
	var locked *traj.LockedError
	if _, _, err := s.Writer("walks", factory.Spec()); !errors.As(err, &locked) {
		t.Errorf("a second writer: %v", err)
	}
}

// TestKilled takes up the journal of a server that was killed.
func TestKilled(t *testing.T) {
	s := openStore(t, Options{})
	factory := testtraj.Factory(t, testenv.Walk, 10)
	before := filepath.Join(t.TempDir(), "before")
	w, err := traj.Create(before, factory.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Add(testtraj.Play(t, factory, "p", 1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(s.dir, "walks"), os.DirFS(before)); err != nil {
		t.Fatal(err)
	}
	if n := episodes(t, s.Read, "walks"); n != 1 {
		t.Errorf("%d episodes, want 1", n)
	}
	add(t, s, "walks", 2)
	set, err := s.Read("walks")
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if n := set.Info().Statistics.Episodes; n != 2 || len(set.Info().Scenarios) != 1 {
		t.Errorf("%d episodes of scenarios %+v, want 2 of one", n, set.Info().Scenarios)
	}
}

// TestLabelledDataSetsTakeNothingUnlabelled: zeros in place of an expert's
// actions would be taken for actions.
func TestLabelledDataSetsTakeNothingUnlabelled(t *testing.T) {
	s := openStore(t, Options{})
	factory := testtraj.Factory(t, testenv.Walk, 10)
	w, err := traj.Create(filepath.Join(s.dir, "walks"), factory.Spec(), traj.Labels{Expert: "sage", Value: true}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var field *env.FieldError
	if _, _, err := s.Writer("walks", factory.Spec()); !errors.As(err, &field) || field.Field != "dataset" || !strings.Contains(field.Remedy, "sage") {
		t.Errorf("a labelled data set is opened for sessions: %v", err)
	}
}

func TestOwners(t *testing.T) {
	s := openStore(t, Options{})
	add(t, s, "shared", 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(s.dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ada, bob := s.Of("ada"), s.Of("../bob b")
	add(t, ada, "mine", 1)
	add(t, bob, "mine", 1)
	add(t, bob, "mine", 2)
	add(t, bob, "other", 1)
	for _, test := range []struct {
		store *Store
		names []string
		mine  int
	}{{ada, []string{"mine", "shared"}, 1}, {bob, []string{"mine", "other", "shared"}, 2}} {
		names, err := test.store.Names()
		if err != nil || !slices.Equal(names, test.names) {
			t.Errorf("%q sees %q, want %q: %v", test.store.owner, names, test.names, err)
		}
		if n := episodes(t, test.store.Read, "mine"); n != test.mine {
			t.Errorf("%q has %d episodes, want %d", test.store.owner, n, test.mine)
		}
		if n := episodes(t, test.store.Read, "shared"); n != 1 {
			t.Errorf("%q sees %d shared episodes, want 1", test.store.owner, n)
		}
	}
	var missing *env.NotFoundError
	if _, err := ada.Read("other"); !errors.As(err, &missing) || !slices.Equal(missing.Known, []string{"mine", "shared"}) {
		t.Errorf("another owner's data set: %v", err)
	}
	refusedName(t, ada, "shared", testenv.Walk, "none to add to")
	inside, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, e := range inside {
		dirs = append(dirs, e.Name())
	}
	if want := []string{"@%2E%2E%2Fbob%20b", "@ada", "shared"}; !slices.Equal(dirs, want) {
		t.Errorf("directories %q, want %q", dirs, want)
	}
}

func refusedName(t *testing.T, s *Store, name, id, want string) {
	t.Helper()
	var field *env.FieldError
	if _, _, err := s.Writer(name, testtraj.Factory(t, id, 10).Spec()); !errors.As(err, &field) || !strings.Contains(err.Error(), want) {
		t.Errorf("data set %q: %v, want %q", name, err, want)
	}
}

// TestFitting: what is only shown, and not kept, makes no difference, and what
// does is named. The writer may be open or not.
func TestFitting(t *testing.T) {
	for _, closed := range []bool{false, true} {
		s := openStore(t, Options{})
		for i, test := range []struct{ config, refused string }{
			{`{"packets": true, "max_steps": 5}`, ""},
			{`{"max_steps": 5}`, ""},
			{`{"packets": true, "max_steps": 5}`, ""},
			{`{"probes": true}`, `configuration that it has: field "action" is float64 [1] in its episodes, and float64 [2] in those of cc/train`},
			{`{"flows": 2}`, `field "observation" is float32 [`},
		} {
			factory := testcc.OpenFactory(t, "", "cc/train", test.config)
			w, release, err := s.Writer("calls", factory.Spec())
			var field *env.FieldError
			if test.refused != "" && (!errors.As(err, &field) || !strings.Contains(err.Error(), test.refused)) || test.refused == "" && err != nil {
				t.Errorf("call %d, %s: %v, want %q", i, test.config, err, test.refused)
			}
			if err != nil {
				continue
			}
			if _, err := w.Add(testtraj.Play(t, factory, "p", uint64(i), 0)); err != nil {
				t.Fatal(err)
			}
			release()
			if !closed {
				continue
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = Open(s.dir, Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRefusals(t *testing.T) {
	s := openStore(t, Options{})
	add(t, s, "walks", 1)
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "@ada", ".hidden", "-x", "a ", "a.", "ä", "a\x00", strings.Repeat("a", 129)} {
		refusedName(t, s, name, testenv.Walk, "letters")
		var field *env.FieldError
		if _, err := s.Read(name); !errors.As(err, &field) {
			t.Errorf("reading %q: %v", name, err)
		}
	}
	refusedName(t, s, "walks", testenv.Flat, "give another name: it holds episodes of trailblazer/TestWalk-v0, and test/default is of trailblazer/TestFlat-v0")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	closed, err := Open(s.dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	refusedName(t, closed, "walks", testenv.Flat, "give another name: it holds episodes of trailblazer/TestWalk-v0, and test/default is of trailblazer/TestFlat-v0")
	var missing *env.NotFoundError
	if _, err := s.Read("runs"); !errors.As(err, &missing) || !slices.Equal(missing.Known, []string{"walks"}) {
		t.Errorf("an unknown data set: %v", err)
	}
	// What is no data set is not listed.
	if err := os.Mkdir(filepath.Join(s.dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if names, err := s.Names(); err != nil || !slices.Equal(names, []string{"walks"}) {
		t.Errorf("names %q: %v", names, err)
	}
	if _, err := Open(filepath.Join(s.dir, "file"), Options{}); err == nil {
		t.Error("a file is no directory")
	}
}
