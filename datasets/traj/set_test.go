package traj

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Many goroutines read one set, which keeps fewer files open than it has.
func TestConcurrentReaders(t *testing.T) {
	dir := t.TempDir()
	schema, err := NewSchema(testSpec(), Labels{})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 8))
	var want []*Episode
	for shard := range 4 {
		var episodes []*Episode
		for range 6 {
			episodes = append(episodes, drawEpisode(random, schema, 1+random.IntN(9)))
		}
		writeShard(t, dir, fmt.Sprintf("train-%05d", shard), testSpec(), Labels{}, 12, int64(len(want)), episodes)
		want = append(want, episodes...)
	}
	s := openSet(t, dir)
	s.tables.limit = 3
	var group sync.WaitGroup
	for reader := range 8 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(reader), 1))
			headers, err := s.Headers()
			if err != nil {
				t.Error(err)
				return
			}
			frame := s.Schema().NewFrame(s.Schema().Field(FieldEpisode))
			for range 30 {
				i := random.IntN(len(headers))
				h := &headers[i]
				e, err := s.Episode(h)
				if err != nil {
					t.Error(err)
					return
				}
				if got := e.Steps.Find(FieldReward); !bytes.Equal(got.Data, want[i].Steps.Find(FieldReward).Data) {
					t.Errorf("episode %d has other rewards", i)
				}
				if err := s.ReadGroup(h.Shard, h.Group, frame); err != nil {
					t.Error(err)
					return
				}
				if id := Of[int64](&frame.Values[0])[h.Row]; id != h.ID {
					t.Errorf("row %d is of episode %d, not %d", h.Row, id, h.ID)
				}
			}
		})
	}
	group.Wait()
	if n := len(s.tables.open); n > 3 {
		t.Errorf("%d files are open", n)
	}
}

func TestSetRefuses(t *testing.T) {
	dir := t.TempDir()
	smallSet(t, dir)
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewSchema(drawSpec(rand.New(rand.NewPCG(1, 2))), Labels{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		do         func() error
	}{
		{"a row group that is not there", "no row group 99", func() error { return s.ReadGroup(0, 99, s.Schema().NewFrame()) }},
		{"a shard that is not there", "of shard -1", func() error { return s.ReadGroup(-1, 0, s.Schema().NewFrame()) }},
		{"a frame of another schema", "has no field", func() error { return s.ReadGroup(0, 0, other.NewFrame()) }},
		{"an episode that is not there", "give one of Headers", func() error { _, err := s.Episode(&Header{ID: 77}); return err }},
		{"a column that is not there", "info --columns", func() error { return Scan(s, "nothing", func([]float32) error { return nil }) }},
		{"a column of lists", "no column", func() error { return Scan(s, "observation.dag.nodes.0", func([]float64) error { return nil }) }},
		{"a column of another type", "holds float64, not float32", func() error { return Scan(s, FieldReward, func([]float32) error { return nil }) }},
	} {
		if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
	own := errors.New("enough")
	if err := Scan(s, FieldReward, func([]float64) error { return own }); err != own {
		t.Errorf("an error of the caller's came back as %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.ReadGroup(0, 0, s.Schema().NewFrame()); !errors.Is(err, errClosed) {
		t.Errorf("a closed set says %v", err)
	}
}

// TestOpenWithoutListedShards: the files are gone that meta/info.json lists.
func TestOpenWithoutListedShards(t *testing.T) {
	dir := threeShards(t)
	if err := os.RemoveAll(filepath.Join(dir, stepsDir)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "lists shards, and none is there: bring them back from a copy, or run") {
		t.Errorf("opened: %v", err)
	}
}

// A shard whose writer was aborted or whose directory is gone leaves nothing.
func TestAbortedShard(t *testing.T) {
	dir := t.TempDir()
	schema, err := NewSchema(testSpec(), Labels{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := newShardWriter(dir, "train-00000", schema, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.add(drawEpisode(rand.New(rand.NewPCG(1, 2)), schema, 5)); err != nil {
		t.Fatal(err)
	}
	w.abort()
	for _, path := range []string{stepsPath(dir, "train-00000"), episodesPath(dir, "train-00000")} {
		for _, name := range []string{path, path + partialSuffix} {
			if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is left: %v", name, err)
			}
		}
	}
}
