package policy

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
	"trailblazer/internal/testdata"
)

// set is traces, start points and a video to play policies on.
type set struct {
	name     string
	traces   []trace.Trace
	pointers []int
	movie    trace.Video
	config   abrsim.Config
	qoe      abrsim.QoEConfig
}

// loadSet reads a set of traces; nil pointers mean 1 for every trace.
func loadSet(t testing.TB, name, video string) set {
	t.Helper()
	dir := filepath.Join(testdata.Dir(t), "abr")
	traces, err := trace.LoadDir(filepath.Join(dir, "traces", name))
	if err != nil {
		t.Fatal(err)
	}
	s := set{name: name, traces: traces, pointers: make([]int, len(traces)), config: abrsim.PaperConfig(), qoe: abrsim.PensieveQoE()}
	for i := range s.pointers {
		s.pointers[i] = 1
	}
	if name == "fcc-test" {
		if s.pointers, err = trace.LoadPointers(filepath.Join(dir, "traces", "fcc-test.start_ptrs.txt")); err != nil {
			t.Fatal(err)
		}
	}
	s.movie, err = trace.LoadVideo(filepath.Join(dir, "videos", video), trace.PensieveLadderKbps(), trace.PensieveChunkMs)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// download is one chunk as the simulator played it, and its reward.
type download struct {
	abrsim.Chunk
	reward float64
}

// play runs a rule over the set in order, as the reference's runner does: the
// first chunk of each video is forced to level 0, and the rule sees the end.
// done gets every chunk.
func (s set) play(t testing.TB, rule Rule, done func(trace int, d download)) {
	t.Helper()
	worlds, err := abrsim.NewWorlds(s.traces, s.movie, s.config)
	if err != nil {
		t.Fatal(err)
	}
	qoe, err := abrsim.NewQoE(s.qoe, s.movie.BitratesKbps)
	if err != nil {
		t.Fatal(err)
	}
	video, err := NewVideo(s.movie.BitratesKbps, s.movie.SizesBytes, s.movie.ChunkMs, worlds[0].Chunks(), s.config, s.qoe)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range worlds {
		start, err := w.Link().AtPointer(s.pointers[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := rule.Start(video, uint64(i)); err != nil {
			t.Fatal(err)
		}
		player := abrsim.NewPlayer(w, start)
		level := 0
		for !player.Done() {
			c, err := player.Download(level)
			if err != nil {
				t.Fatal(err)
			}
			done(i, download{c, qoe.Score(c).Total})
			now := View{
				Chunk: c.Index + 1, LastLevel: c.Level, BufferMs: player.State.BufferMs,
				SizeBytes: c.SizeBytes, DelayMs: c.DelayMs, Trace: i, Link: player.State.Link,
			}
			if c.Last {
				if e, ok := rule.(Ender); ok {
					e.End(&now)
				}
				break
			}
			if level, err = rule.Choose(&now); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// mean is the set's mean reward per chunk without each video's first.
func (s set) mean(t testing.TB, rule Rule) float64 {
	t.Helper()
	sum, n := 0.0, 0
	s.play(t, rule, func(_ int, d download) {
		if d.Index > 0 {
			sum += d.reward
			n++
		}
	})
	return sum / float64(n)
}

// golden is one line of a golden file.
type golden struct {
	trace                                                  string
	chunk, quality, kbps                                   int
	rebufS, bufferS, delayMs, reward, sizeBytes, residueMs float64
}

func readGolden(t testing.TB, file string) []golden {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]golden, len(records)-1)
	for i, r := range records[1:] {
		var x [10]float64
		for j := 1; j < 10; j++ {
			if x[j], err = strconv.ParseFloat(r[j], 64); err != nil {
				t.Fatalf("%s: row %d: %v", file, i, err)
			}
		}
		rows[i] = golden{r[0], int(x[1]), int(x[2]), int(x[3]), x[4], x[5], x[6], x[7], x[8], x[9]}
	}
	return rows
}

// matchGolden plays a rule and compares every number of every chunk.
func (s set) matchGolden(t *testing.T, rule Rule, rows []golden) {
	t.Helper()
	at := 0
	s.play(t, rule, func(i int, d download) {
		if t.Failed() {
			return
		}
		if at >= len(rows) {
			t.Fatalf("more chunks than the %d rows", len(rows))
		}
		got := golden{s.name + "_" + s.traces[i].Name, d.Index, d.Level, s.movie.BitratesKbps[d.Level],
			d.RebufferS, d.BufferS, d.DelayMs, d.reward, d.SizeBytes, d.SleepMs}
		if got != rows[at] {
			t.Errorf("row %d:\n got %+v\nwant %+v", at, got, rows[at])
		}
		at++
	})
	if at != len(rows) {
		t.Errorf("%d chunks, want %d", at, len(rows))
	}
}
