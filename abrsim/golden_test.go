package abrsim_test

import (
	"path/filepath"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
	"trailblazer/internal/mt19937"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

// replay plays a golden file's qualities and compares every number exactly.
func replay(t *testing.T, rows []testdata.ABRRow, players map[string]*abrsim.Player) {
	t.Helper()
	qoe, err := abrsim.NewQoE(abrsim.PensieveQoE(), trace.PensieveLadderKbps())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range rows {
		player := players[want.Trace]
		if player == nil {
			t.Fatalf("row %d: no trace %q", i, want.Trace)
		}
		c, err := player.Download(want.Quality)
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		got := testdata.ABRRow{
			Trace: want.Trace, Chunk: c.Index, Quality: c.Level, Kbps: player.World.BitrateKbps(c.Level),
			RebufS: c.RebufferS, BufferS: c.BufferS, DelayMs: c.DelayMs, Reward: qoe.Score(c).Total, SizeBytes: c.SizeBytes, ResidueMs: c.SleepMs,
		}
		if got != want {
			t.Fatalf("row %d:\n got %+v\nwant %+v", i, got, want)
		}
	}
}

// set is traces, start pointers and a video to play.
type set struct{ testabr.Set }

func loadFCCTest(t testing.TB) set {
	t.Helper()
	return set{testabr.LoadSet(t, "fcc-test", "video1_sizes")}
}

// players lays the set out as the reference does and maps trace names to
// players at their start.
func (s set) players(t testing.TB, prefix string) map[string]*abrsim.Player {
	t.Helper()
	order, err := abrsim.ReferenceOrder(mt19937.New(abrsim.ReferenceSeed), s.Traces, s.Pointers, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	worlds, err := abrsim.NewWorlds(s.Traces, s.Video, abrsim.PaperConfig())
	if err != nil {
		t.Fatal(err)
	}
	players := make(map[string]*abrsim.Player)
	for i, index := range order.Traces {
		start, err := worlds[index].Link().AtPointer(order.Pointers[i])
		if err != nil {
			t.Fatal(err)
		}
		players[prefix+s.Traces[index].Name] = abrsim.NewPlayer(worlds[index], start)
	}
	return players
}

func TestPaperProfileEqualsTheReference(t *testing.T) {
	fcc := loadFCCTest(t)
	for _, policy := range []string{"bba", "mpc", "genet-greedy"} {
		t.Run(policy, func(t *testing.T) {
			rows := testdata.ReadABRRows(t, testdata.ABRGolden(t, policy))
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
	qoe, err := abrsim.NewQoE(abrsim.PensieveQoE(), fcc.Video.BitratesKbps)
	if err != nil {
		t.Fatal(err)
	}
	for _, plan := range testdata.ReadABRPlans(t) {
		player, sum := players[plan.Trace], 0.0
		for i, level := range plan.Qualities {
			c, err := player.Download(level)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				sum += qoe.Score(c).Total
			}
		}
		if got := sum / 47; got != plan.MeanQoE {
			t.Errorf("%s: mean QoE %v, want %v", plan.Trace, got, plan.MeanQoE)
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
	world, err := abrsim.NewWorld(first, testabr.LoadVideo(t, "video1_sizes"), abrsim.PaperTrainingConfig())
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
