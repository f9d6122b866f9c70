package traj

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// smallSet writes a few episodes of the small spec as one shard of several row
// groups.
func smallSet(t testing.TB, dir string) []*Episode {
	t.Helper()
	labels := Labels{Expert: "optimum", Value: true, Advantage: true}
	schema, err := NewSchema(testSpec(), labels)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	var episodes []*Episode
	for i := range 6 {
		episodes = append(episodes, drawEpisode(random, schema, 1+3*i))
	}
	writeShard(t, dir, "train-00000", testSpec(), labels, 10, 0, episodes)
	return episodes
}

// readWholeSet reads all that there is.
func readWholeSet(dir string) ([]*Episode, error) {
	s, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	headers, err := s.Headers()
	if err != nil {
		return nil, err
	}
	var episodes []*Episode
	for i := range headers {
		e, err := s.Episode(&headers[i])
		if err != nil {
			return nil, err
		}
		episodes = append(episodes, e)
	}
	for _, c := range s.Schema().Columns() {
		if c.Name == FieldReward {
			if err := Scan(s, c.Name, func([]float64) error { return nil }); err != nil {
				return nil, err
			}
		}
	}
	return episodes, nil
}

// Whatever bit of a file flips, and wherever it ends, what was written is read,
// or an error names the file and the remedy.
func TestDamagedShards(t *testing.T) {
	dir := t.TempDir()
	smallSet(t, dir)
	want, err := readWholeSet(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{stepsPath(dir, "train-00000"), episodesPath(dir, "train-00000")} {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(5, 6))
		try := func(what string, damaged []byte) {
			t.Helper()
			if err := os.WriteFile(path, damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := readWholeSet(dir)
			if err != nil {
				if !strings.Contains(err.Error(), filepath.Base(dir)) {
					t.Fatalf("%s: error %q names no file", what, err)
				}
				return
			}
			if err := sameSteps(got, want); err != nil {
				t.Fatalf("%s of %s: %v", what, path, err)
			}
		}
		for at := random.IntN(40); at < len(whole); at += 1 + random.IntN(250) {
			damaged := slices.Clone(whole)
			damaged[at] ^= 1 << random.IntN(8)
			try(fmt.Sprintf("flipped bit at %d", at), damaged)
		}
		for range 20 {
			n := random.IntN(len(whole))
			try(fmt.Sprintf("cut at %d", n), whole[:n])
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// sameSteps compares arrays.
func sameSteps(got, want []*Episode) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d episodes of %d", len(got), len(want))
	}
	for i := range want {
		for _, part := range [][2]*Frame{{got[i].Steps, want[i].Steps}, {got[i].Initial, want[i].Initial}, {got[i].Final, want[i].Final}} {
			for k, f := range part[1].Fields {
				if g, w := part[0].Values[k], part[1].Values[k]; !bytes.Equal(g.Data, w.Data) || !slices.Equal(g.Offsets, w.Offsets) {
					return fmt.Errorf("field %s of episode %d is not what was written", f.Name, i)
				}
			}
		}
	}
	return nil
}

func TestShardsThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		name, want string
		damage     func(t *testing.T, dir string)
	}{
		{"no episodes", "episodes/train-00000.parquet is missing", func(t *testing.T, dir string) {
			if err := os.Remove(episodesPath(dir, "train-00000")); err != nil {
				t.Fatal(err)
			}
		}},
		{"empty file", "data/train-00000.parquet", func(t *testing.T, dir string) {
			if err := os.WriteFile(stepsPath(dir, "train-00000"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"episodes of another shard", "describes another shard", func(t *testing.T, dir string) {
			schema, err := NewSchema(testSpec(), Labels{Expert: "optimum", Value: true, Advantage: true})
			if err != nil {
				t.Fatal(err)
			}
			other := t.TempDir()
			writeShard(t, other, "train-00000", testSpec(), Labels{Expert: "optimum", Value: true, Advantage: true}, 0, 0,
				[]*Episode{drawEpisode(rand.New(rand.NewPCG(1, 1)), schema, 3)})
			if err := os.Rename(episodesPath(other, "train-00000"), episodesPath(dir, "train-00000")); err != nil {
				t.Fatal(err)
			}
		}},
		{"steps in the place of episodes", "column source: it is missing", func(t *testing.T, dir string) {
			text, err := os.ReadFile(stepsPath(dir, "train-00000"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(episodesPath(dir, "train-00000"), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			smallSet(t, dir)
			c.damage(t, dir)
			_, err := readWholeSet(dir)
			var damage *DamageError
			if !errors.As(err, &damage) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "data validate --repair "+dir) {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); err == nil || errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "holds no data set") {
		t.Errorf("error %v", err)
	}
}

// A shard of a version to come is not called damaged: nobody should repair it.
func TestNewerShard(t *testing.T) {
	dir := t.TempDir()
	schema, err := NewSchema(testSpec(), Labels{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := newShardWriter(dir, "train-00000", schema, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.abort()
	if err := w.add(drawEpisode(rand.New(rand.NewPCG(1, 1)), schema, 3)); err != nil {
		t.Fatal(err)
	}
	info, err := newInfo(testSpec(), Labels{})
	if err != nil {
		t.Fatal(err)
	}
	info.SchemaVersion = SchemaVersion + 1
	if _, err := w.finish(info); err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir)
	var newer *VersionError
	var damage *DamageError
	if !errors.As(err, &newer) || errors.As(err, &damage) || !strings.Contains(err.Error(), "train-00000.parquet") {
		t.Errorf("error %v", err)
	}
}

// FuzzShard reads files in which something is overwritten, counted from the
// end: there are the footer and, before it, the last pages.
func FuzzShard(f *testing.F) {
	dir := f.TempDir()
	smallSet(f, dir)
	paths := []string{stepsPath(dir, "train-00000"), episodesPath(dir, "train-00000")}
	var whole [2][]byte
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		whole[i] = text
		f.Add(i == 0, uint32(0), []byte("PAR1"))
		f.Add(i == 0, uint32(4), []byte{0xff, 0xff})
		f.Add(i == 0, uint32(3000), []byte{0x15, 0x80, 0x80, 0x80, 0x80, 0x08})
	}
	f.Fuzz(func(t *testing.T, steps bool, back uint32, patch []byte) {
		at := 0
		if !steps {
			at = 1
		}
		text := slices.Clone(whole[at])
		copy(text[max(0, len(text)-int(back)-len(patch)):], patch)
		if err := os.WriteFile(paths[at], text, 0o644); err != nil {
			t.Fatal(err)
		}
		readWholeSet(dir)
		if err := os.WriteFile(paths[at], whole[at], 0o644); err != nil {
			t.Fatal(err)
		}
	})
}
