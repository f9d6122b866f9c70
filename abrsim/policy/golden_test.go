package policy

import (
	"math"
	"testing"

	"trailblazer/internal/testdata"
)

// TestGoldenRows plays the policies of the reference over its whole test set
// and compares every number of every chunk.
func TestGoldenRows(t *testing.T) {
	s := loadSet(t, "fcc-test", "video1_sizes")
	for _, name := range []string{"bba", "mpc"} {
		t.Run(name, func(t *testing.T) {
			rows := testdata.ReadABRRows(t, testdata.ABRGolden(t, name))
			if len(rows) != 4800 {
				t.Fatalf("%d rows, want 4800", len(rows))
			}
			s.matchGolden(t, newRule(t, name), rows)
		})
	}
}

// TestMeans compares mean rewards per chunk, without the first of each video.
// Those of the reference's own policies are its results. The others are ours,
// so that a change shows; known says what a prototype of the same rule
// reached. The tuned numbers come from training traces.
func TestMeans(t *testing.T) {
	sets := []set{loadSet(t, "fcc-test", "video1_sizes"), loadSet(t, "fcc-test", "video2_sizes")}
	for _, c := range []struct {
		policy string
		want   [2]float64
		known  [2]float64
	}{
		{"bba", [2]float64{0.7641513827696078, 0.586737987687765}, [2]float64{}},
		{"mpc", [2]float64{0.8484549686275232, 0.6309436397166197}, [2]float64{}},
		{"bba-tuned", [2]float64{0.8746383, 0.7475792}, [2]float64{0.875, 0.748}},
		{"bba-0", [2]float64{1.0286401, 0.8476652}, [2]float64{}},
		{"robust-mpc", [2]float64{0.9920765, 0.8105286}, [2]float64{0.971, 0.812}},
		{"mpc-tuned", [2]float64{1.0631796, 0.8799130}, [2]float64{1.058, 0.870}},
		{"rate-based", [2]float64{0.8640815, 0.5556278}, [2]float64{}},
		{"bola", [2]float64{0.7585426, 0.6648026}, [2]float64{}},
		{"bola-finite", [2]float64{0.6388746, 0.0749843}, [2]float64{}},
	} {
		for i, s := range sets {
			got := s.mean(t, newRule(t, c.policy))
			t.Logf("%s on %s: %.7f", c.policy, s.Video.Name, got)
			tolerance := 1e-6
			if c.policy == "bba" || c.policy == "mpc" {
				tolerance = 1e-12
			}
			if math.Abs(got-c.want[i]) > tolerance {
				t.Errorf("%s on %s: mean %v, want %v", c.policy, s.Video.Name, got, c.want[i])
			}
			if c.known[i] != 0 && got < c.known[i]-0.002 {
				t.Errorf("%s on %s: mean %v, known is %v", c.policy, s.Video.Name, got, c.known[i])
			}
		}
	}
}

func newRule(t testing.TB, name string) Rule {
	t.Helper()
	rule, err := NewRule(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}
