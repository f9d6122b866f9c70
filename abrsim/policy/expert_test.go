package policy_test

import (
	"errors"
	"math"
	"slices"
	"sync"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/abrsim/policy"
	"trailblazer/api/env"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

func newExperts(t testing.TB, name string, factory *abrenv.Factory) func() env.Expert {
	t.Helper()
	experts, err := policy.NewExperts(name, factory.Spec(), factory)
	if err != nil {
		t.Fatal(err)
	}
	return experts
}

// labelled is what an expert says of the states of one episode.
type labelled struct {
	levels, played []int64
	values         []float64
	rewards        []float64
	advantages     [][]float64
}

// label plays an episode and lets an expert label its states.
func (s *stage) label(expert env.Expert, seed uint64) (l labelled) {
	s.t.Helper()
	if err := s.env.Reset(&seed, nil, s.out, row); err != nil {
		s.t.Fatal(err)
	}
	s.out.Terminated[row], s.out.Truncated[row] = false, false
	s.policy.Reset(seed)
	expert.Reset(seed)
	said := env.NewArrays(env.Leaves(s.env.Spec().Action), 2)
	for !s.out.Done(row) {
		value, advantage, err := expert.Label(s.out, row, said)
		if err != nil {
			s.t.Fatal(err)
		}
		if err := s.policy.Act(s.out, row, s.action); err != nil {
			s.t.Fatal(err)
		}
		l.levels = append(l.levels, env.Row[int64](&said[0], row)[0])
		l.played = append(l.played, env.Row[int64](&s.action[0], row)[0])
		l.values = append(l.values, value)
		l.advantages = append(l.advantages, slices.Clone(advantage))
		if err := s.env.Step(s.action, s.out, row); err != nil {
			s.t.Fatal(err)
		}
		l.rewards = append(l.rewards, s.out.Reward[row])
	}
	return l
}

// TestTableExpertSaysWhatItsPolicyDoes: the action is that of offline-table in
// the same state, which another policy came to, the best advantage is 0, and
// the advantage of what is played says by how much the value falls.
func TestTableExpertSaysWhatItsPolicyDoes(t *testing.T) {
	for _, scenario := range []string{"abr/default-test", "abr/train"} {
		factory := testabr.OpenFactory(t, "", scenario, "")
		expert := newExperts(t, "offline-table", factory)()
		like := newStage(t, "offline-table", factory)
		for seed := range uint64(3) {
			l := newStage(t, "bba", factory).label(expert, seed)
			// The same states once more, for the policy.
			s := newStage(t, "bba", factory)
			if err := s.env.Reset(&seed, nil, s.out, row); err != nil {
				t.Fatal(err)
			}
			s.policy.Reset(seed)
			like.policy.Reset(seed)
			for i, level := range l.levels {
				if err := like.policy.Act(s.out, row, like.action); err != nil {
					t.Fatal(err)
				}
				if want := env.Row[int64](&like.action[0], row)[0]; level != want || l.advantages[i][level] != 0 || slices.Max(l.advantages[i]) != 0 {
					t.Fatalf("%s, seed %d, step %d: level %d, want %d; advantages %v", scenario, seed, i, level, want, l.advantages[i])
				}
				if err := s.policy.Act(s.out, row, s.action); err != nil {
					t.Fatal(err)
				}
				if err := s.env.Step(s.action, s.out, row); err != nil {
					t.Fatal(err)
				}
				// Bellman's equation, but for the grid: without noise the
				// table reads the next state's value between its points.
				if scenario == "abr/default-test" && i+1 < len(l.values) {
					q, next := l.values[i]+l.advantages[i][l.played[i]], s.out.Reward[row]+l.values[i+1]
					if math.Abs(q-next) > 1 {
						t.Errorf("seed %d, step %d: Q is %v, reward and next value are %v", seed, i, q, next)
					}
				}
			}
		}
	}
}

// TestValuesAlongTheOptimum: along the path of the optimum the value that the
// search proves is exactly what follows, and the table's is within 0.04
// for every chunk that is left, of rewards up to 4.3.
func TestValuesAlongTheOptimum(t *testing.T) {
	factory := testabr.OpenFactory(t, testdata.Dir(t), "abr/default-test", "")
	table, search := newExperts(t, "offline-table", factory)(), newExperts(t, "offline-optimum", factory)()
	s := newStage(t, "offline-optimum", factory)
	off, chunks := 0.0, 0
	for seed := range uint64(4) {
		proven, read := s.label(search, seed), s.label(table, seed)
		toGo := 0.0
		for i := len(proven.rewards) - 1; i >= 0; i-- {
			toGo += proven.rewards[i]
			if math.Abs(proven.values[i]-toGo) > 1e-9 || proven.levels[i] != proven.played[i] {
				t.Fatalf("episode %d, step %d: value %v, brought %v; level %d, played %d", seed, i, proven.values[i], toGo, proven.levels[i], proven.played[i])
			}
			off, chunks = off+math.Abs(read.values[i]-toGo), chunks+len(proven.rewards)-i
		}
	}
	t.Logf("the table's value differs by %.4f a chunk", off/float64(chunks))
	if !(off/float64(chunks) <= 0.04) {
		t.Errorf("the table's value differs by %v a chunk from what is possible", off/float64(chunks))
	}
}

// TestExpertsAreShared: those who label at the same time say what one alone
// says.
func TestExpertsAreShared(t *testing.T) {
	factory := testabr.OpenFactory(t, "", "abr/train", "")
	for _, name := range []string{"offline-table:time=4,buffer=4", "offline-beam:width=5"} {
		want := newStage(t, "random", factory).label(newExperts(t, name, factory)(), 7)
		experts := newExperts(t, name, factory)
		var group sync.WaitGroup
		for range 3 {
			s, expert := newStage(t, "random", factory), experts()
			group.Go(func() {
				for seed := range uint64(8) {
					if l := s.label(expert, seed); seed == 7 && (!slices.Equal(l.levels, want.levels) || !slices.Equal(l.values, want.values)) {
						t.Errorf("%s: levels %v, want %v", name, l.levels, want.levels)
					}
				}
			})
		}
		group.Wait()
	}
}

func TestExpertsByName(t *testing.T) {
	factory := testabr.OpenFactory(t, "", "abr/train", "")
	var names []string
	for _, e := range policy.Experts() {
		names = append(names, e.Name)
		newExperts(t, e.Name, factory)
		if e.Advantage != (e.Name == policy.DefaultExpert) {
			t.Errorf("%s knows advantages: %v", e.Name, e.Advantage)
		}
	}
	if !slices.Equal(names, []string{"offline-optimum", "offline-beam", "offline-table"}) {
		t.Errorf("experts are %v", names)
	}
	var field *env.FieldError
	if _, err := policy.NewExperts("bba", factory.Spec(), factory); !errors.As(err, &field) || field.Field != "expert" {
		t.Errorf("bba as an expert: %v", err)
	}
	if _, err := policy.NewExperts("offline-table", factory.Spec(), nil); !errors.As(err, &field) {
		t.Errorf("an expert without worlds: %v", err)
	}
	var missing *env.NotFoundError
	if _, err := policy.NewExperts("nobody", factory.Spec(), factory); !errors.As(err, &missing) {
		t.Errorf("an unknown expert: %v", err)
	}
}

// BenchmarkLabel labels the states of whole episodes on one trace.
func BenchmarkLabel(b *testing.B) {
	factory := testabr.OpenFactory(b, "", "abr/default-test", "")
	for _, name := range []string{"offline-table", "offline-beam", "offline-optimum"} {
		b.Run(name, func(b *testing.B) {
			s, expert := newStage(b, "bba", factory), newExperts(b, name, factory)()
			s.label(expert, 0)
			steps := 0
			for b.Loop() {
				steps += len(s.label(expert, 0).values)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(steps), "us/label")
		})
	}
}
