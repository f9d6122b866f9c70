package traj

import (
	"bytes"
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
		if read != max(0, whole-1) || c.whole != end || c.runs != 0 || (c.info == nil) != (whole == 0) {
			t.Fatalf("cut at %d: %d episodes up to %d of %d, want %d up to %d", cut, read, c.whole, c.size, whole-1, end)
		}
	}
}

// TestJournalDamage flips every bit of a record's header, and one behind it, in
// every record: the episodes of all others are read, and nothing is taken for a
// record that was cut short.
func TestJournalDamage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	schema := testSchema(t, Labels{})
	episodes := []*Episode{drawEpisode(random, schema, 2), drawEpisode(random, schema, 2), drawEpisode(random, schema, 2)}
	path, ends := testJournal(t, t.TempDir(), episodes...)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bits := []int{60 * 8}
	for bit := range 10 * 8 {
		bits = append(bits, bit)
	}
	for record := 1; record <= 3; record++ {
		for _, bit := range bits {
			spoiled := bytes.Clone(text)
			spoiled[int(ends[record-1])+bit/8] ^= 1 << (bit % 8)
			if err := os.WriteFile(path, spoiled, 0o644); err != nil {
				t.Fatal(err)
			}
			var ids []int64
			c, err := readJournal(path, func(_ *contents, e *Episode) error {
				ids = append(ids, e.ID)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			whole := ends[3]
			if record == 3 {
				whole = ends[2]
			}
			if len(ids) != 2 || c.runs != 1 || c.damage.bytes != ends[record]-ends[record-1] || c.whole != whole {
				t.Errorf("bit %d of record %d: episodes %v, %+v, whole up to %d", bit, record, ids, c.damage, c.whole)
			}
		}
	}
}

// TestJournalDamageRuns damages records beside each other and apart, in a
// journal of more than a block.
func TestJournalDamageRuns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	schema := testSchema(t, Labels{})
	var episodes []*Episode
	for range 12 {
		episodes = append(episodes, drawEpisode(random, schema, 200))
	}
	path, ends := testJournal(t, t.TempDir(), episodes...)
	if ends[12] < 3*scanBlock {
		t.Fatalf("only %d bytes", ends[12])
	}
	overwrite(t, path, func(text []byte) []byte {
		for _, record := range []int{3, 4, 5, 9} {
			text[ends[record-1]+3] ^= 0x40
		}
		return text
	})
	c, err := readJournal(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := ends[5] - ends[2] + ends[9] - ends[8]; c.episodes != 8 || c.runs != 2 || c.damage.bytes != want || c.whole != ends[12] {
		t.Errorf("%d episodes, %+v (want %d bytes), whole up to %d", c.episodes, c.damage, want, c.whole)
	}
}

// TestDamagedJournalStays checks that writers leave one alone.
func TestDamagedJournalStays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	schema := testSchema(t, Labels{})
	episodes := []*Episode{drawEpisode(random, schema, 2), drawEpisode(random, schema, 2)}
	dir := t.TempDir()
	path, ends := testJournal(t, dir, episodes...)
	overwrite(t, path, flip(int(ends[0])+60))
	if _, err := Create(dir, testSpec(), Labels{}, WriterOptions{}); err == nil || !strings.Contains(err.Error(), "in one place, are no records that were written") || !strings.Contains(err.Error(), "validate --repair") {
		t.Errorf("a damaged journal was taken up: %v", err)
	}
	// Nor does a writer finish its own that was damaged meanwhile.
	w := create(t, t.TempDir(), WriterOptions{})
	mustAdd(t, w, drawEpisode(random, schema, 2))
	mustAdd(t, w, drawEpisode(random, schema, 2))
	own := w.open["train"]
	overwrite(t, own.file.Name(), flip(int(own.size)-1))
	if err := w.Flush(); err == nil || !strings.Contains(err.Error(), "holds 1 episodes of the 2") || !exists(own.file.Name()) {
		t.Errorf("a journal that was damaged meanwhile: %v", err)
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
