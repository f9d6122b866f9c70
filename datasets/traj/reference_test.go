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
