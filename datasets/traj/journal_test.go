package traj

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testJournal writes a journal of episodes 5, 6, 7 ... and returns its path and
// where each of its records ends.
func testJournal(t testing.TB, dir string, episodes ...*Episode) (path string, ends []int64) {
	t.Helper()
	info, err := newInfo(testSpec(), Labels{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, openDir), 0o755); err != nil {
		t.Fatal(err)
	}
	j, err := createJournal(dir, "train-00000", info)
	if err != nil {
		t.Fatal(err)
	}
	ends = append(ends, j.size)
	for i, e := range episodes {
		if err := j.add(episodeRecord(nil, e), int64(5+i), e.Header.Steps); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, j.size)
	}
	if err := j.file.Close(); err != nil {
		t.Fatal(err)
	}
	return j.file.Name(), ends
}

// TestJournalCutAnywhere cuts a journal at every byte.
func TestJournalCutAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	schema := testSchema(t, Labels{})
	want := []*Episode{drawEpisode(random, schema, 1), drawEpisode(random, schema, 2), drawEpisode(random, schema, 1)}
	dir := t.TempDir()
	path, ends := testJournal(t, dir, want...)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(text); cut >= 0; cut-- {
		if err := os.Truncate(path, int64(cut)); err != nil {
			t.Fatal(err)
		}
		whole := 0
		for whole < len(ends) && ends[whole] <= int64(cut) {
			whole++
		}
		read := 0
		c, err := readJournal(path, func(_ *contents, e *Episode) error {
			want[read].seal(int64(5 + read))
			requireSame(t, e, want[read])
			read++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		end := int64(0)
		if whole > 0 {
			end = ends[whole-1]
		}
		if read != max(0, whole-1) || c.whole != end || c.damaged != 0 || (c.info == nil) != (whole == 0) {
			t.Fatalf("cut at %d: %d episodes up to %d of %d, want %d up to %d", cut, read, c.whole, c.size, whole-1, end)
		}
	}
}

func TestJournalDamage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	schema := testSchema(t, Labels{})
	episodes := []*Episode{drawEpisode(random, schema, 2), drawEpisode(random, schema, 2), drawEpisode(random, schema, 2)}
	for record := 1; record <= 3; record++ {
		path, ends := testJournal(t, t.TempDir(), episodes...)
		overwrite(t, path, flip(int(ends[record-1])+60))
		var ids []int64
		c, err := readJournal(path, func(_ *contents, e *Episode) error {
			ids = append(ids, e.ID)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// The last one may as well never have been finished.
		if last := record == 3; len(ids) != 2 || c.damaged > 0 == last || last && c.whole != ends[2] || !last && c.whole != ends[3] {
			t.Errorf("damage in record %d: episodes %v, %d damaged, whole up to %d", record, ids, c.damaged, c.whole)
		}
	}
	dir := t.TempDir()
	path, ends := testJournal(t, dir, episodes...)
	overwrite(t, path, flip(int(ends[0])+60))
	if _, err := Create(dir, testSpec(), Labels{}, WriterOptions{}); err == nil || !strings.Contains(err.Error(), "1 of its records don't have their checksums") || !strings.Contains(err.Error(), "validate --repair") {
		t.Errorf("a damaged journal was taken up: %v", err)
	}
	overwrite(t, path, func(text []byte) []byte {
		record := append([]byte(nil), text[:ends[0]]...)
		record[8] = recordVersion + 1
		sealRecord(record)
		return append(record, text[ends[0]:]...)
	})
	if _, err := readJournal(path, nil); err == nil || !strings.Contains(err.Error(), "a record has version 2") {
		t.Errorf("a newer journal: %v", err)
	}
}

// FuzzReadJournal checks that no bytes upset the reader, and that what it takes
// as whole reads alike.
func FuzzReadJournal(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	schema := testSchema(f, Labels{})
	path, ends := testJournal(f, f.TempDir(), drawEpisode(random, schema, 2), drawEpisode(random, schema, 1))
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:ends[1]+20])
	f.Add(text[ends[0]:])
	path = filepath.Join(f.TempDir(), "journal")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := readJournal(path, nil)
		if err != nil {
			return
		}
		if c.whole > int64(len(text)) {
			t.Fatalf("whole up to %d of %d bytes", c.whole, len(text))
		}
		if err := os.Truncate(path, c.whole); err != nil {
			t.Fatal(err)
		}
		if again, err := readJournal(path, nil); err != nil || again.episodes != c.episodes || again.whole != c.whole {
			t.Fatalf("%+v, then %+v (%v)", c, again, err)
		}
	})
}
