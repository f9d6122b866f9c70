package policy

import (
	"path/filepath"
	"testing"

	"trailblazer/internal/testdata"
)

func TestGoldenRows(t *testing.T) {
	s := loadSet(t, "fcc-test", "video1_sizes")
	for name, rule := range map[string]Rule{"bba": &bba{lowS: 5, highS: 15}, "mpc": &referenceMPC{}} {
		t.Run(name, func(t *testing.T) {
			rows := readGolden(t, filepath.Join(testdata.Dir(t), "..", "golden", "abr", name+"_fcc-test_video1.csv"))
			if len(rows) != 4800 {
				t.Fatalf("%d rows, want 4800", len(rows))
			}
			s.matchGolden(t, rule, rows)
		})
	}
}

func TestMeansOfTheReference(t *testing.T) {
	for _, c := range []struct {
		video string
		name  string
		rule  Rule
		want  float64
	}{
		{"video1_sizes", "bba", &bba{lowS: 5, highS: 15}, 0.7641513827696078},
		{"video2_sizes", "bba", &bba{lowS: 5, highS: 15}, 0.586737987687765},
		{"video1_sizes", "mpc", &referenceMPC{}, 0.8484549686275232},
		{"video2_sizes", "mpc", &referenceMPC{}, 0.6309436397166197},
	} {
		got := loadSet(t, "fcc-test", c.video).mean(t, c.rule)
		t.Logf("%s %s %v", c.name, c.video, got)
		if diff := got - c.want; diff > 1e-12 || diff < -1e-12 {
			t.Errorf("%s on %s: mean %v, want %v", c.name, c.video, got, c.want)
		}
	}
}
