package abrsim_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
	"trailblazer/internal/mt19937"
	"trailblazer/internal/testdata"
)

// row is one line of a golden file: what the reference returned for a chunk.
type row struct {
	trace                                                  string
	chunk, quality, kbps                                   int
	rebufS, bufferS, delayMs, reward, sizeBytes, residueMs float64
}

func readGolden(t testing.TB, file string) []row {
	t.Helper()
	records := readCSV(t, file)
	rows := make([]row, len(records))
	for i, r := range records {
		integer := func(s string) int {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatalf("%s: row %d: %v", file, i, err)
			}
			return n
		}
		number := func(s string) float64 {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatalf("%s: row %d: %v", file, i, err)
			}
			return x
		}
		rows[i] = row{r[0], integer(r[1]), integer(r[2]), integer(r[3]),
			number(r[4]), number(r[5]), number(r[6]), number(r[7]), number(r[8]), number(r[9])}
	}
	return rows
}

// readCSV returns the records of a CSV file without its header.
func readCSV(t testing.TB, file string) [][]string {
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
	return records[1:]
}

// replay plays a golden file's qualities and compares every number exactly.
func replay(t *testing.T, rows []row, players map[string]*abrsim.Player) {
	t.Helper()
	qoe, err := abrsim.NewQoE(abrsim.PensieveQoE(), trace.PensieveLadderKbps())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range rows {
		player := players[want.trace]
		if player == nil {
			t.Fatalf("row %d: no trace %q", i, want.trace)
		}
		c, err := player.Download(want.quality)
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		got := row{want.trace, c.Index, c.Level, player.World.BitrateKbps(c.Level),
			c.RebufferS, c.BufferS, c.DelayMs, qoe.Score(c).Total, c.SizeBytes, c.SleepMs}
		if got != want {
			t.Fatalf("row %d:\n got %+v\nwant %+v", i, got, want)
		}
	}
}

type set struct {
	traces   []trace.Trace
	pointers []int
	video    trace.Video
}

func loadFCCTest(t testing.TB) set {
	t.Helper()
	dir := filepath.Join(testdata.Dir(t), "abr")
	traces, err := trace.LoadDir(filepath.Join(dir, "traces", "fcc-test"))
	if err != nil {
		t.Fatal(err)
	}
	pointers, err := trace.LoadPointers(filepath.Join(dir, "traces", "fcc-test.start_ptrs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return set{traces, pointers, loadVideo(t, "video1_sizes")}
}

func loadVideo(t testing.TB, name string) trace.Video {
	t.Helper()
	video, err := trace.LoadVideo(filepath.Join(testdata.Dir(t), "abr", "videos", name), trace.PensieveLadderKbps(), trace.PensieveChunkMs)
	if err != nil {
		t.Fatal(err)
	}
	return video
}

// players lays the set out as the reference does and maps trace names to
// players at their start.
func (s set) players(t testing.TB, prefix string) map[string]*abrsim.Player {
	t.Helper()
	order, err := abrsim.ReferenceOrder(mt19937.New(abrsim.ReferenceSeed), s.traces, s.pointers, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	worlds, err := abrsim.NewWorlds(s.traces, s.video, abrsim.PaperConfig())
	if err != nil {
		t.Fatal(err)
	}
	players := make(map[string]*abrsim.Player)
	for i, index := range order.Traces {
		start, err := worlds[index].Link().AtPointer(order.Pointers[i])
		if err != nil {
			t.Fatal(err)
		}
		players[prefix+s.traces[index].Name] = abrsim.NewPlayer(worlds[index], start)
	}
	return players
}

func TestPaperProfileEqualsTheReference(t *testing.T) {
	fcc := loadFCCTest(t)
	for _, policy := range []string{"bba", "mpc", "genet-greedy"} {
		t.Run(policy, func(t *testing.T) {
			rows := readGolden(t, filepath.Join(testdata.Dir(t), "..", "golden", "abr", policy+"_fcc-test_video1.csv"))
			if len(rows) != 4800 {
				t.Fatalf("%d rows, want 4800", len(rows))
			}
			replay(t, rows, fcc.players(t, "fcc-test_"))
		})
	}
}

func TestOfflineOptimumScores(t *testing.T) {
	fcc := loadFCCTest(t)
	players := fcc.players(t, "")
	qoe, err := abrsim.NewQoE(abrsim.PensieveQoE(), fcc.video.BitratesKbps)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readCSV(t, filepath.Join(testdata.Dir(t), "..", "golden", "abr", "offline-opt_fcc-test_video1.csv")) {
		player, sum := players[r[0]], 0.0
		for i, level := range strings.Split(r[2], "") {
			l, _ := strconv.Atoi(level)
			c, err := player.Download(l)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				sum += qoe.Score(c).Total
			}
		}
		want, _ := strconv.ParseFloat(r[1], 64)
		if got := sum / 47; got != want {
			t.Errorf("%s: mean QoE %v, want %v", r[0], got, want)
		}
	}
}

// TestReferenceOrder checks the shuffle, the drawn start pointers and the
// noise of the reference's training mode against a run of it.
func TestReferenceOrder(t *testing.T) {
	traces, err := trace.LoadDir(filepath.Join(testdata.Dir(t), "abr", "traces", "fcc-train"))
	if err != nil {
		t.Fatal(err)
	}
	rng := mt19937.New(abrsim.ReferenceSeed)
	order, err := abrsim.ReferenceOrder(rng, traces, nil, false, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(order.Traces) != 100 || len(order.Pointers) != 100 {
		t.Fatalf("%d traces, %d pointers", len(order.Traces), len(order.Pointers))
	}
	for i, want := range []int{40, 30, 173, 112, 26, 88, 206, 156} {
		if order.Traces[i] != want {
			t.Errorf("trace %d: index %d, want %d", i, order.Traces[i], want)
		}
	}
	for i, want := range []int{254, 275, 20, 60, 29, 220, 103, 317} {
		if order.Pointers[i] != want {
			t.Errorf("trace %d: pointer %d, want %d", i, order.Pointers[i], want)
		}
	}
	first := traces[order.Traces[0]]
	if want := "test_fcc_trace_1171_http---www.yahoo.com_1020_0"; first.Name != want {
		t.Errorf("first trace %q, want %q", first.Name, want)
	}
	world, err := abrsim.NewWorld(first, loadVideo(t, "video1_sizes"), abrsim.PaperTrainingConfig())
	if err != nil {
		t.Fatal(err)
	}
	start, err := world.Link().AtPointer(order.Pointers[0])
	if err != nil {
		t.Fatal(err)
	}
	player := abrsim.NewPlayer(world, start)
	player.Noise = rng
	for level, want := range []float64{1821.0298611063004, 4273.466902949825, 4549.316956136479, 10545.186015540728} {
		c, err := player.Download(level)
		if err != nil {
			t.Fatal(err)
		}
		if c.DelayMs != want {
			t.Errorf("chunk %d: delay %v ms, want %v", c.Index, c.DelayMs, want)
		}
	}
}
