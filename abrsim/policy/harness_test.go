package policy

import (
	"testing"

	"trailblazer/abrsim"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

// set is what to play policies on, and by which rules.
type set struct {
	testabr.Set
	config abrsim.Config
	qoe    abrsim.QoEConfig
}

// paperSet plays a set as the reference does.
func paperSet(s testabr.Set) set { return set{s, abrsim.PaperConfig(), abrsim.PensieveQoE()} }

func loadSet(t testing.TB, name, video string) set {
	t.Helper()
	return paperSet(testabr.LoadSet(t, name, video))
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
	worlds, err := abrsim.NewWorlds(s.Traces, s.Video, s.config)
	if err != nil {
		t.Fatal(err)
	}
	qoe, err := abrsim.NewQoE(s.qoe, s.Video.BitratesKbps)
	if err != nil {
		t.Fatal(err)
	}
	video, err := NewVideo(s.Video.BitratesKbps, s.Video.SizesBytes, s.Video.ChunkMs, worlds[0].Chunks(), s.config, s.qoe)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range worlds {
		start, err := w.Link().AtPointer(s.Pointers[i])
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

// matchGolden plays a rule and compares every number of every chunk.
func (s set) matchGolden(t *testing.T, rule Rule, rows []testdata.ABRRow) {
	t.Helper()
	at := 0
	s.play(t, rule, func(i int, d download) {
		if t.Failed() {
			return
		}
		if at >= len(rows) {
			t.Fatalf("more chunks than the %d rows", len(rows))
		}
		got := testdata.ABRRow{
			Trace: s.Name + "_" + s.Traces[i].Name, Chunk: d.Index, Quality: d.Level, Kbps: s.Video.BitratesKbps[d.Level],
			RebufS: d.RebufferS, BufferS: d.BufferS, DelayMs: d.DelayMs, Reward: d.reward, SizeBytes: d.SizeBytes, ResidueMs: d.SleepMs,
		}
		if got != rows[at] {
			t.Errorf("row %d:\n got %+v\nwant %+v", at, got, rows[at])
		}
		at++
	})
	if at != len(rows) {
		t.Errorf("%d chunks, want %d", at, len(rows))
	}
}
