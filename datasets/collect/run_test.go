package collect_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/datasets/collect"
	"trailblazer/datasets/traj"
	"trailblazer/sparksim/sparkenv"
)

const packets = `{"packets": true, "probes": true}`

// smallCluster has short episodes.
const smallCluster = `{"cluster": {"executors": 10}, "max_steps": 60}`

// kinds are collections of every kind.
func kinds(t testing.TB) map[string]func() (*scenario, collect.Options) {
	return map[string]func() (*scenario, collect.Options){
		"abr each": func() (*scenario, collect.Options) {
			s := open(t, abrenv.ID, "abr/train", "")
			return s, collect.Options{Policies: []string{"bba", "mpc", "random"}, Episodes: 9, Seed: 4, Expert: s.expert(t, "offline-table:time=8,buffer=8"),
				Reference: collect.Reference{Floor: "random", Best: "bba", Episodes: 3}, Writer: traj.WriterOptions{ShardSteps: 300}}
		},
		"abr draw switch": func() (*scenario, collect.Options) {
			s := open(t, abrenv.ID, "abr/default-test", "")
			return s, collect.Options{Policies: []string{"bba", "mpc", "fixed:2"}, Weights: []float64{2, 1, 1}, Mix: collect.Draw, Episodes: 12,
				Switch: 0.1, Epsilon: 0.2, Writer: traj.WriterOptions{Split: "valid", ShardSteps: 200}}
		},
		"abr expert remembers": func() (*scenario, collect.Options) {
			s := open(t, abrenv.ID, "abr/train", "")
			return s, collect.Options{Policies: []string{"random", "bba"}, Episodes: 6, Expert: s.expert(t, "mpc"), Writer: traj.WriterOptions{ShardSteps: 100}}
		},
		"cjs": func() (*scenario, collect.Options) {
			s := open(t, sparkenv.ID, "cjs/train", smallCluster)
			return s, collect.Options{Policies: []string{"fifo", "random"}, Episodes: 5, Switch: 0.2, Epsilon: 0.3, Expert: s.expert(t, "sjf"),
				Writer: traj.WriterOptions{ShardSteps: 150}}
		},
		"cc": func() (*scenario, collect.Options) {
			s := open(t, ccenv.ID, "cc/train", `{"packets": true, "probes": true, "max_steps": 40}`)
			return s, collect.Options{Policies: []string{"gcc", "nada", "bbr"}, Mix: collect.Draw, Episodes: 8, Epsilon: 0.1, Expert: s.expert(t, ""),
				Writer: traj.WriterOptions{ShardSteps: 100}}
		},
	}
}

// TestWorkersDoNotMatter compares every file byte for byte.
func TestWorkersDoNotMatter(t *testing.T) {
	for name, kind := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			var want map[string]string
			for _, workers := range []int{1, 4} {
				s, o := kind()
				o.Workers = workers
				dir := t.TempDir()
				result := s.run(t, dir, o)
				if result.Episodes != result.Planned || result.Bytes == 0 {
					t.Errorf("%d workers: %+v", workers, result)
				}
				got := files(t, dir)
				if want == nil {
					want = got
					continue
				}
				if len(got) != len(want) {
					t.Errorf("%d files, want %d", len(got), len(want))
				}
				for file := range want {
					if got[file] != want[file] {
						t.Errorf("%s differs", file)
					}
				}
			}
		})
	}
}

// TestGoesOnWhereItStopped stops again and again, and compares with a run that
// nobody stopped.
func TestGoesOnWhereItStopped(t *testing.T) {
	for name, kind := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			s, o := kind()
			whole, parts := t.TempDir(), t.TempDir()
			s.run(t, whole, o)
			runs := 0
			for before := 0; ; runs++ {
				s, o := kind()
				ctx, cancel := context.WithCancelCause(t.Context())
				kept := 0
				o.Progress = func(p collect.Progress) {
					if kept++; kept == 2 {
						cancel(errStop)
					}
					if p.Done != before+kept {
						t.Errorf("progress says %d are kept, and %d are", p.Done, before+kept)
					}
				}
				result, err := collect.Run(ctx, parts, s, o)
				if result == nil {
					t.Fatal(err)
				}
				if result.Before != before || result.Episodes < min(2, result.Planned-before) {
					t.Errorf("run %d: %+v, %d were kept before", runs, result, before)
				}
				before += result.Episodes
				if err == nil {
					break
				}
				if !errors.Is(err, errStop) {
					t.Fatal(err)
				}
			}
			if runs == 0 {
				t.Fatal("it was never stopped")
			}
			got, want := episodes(t, parts), episodes(t, whole)
			if len(got) != len(want) {
				t.Fatalf("%d episodes, want %d", len(got), len(want))
			}
			for i := range want {
				if content(t, got[i]) != content(t, want[i]) {
					t.Errorf("episode %d differs", i)
				}
			}
		})
	}
}

// TestMoreEpisodesGoOn: a longer collection begins with a shorter one, and one
// that is there is not collected again.
func TestMoreEpisodesGoOn(t *testing.T) {
	s := open(t, abrenv.ID, "abr/train", "")
	o := collect.Options{Policies: []string{"bba", "random"}, Episodes: 3}
	dir := t.TempDir()
	s.run(t, dir, o)
	before := files(t, dir)
	if again := s.run(t, dir, o); again.Episodes != 0 || again.Before != 6 {
		t.Errorf("once more: %+v", again)
	}
	for name, content := range files(t, dir) {
		if content != before[name] {
			t.Errorf("%s was written again", name)
		}
	}
	o.Episodes = 5
	if more := s.run(t, dir, o); more.Episodes != 4 || more.Before != 6 || more.Planned != 10 {
		t.Errorf("more: %+v", more)
	}
	o.Episodes = 2
	if fewer := s.run(t, dir, o); fewer.Episodes != 0 || fewer.Before != 4 {
		t.Errorf("fewer: %+v", fewer)
	}
	whole := t.TempDir()
	o.Episodes = 5
	s.run(t, whole, o)
	got, want := episodes(t, dir), episodes(t, whole)
	for i := range want {
		if content(t, got[i]) != content(t, want[i]) {
			t.Errorf("episode %d differs", i)
		}
	}
}

// TestOtherCollectionsAreKeptApart unless they are asked for.
func TestOtherCollectionsAreKeptApart(t *testing.T) {
	s := open(t, abrenv.ID, "abr/train", "")
	dir := t.TempDir()
	first := collect.Options{Policies: []string{"bba"}, Episodes: 2, Writer: traj.WriterOptions{Command: "trailblazer collect this"}}
	s.run(t, dir, first)
	for name, change := range map[string]func(o *collect.Options){
		"policy":  func(o *collect.Options) { o.Policies = []string{"bba:5,14"} },
		"seed":    func(o *collect.Options) { o.Seed = 1 },
		"epsilon": func(o *collect.Options) { o.Epsilon = 0.5 },
		"split":   func(o *collect.Options) { o.Writer.Split = "test" },
		"mix":     func(o *collect.Options) { o.Mix = collect.Draw },
	} {
		o := first
		change(&o)
		var other *collect.OtherError
		if _, err := collect.Run(t.Context(), dir, s, o); !errors.As(err, &other) || other.Episodes != 2 || !strings.Contains(err.Error(), "collect this") {
			t.Errorf("another %s: %v", name, err)
		}
	}
	o := first
	o.Seed, o.Append = 100, true
	if result := s.run(t, dir, o); result.Episodes != 2 {
		t.Errorf("appended: %+v", result)
	}
	// Now both are there.
	if result := s.run(t, dir, o); result.Episodes != 0 || result.Before != 2 {
		t.Errorf("appended twice: %+v", result)
	}
	if n := len(episodes(t, dir)); n != 4 {
		t.Errorf("%d episodes, want 4", n)
	}
	// Another scenario with the same spaces may be appended too.
	strict := open(t, abrenv.ID, "abr/default-test", "")
	result := strict.run(t, dir, o)
	if result.Episodes != 2 {
		t.Errorf("another scenario: %+v", result)
	}
}

// TestNumbersOfEpisodes: who plays which seed.
func TestNumbersOfEpisodes(t *testing.T) {
	for _, test := range []struct {
		scenario string
		seeds    []uint64
	}{{"abr/train", []uint64{7, 7, 8, 8}}, {"abr/default-test", []uint64{0, 0, 1, 1}}} {
		s := open(t, abrenv.ID, test.scenario, "")
		dir := t.TempDir()
		s.run(t, dir, collect.Options{Policies: []string{"bba", "random"}, Episodes: 2, Seed: 7})
		for i, e := range episodes(t, dir) {
			if e.ID != int64(i) || e.Header.Policy != []string{"bba", "random"}[i%2] || e.Seed != test.seeds[i] || !e.Seeded ||
				e.PolicySeed != 7+uint64(i/2) || e.Scenario != test.scenario || e.ScenarioHash != s.Spec().ContentHash || !e.Complete || e.Split != "train" {
				t.Errorf("%s, episode %d: %+v", test.scenario, i, e.Header)
			}
			if !slices.Equal(e.Policies, []string{e.Header.Policy}) {
				t.Errorf("%s, episode %d: policies %v", test.scenario, i, e.Policies)
			}
		}
	}
}

// TestRecordsWhatIsPlayed: the steps are those of a rollout.
func TestRecordsWhatIsPlayed(t *testing.T) {
	s := open(t, abrenv.ID, "abr/train", "")
	dir := t.TempDir()
	s.run(t, dir, collect.Options{Policies: []string{"random"}, Episodes: 3, Seed: 11})
	e, err := s.NewEnv(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.NewPolicy("random")
	if err != nil {
		t.Fatal(err)
	}
	out, action := env.NewBatch(s.Spec(), 1), env.NewArrays(env.Leaves(s.Spec().Action), 1)
	for k, got := range episodes(t, dir) {
		seed := 11 + uint64(k)
		if err := e.Reset(&seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		out.Terminated[0], out.Truncated[0] = false, false
		p.Reset(seed)
		observed := got.Steps.Find("observation").Data
		size := out.Observation[0].Leaf.RowBytes()
		for i := range got.Header.Steps {
			if string(observed[i*size:(i+1)*size]) != string(out.Observation[0].Bytes(0)) {
				t.Fatalf("episode %d, step %d: another observation", k, i)
			}
			if err := p.Act(out, 0, action); err != nil {
				t.Fatal(err)
			}
			if err := e.Step(action, out, 0); err != nil {
				t.Fatal(err)
			}
			if a, r := column[int64](t, got, "action")[i], column[float64](t, got, "reward")[i]; a != env.Row[int64](&action[0], 0)[0] || r != out.Reward[0] {
				t.Fatalf("episode %d, step %d: action %d brought %v", k, i, a, r)
			}
		}
		if !out.Done(0) || string(got.Final.Find("observation").Data) != string(out.Observation[0].Bytes(0)) {
			t.Errorf("episode %d ends elsewhere", k)
		}
	}
}

func TestReferences(t *testing.T) {
	s := open(t, abrenv.ID, "abr/default-test", "")
	dir := t.TempDir()
	o := collect.Options{Policies: []string{"bba"}, Episodes: 4, Reference: collect.Reference{Floor: "fixed:0", Best: "bba", Episodes: 4}}
	result := s.run(t, dir, o)
	if len(result.Reference) != 2 || result.Reference[0].Kind != "floor" || result.Reference[0].Policy != "fixed:0" || result.Reference[1].Kind != "best" {
		t.Fatalf("references %+v", result.Reference)
	}
	// The best one plays the very episodes that are collected.
	if got, want := result.Reference[1].Return, result.Policies[0].MeanReturn; got < want-1e-9 || got > want+1e-9 {
		t.Errorf("bba reaches %v as a reference, and %v", got, want)
	}
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if !slices.Equal(set.Info().Reference, result.Reference) {
		t.Errorf("the data set says %+v", set.Info().Reference)
	}
	// No more episodes are measured than are collected, so that scores are over
	// the same ones; a shorter collection does not measure again.
	o.Reference.Episodes, o.Seed = 50, 3
	dir = t.TempDir()
	result = s.run(t, dir, o)
	o.Episodes = 2
	if again := s.run(t, dir, o); !slices.Equal(again.Reference, result.Reference) || result.Reference[0].Episodes != 4 {
		t.Errorf("references %+v, then %+v", result.Reference, again.Reference)
	}
	scored, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer scored.Close()
	headers, err := scored.Headers()
	if err != nil {
		t.Fatal(err)
	}
	if got := traj.Scores(headers, scored.Info()); len(got) != 1 || !got[0].SameEpisodes || math.Abs(*got[0].Normalised-100) > 1e-9 {
		t.Errorf("scores %+v", got)
	}
}

// TestAFailureKeepsWhatIsBefore: a policy that fails in one episode stops the
// run, which goes on once that is mended.
func TestAFailureKeepsWhatIsBefore(t *testing.T) {
	s := open(t, abrenv.ID, "abr/train", "")
	broken := true
	s.own = map[string]func() env.Policy{"own": func() env.Policy { return &failing{broken: &broken} }}
	dir := filepath.Join(t.TempDir(), "new")
	o := collect.Options{Policies: []string{"own"}, Episodes: 12, Workers: 3}
	result, err := collect.Run(t.Context(), dir, s, o)
	if !errors.Is(err, errStop) || !strings.Contains(err.Error(), "policy own, episode 8") || result.Episodes != 8 {
		t.Fatalf("%v, %+v", err, result)
	}
	broken = false
	if result := s.run(t, dir, o); result.Before != 8 || result.Episodes != 4 {
		t.Errorf("mended: %+v", result)
	}
}

// failing fails in the episode of seed 8 while it is broken.
type failing struct {
	broken *bool
	seed   uint64
}

func (f *failing) Reset(seed uint64) { f.seed = seed }
func (f *failing) Act(_ *env.Batch, row int, action env.Arrays) error {
	env.Row[int64](&action[0], row)[0] = int64(f.seed % 6)
	if *f.broken && f.seed == 8 {
		return errStop
	}
	return nil
}

// TestReferencesOfAnotherConfig: a collection that is added with another
// configuration of the scenario measures its own, and those of the first stay.
func TestReferencesOfAnotherConfig(t *testing.T) {
	dir := t.TempDir()
	o := collect.Options{Policies: []string{"bba"}, Episodes: 2, Append: true, Reference: collect.Reference{Floor: "fixed:0", Best: "bba", Episodes: 2}}
	first := open(t, abrenv.ID, "abr/train", `{"max_steps": 5}`).run(t, dir, o)
	second := open(t, abrenv.ID, "abr/train", `{"max_steps": 9}`).run(t, dir, o)
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if got, want := set.Info().Reference, slices.Concat(first.Reference, second.Reference); !slices.Equal(got, want) || first.ContentHash == second.ContentHash {
		t.Fatalf("references %+v, want %+v", got, want)
	}
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	scores := traj.Scores(headers, set.Info())
	if len(scores) != 2 {
		t.Fatalf("scores %+v", scores)
	}
	for i, s := range scores {
		if !s.SameEpisodes || math.Abs(*s.Normalised-100) > 1e-9 || s.Episodes != 2 {
			t.Errorf("score %d: %+v", i, s)
		}
	}
}
