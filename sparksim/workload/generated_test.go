package workload

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/setting"
	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
)

var (
	_ sparksim.Workload = (*Generated)(nil)
	_ sparksim.Workload = (*Fixed)(nil)
	_ sparksim.Workload = (*Published)(nil)
)

func TestGeneratedArrivals(t *testing.T) {
	kinds := tinyKinds(t, [2]string{"1", "2g"}, [2]string{"2", "2g"}, [2]string{"3", "2g"})
	w, err := NewGenerated(kinds, Poisson{Jobs: 30_000})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Kinds()) != 3 {
		t.Fatal(w.Kinds())
	}
	arrivals := w.Arrivals(nil, 666)
	if arrivals[0].AtMs != 0 || len(arrivals) != 30_000 {
		t.Fatalf("%d arrivals from %v", len(arrivals), arrivals[0].AtMs)
	}
	if err := sparksim.CheckArrivals(arrivals, kinds); err != nil {
		t.Fatal(err)
	}
	if mean := arrivals[len(arrivals)-1].AtMs / 29_999; math.Abs(mean/25_000-1) > 0.02 {
		t.Errorf("mean time between arrivals %v ms", mean)
	}
	var count [3]int
	for _, a := range arrivals {
		count[a.Kind]++
	}
	for kind, n := range count {
		if n < 9_700 || n > 10_300 {
			t.Errorf("kind %d arrives %d times of 30000", kind, n)
		}
	}
	if !slices.Equal(w.Arrivals(nil, 666), arrivals) {
		t.Error("the same seed gives other arrivals")
	}
	if other := w.Arrivals(nil, 667); other[1] == arrivals[1] {
		t.Error("another seed gives the same arrivals")
	}
	if short := (Poisson{Jobs: 7, MeanInterarrivalMs: 25_000}).draw(nil, 666, 3); !slices.Equal(short, arrivals[:7]) {
		t.Error("a shorter sequence is not the beginning of a longer one")
	}
	head := []sparksim.Arrival{{AtMs: -7, Kind: 99}}
	if both := w.Arrivals(head, 666); both[0] != head[0] || !slices.Equal(both[1:], arrivals) {
		t.Error("arrivals are not appended")
	}
}

// TestGeneratedBytes pins the arrivals of a seed on every platform.
func TestGeneratedBytes(t *testing.T) {
	arrivals := Poisson{}.WithDefaults().draw(nil, 1, 154)
	if got, want := HashArrivals(arrivals).String(), "45ae568051032b39a25c55dad235e03b22fc90fa77cc59a4aa2f43b85e810bea"; got != want {
		t.Errorf("arrivals of seed 1: %s, want %s", got, want)
	}
}

func TestPoissonRefuses(t *testing.T) {
	kinds := tinyKinds(t, [2]string{"1", "2g"})
	for _, test := range []struct {
		p     Poisson
		field string
	}{
		{Poisson{Jobs: -1}, "jobs"}, {Poisson{Jobs: sparksim.MaxEpisodeStages + 1}, "jobs"},
		{Poisson{MeanInterarrivalMs: -1}, "mean_interarrival_ms"}, {Poisson{MeanInterarrivalMs: math.NaN()}, "mean_interarrival_ms"},
		{Poisson{MeanInterarrivalMs: math.Inf(1)}, "mean_interarrival_ms"},
	} {
		_, err := NewGenerated(kinds, test.p)
		if refused, ok := errors.AsType[*setting.Error](err); !ok || refused.Field != test.field {
			t.Errorf("%+v: %v", test.p, err)
		}
	}
	huge, err := sparksim.NewJob(sparksim.JobSpec{Stages: slices.Repeat(kinds[0].Spec().Stages, 10_000)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewGenerated([]*sparksim.Job{huge}, Poisson{Jobs: 210}); err == nil || !strings.Contains(err.Error(), "give at most 209") {
		t.Errorf("too many stages: %v", err)
	}
	if _, err := NewGenerated(nil, Poisson{}); err == nil || !strings.HasPrefix(err.Error(), "kinds: empty") {
		t.Errorf("no kinds: %v", err)
	}
	if _, err := NewFixed(nil, []sparksim.Arrival{{}}); err == nil {
		t.Error("no kinds: accepted")
	}
	if _, err := NewFixed(kinds, nil); err == nil {
		t.Error("no arrivals: accepted")
	}
	if _, err := NewPublished(kinds, Poisson{}, map[uint64][]sparksim.Arrival{3: {{Kind: 1}}}); err == nil || !strings.HasPrefix(err.Error(), "arrivals[0].kind: 1 ") {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestFixed(t *testing.T) {
	arrivals := []sparksim.Arrival{{AtMs: 3, Kind: 0}, {AtMs: 3, Kind: 1}}
	w, err := NewFixed(tinyKinds(t, [2]string{"1", "2g"}, [2]string{"2", "2g"}), arrivals)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(arrivals)
	arrivals[0].AtMs = 99 // The workload has a copy.
	for seed := range uint64(3) {
		if got := w.Arrivals(nil, seed); !slices.Equal(got, want) {
			t.Errorf("seed %d: %v", seed, got)
		}
	}
}

func TestPublished(t *testing.T) {
	kinds := tpch(t)
	known := map[uint64][]sparksim.Arrival{}
	for _, s := range PublishedSequences() {
		arrivals, err := LoadSequence(filepath.Join(testdata.Dir(t), "cjs", "jobseq", s.File), kinds)
		if err != nil {
			t.Fatal(err)
		}
		known[s.Seed] = arrivals // The longer one comes last.
	}
	for _, test := range []struct {
		p         Poisson
		seed      uint64
		published bool
	}{
		{Poisson{}, 666, true}, {Poisson{}, 1, true}, {Poisson{Jobs: 450}, 666, true}, {Poisson{Jobs: 10}, 1, true},
		{Poisson{}, 2, false}, {Poisson{Jobs: 451}, 666, false}, {Poisson{MeanInterarrivalMs: 20_000}, 666, false},
	} {
		w, err := NewPublished(kinds, test.p, known)
		if err != nil {
			t.Fatal(err)
		}
		p := test.p.WithDefaults()
		want := p.draw(nil, test.seed, len(kinds))
		if test.published {
			want = known[test.seed][:p.Jobs]
		}
		if got := w.Arrivals(nil, test.seed); !slices.Equal(got, want) {
			t.Errorf("%+v, seed %d: not what it should be", test.p, test.seed)
		}
	}
}
