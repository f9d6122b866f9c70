package traj

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// threeShards makes a data set of three shards of four episodes.
func threeShards(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	w := create(t, dir, WriterOptions{ShardSteps: 40, GroupSteps: 20})
	for i := range 12 {
		e := drawEpisode(rand.New(rand.NewPCG(uint64(i), 7)), w.Schema(), 10)
		e.Source = string(rune('a' + i))
		mustAdd(t, w, e)
	}
	mustClose(t, w)
	return dir
}

func validate(t *testing.T, dir string, repair bool) *Validation {
	t.Helper()
	v, err := Validate(t.Context(), dir, ValidateOptions{Repair: repair})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func overwrite(t *testing.T, path string, change func(text []byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// leave makes a writer that dies after adding episodes.
func leave(t *testing.T, dir string, episodes int) {
	t.Helper()
	w := create(t, dir, WriterOptions{ShardSteps: 1000})
	for i := range episodes {
		mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(uint64(i), 8)), w.Schema(), 5))
	}
	drop(w)
}

func flip(at int) func([]byte) []byte {
	return func(text []byte) []byte {
		text[at] ^= 0x10
		return text
	}
}

func TestValidate(t *testing.T) {
	const second, unreadable = "train-00001", " bytes, in one place, are no records"
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		// file and problem are what the first problem must say.
		file, problem string
		// episodes are there after repairing.
		episodes int
	}{
		{"nothing", func(*testing.T, string) {}, "", "", 12},
		{"a journal", func(t *testing.T, dir string) { leave(t, dir, 3) },
			"open/train-00003.journal", "left 3 episodes that no reader", 15},
		{"a journal of one", func(t *testing.T, dir string) { leave(t, dir, 1) },
			"open/train-00003.journal", "left 1 episode that no reader", 13},
		{"an empty journal", func(t *testing.T, dir string) { leave(t, dir, 0) }, "", "", 12},
		{"a torn journal", func(t *testing.T, dir string) {
			leave(t, dir, 3)
			overwrite(t, journalPath(dir, "train-00003"), func(text []byte) []byte { return text[:len(text)-9] })
		}, "open/train-00003.journal", "left 2 episodes", 14},
		{"a journal whose shard is there", func(t *testing.T, dir string) {
			leave(t, dir, 3)
			if _, err := finishShard(dir, "train-00003", 3, 0); err != nil {
				t.Fatal(err)
			}
		}, "open/train-00003.journal", "left 0 episodes", 15},
		{"a journal with a damaged episode", func(t *testing.T, dir string) {
			leave(t, dir, 3)
			overwrite(t, journalPath(dir, "train-00003"), func(text []byte) []byte {
				first := 8 + int(binary.LittleEndian.Uint32(text))
				text[first+100] ^= 1
				return text
			})
		}, "open/train-00003.journal", unreadable, 14},
		{"a journal with a damaged length", func(t *testing.T, dir string) {
			leave(t, dir, 3)
			overwrite(t, journalPath(dir, "train-00003"), func(text []byte) []byte {
				first := 8 + int(binary.LittleEndian.Uint32(text))
				text[first+3] ^= 0x40
				return text
			})
		}, "open/train-00003.journal", unreadable, 14},
		{"a journal whose last episode is damaged", func(t *testing.T, dir string) {
			leave(t, dir, 3)
			overwrite(t, journalPath(dir, "train-00003"), func(text []byte) []byte {
				text[len(text)-1] ^= 1
				return text
			})
		}, "open/train-00003.journal", unreadable, 14},
		{"a journal without description", func(t *testing.T, dir string) {
			leave(t, dir, 3)
			overwrite(t, journalPath(dir, "train-00003"), flip(20))
		}, "open/train-00003.journal", "an episode comes before any description", 12},
		{"unfinished files", func(t *testing.T, dir string) {
			os.WriteFile(stepsPath(dir, "train-00003")+partialSuffix, []byte("x"), 0o644)
		}, "data/train-00003.parquet.partial", "was not finished", 12},
		{"no info", func(t *testing.T, dir string) { remove(t, infoPath(dir)) }, "meta/info.json", "is missing", 12},
		{"damaged info", func(t *testing.T, dir string) {
			overwrite(t, infoPath(dir), func(text []byte) []byte { return text[:len(text)/2] })
		}, "meta/info.json", "is no description of a data set", 12},
		{"info of other steps", func(t *testing.T, dir string) {
			overwrite(t, infoPath(dir), func(text []byte) []byte {
				return []byte(strings.Replace(string(text), `"steps": 120`, `"steps": 121`, 1))
			})
		}, "meta/info.json", "does not say what is there", 12},
		{"steps cut short", func(t *testing.T, dir string) {
			overwrite(t, stepsPath(dir, second), func(text []byte) []byte { return text[:len(text)/2] })
		}, "data/train-00001.parquet", "its SHA-256 is", 8},
		{"one bit of the steps", func(t *testing.T, dir string) { overwrite(t, stepsPath(dir, second), flip(200)) },
			"data/train-00001.parquet", "its SHA-256 is", 8},
		{"one bit of the episodes", func(t *testing.T, dir string) { overwrite(t, episodesPath(dir, second), flip(200)) },
			"episodes/train-00001.parquet", "its SHA-256 is", 8},
		{"one bit of the steps, and no sums", func(t *testing.T, dir string) {
			remove(t, infoPath(dir))
			overwrite(t, stepsPath(dir, second), flip(20))
		}, "data/train-00001.parquet", "", 8},
		{"no episodes", func(t *testing.T, dir string) { remove(t, episodesPath(dir, second)) },
			"episodes/train-00001.parquet", "is missing", 8},
		{"no steps", func(t *testing.T, dir string) { remove(t, stepsPath(dir, second)) },
			"episodes/train-00001.parquet", "the file of its steps is missing", 8},
		{"no shard", func(t *testing.T, dir string) { remove(t, stepsPath(dir, second), episodesPath(dir, second)) },
			"meta/info.json", "lists train-00001 with 4 episodes, and there is no such shard", 8},
		{"killed between the renames", func(t *testing.T, dir string) {
			leave(t, dir, 3)
			if _, err := finishShard(dir, "train-00003", 3, 0); err != nil {
				t.Fatal(err)
			}
			remove(t, stepsPath(dir, "train-00003"))
		}, "open/train-00003.journal", "left 3 episodes", 15},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := threeShards(t)
			before := readAll(t, dir)
			c.spoil(t, dir)
			spoiled := files(t, dir)
			found := validate(t, dir, false)
			requireSameFiles(t, files(t, dir), spoiled)
			if c.problem == "" && c.file == "" {
				if len(found.Problems) > 1 || len(found.Problems) == 1 && !strings.Contains(found.Problems[0].Problem, "left 0 episodes") {
					t.Fatalf("problems %+v", found.Problems)
				}
			} else if len(found.Problems) == 0 || found.Problems[0].File != c.file || !strings.Contains(found.Problems[0].Problem, c.problem) || found.Unrepaired() != len(found.Problems) {
				t.Fatalf("problems %+v, want one of %s with %q", found.Problems, c.file, c.problem)
			}
			for _, p := range found.Problems {
				if strings.Contains(p.Problem, p.File) || strings.Contains(p.Problem, dir) {
					t.Errorf("the path is there twice: %s: %s", p.File, p.Problem)
				}
			}
			repaired := validate(t, dir, true)
			if repaired.Unrepaired() > 0 || (len(found.Problems) > 0) != (len(repaired.Problems) > 0) {
				t.Errorf("left after repairing: %+v", repaired.Problems)
			}
			if again := validate(t, dir, false); len(again.Problems) > 0 || again.Episodes != c.episodes || again.Steps == 0 {
				t.Errorf("after repairing: %+v", again)
			}
			after := files(t, dir)
			validate(t, dir, true)
			requireSameFiles(t, files(t, dir), after)
			if c.problem == unreadable && after["damaged/train-00003.journal.open"] != spoiled[c.file] {
				t.Error("there is no copy of the journal")
			}
			got := readAll(t, dir)
			if len(got) != c.episodes {
				t.Errorf("%d episodes, want %d", len(got), c.episodes)
			}
			for id, e := range before {
				if got[id] == nil && (c.episodes > 8 || id/4 != 1) {
					t.Errorf("episode %d is lost", id)
				} else if got[id] != nil {
					requireSame(t, got[id], e)
				}
			}
			// The set can be written to, and takes no name that is gone.
			w := create(t, dir, WriterOptions{})
			e := drawEpisode(rand.New(rand.NewPCG(9, 9)), w.Schema(), 3)
			mustAdd(t, w, e)
			mustClose(t, w)
			if got[e.ID] != nil || w.numbers["train"] < 4 {
				t.Errorf("episode %d, shard %d", e.ID, w.numbers["train"]-1)
			}
		})
	}
}

// TestValidateContents writes episodes that Add would refuse, with sums that
// agree.
func TestValidateContents(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(e *Episode)
	}{
		{"step[2] is 3: count", func(e *Episode) { Of[int32](e.Steps.Find(FieldStep))[2] = 3 }},
		{"return_to_go of step 4 is 9", func(e *Episode) { Of[float64](e.Steps.Find(FieldReturnToGo))[4] = 9 }},
		{"terminated[1] is true", func(e *Episode) { e.Steps.Find(FieldTerminated).Data[1] = 1 }},
		{"return is 5, and its rewards", func(e *Episode) { e.Return = 5 }},
		{"complete are", func(e *Episode) { e.Complete = !e.Complete }},
		{"episode 1: an episode of this number is in shard train-00000 too", func(e *Episode) { e.ID = 1 }},
		{`its source "b" is that of episode 1 too`, func(e *Episode) { e.Source = "b" }},
		{`its scenario_hash "other" is of no scenario`, func(e *Episode) { e.ScenarioHash = "other" }},
	} {
		dir := threeShards(t)
		e := numberedEpisode(t, 99)
		c.spoil(e)
		addShard(t, dir, func(*stepBuffer) {}, e)
		requireProblem(t, dir, c.want)
	}
}

// numberedEpisode makes one of ten steps.
func numberedEpisode(t *testing.T, id int64) *Episode {
	e := drawEpisode(rand.New(rand.NewPCG(uint64(id), 1)), testSchema(t, Labels{}), 10)
	e.seal(id)
	return e
}

// addShard writes train-00003 into what threeShards made; spoil may change what
// its steps say.
func addShard(t *testing.T, dir string, spoil func(b *stepBuffer), episodes ...*Episode) {
	t.Helper()
	info, err := readShardInfo(stepsPath(dir, "train-00000"))
	if err != nil {
		t.Fatal(err)
	}
	schema := testSchema(t, Labels{})
	shard, err := newShardWriter(dir, "train-00003", schema, 0)
	if err != nil {
		t.Fatal(err)
	}
	sums := newTally(schema)
	for _, e := range episodes {
		if err := shard.add(e); err != nil {
			t.Fatal(err)
		}
		sums.add(e)
	}
	spoil(shard.steps)
	info.Statistics = sums.statistics()
	if _, err := shard.finish(info); err != nil {
		t.Fatal(err)
	}
}

func requireProblem(t *testing.T, dir, want string) {
	t.Helper()
	found := validate(t, dir, false)
	if !slices.ContainsFunc(found.Problems, func(p Problem) bool { return strings.Contains(p.Problem, want) }) {
		t.Errorf("problems %+v, want one with %q", found.Problems, want)
	}
}

// TestValidateRows writes steps that say of their episode what its own row does
// not.
func TestValidateRows(t *testing.T) {
	for _, c := range []struct {
		want   string
		seeded bool
		spoil  func(b *stepBuffer)
	}{
		{`episode 98: scenario of step 0 is "elsewhere", and the episode's is "small/one"`, true, func(b *stepBuffer) { b.scenarios[1] = textValue("elsewhere") }},
		{`episode 98: scenario_hash of step 0 is "ff", and the episode's is "abab`, true, func(b *stepBuffer) { b.hashes[1] = textValue("ff") }},
		{"episode 98: seed of step 0 is 7, and the episode's is 18446744073709551615", true, func(b *stepBuffer) { b.seeds[1] = seedValue(&Header{Seed: 7, Seeded: true}) }},
		{"episode 98: seed of step 0 is none, and the episode's is 18446744073709551615", true, func(b *stepBuffer) { b.seeds[1] = seedValue(&Header{}) }},
		{"episode 98: seed of step 0 is 0, and the episode's is none", false, func(b *stepBuffer) { b.seeds[1] = seedValue(&Header{Seeded: true}) }},
	} {
		dir := threeShards(t)
		before, spoiled := numberedEpisode(t, 97), numberedEpisode(t, 98)
		spoiled.Seed, spoiled.Seeded = math.MaxUint64, c.seeded
		addShard(t, dir, c.spoil, before, spoiled)
		requireProblem(t, dir, c.want)
		if found := validate(t, dir, false); found.Unrepaired() != 2 { // The shard is not listed.
			t.Errorf("problems %+v", found.Problems)
		}
	}
}

// TestValidateNewer checks that nothing touches what a newer program wrote.
func TestValidateNewer(t *testing.T) {
	dir := threeShards(t)
	overwrite(t, infoPath(dir), func(text []byte) []byte {
		return []byte(strings.Replace(string(text), `"schema_version": 1`, `"schema_version": 9`, 1))
	})
	before := files(t, dir)
	for _, repair := range []bool{false, true} {
		found := validate(t, dir, repair)
		if len(found.Problems) != 1 || !strings.Contains(found.Problems[0].Problem, "schema_version is 9") || found.Problems[0].Repaired {
			t.Errorf("%+v", found.Problems)
		}
	}
	if _, err := Create(dir, testSpec(), Labels{}, WriterOptions{}); err == nil || !strings.Contains(err.Error(), "a newer one may read it") {
		t.Errorf("written to: %v", err)
	}
	requireSameFiles(t, files(t, dir), before)
}

func TestValidateWhileWriting(t *testing.T) {
	dir := threeShards(t)
	w := create(t, dir, WriterOptions{})
	mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 10))
	if found := validate(t, dir, false); !found.Writing || len(found.Problems) > 0 || found.Episodes != 12 {
		t.Errorf("%+v", found)
	}
	if _, err := Validate(t.Context(), dir, ValidateOptions{Repair: true}); err == nil || !strings.Contains(err.Error(), "is being written") {
		t.Errorf("repaired a data set that is being written: %v", err)
	}
	if _, err := Validate(t.Context(), t.TempDir(), ValidateOptions{}); err == nil || !strings.Contains(err.Error(), "holds no data set") {
		t.Errorf("an empty directory: %v", err)
	}
}
