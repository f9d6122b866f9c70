package optimal_test

import (
	"testing"

	"trailblazer/abrsim"
	"trailblazer/internal/testabr"
)

// playback is a world and where a policy first chooses in it.
type playback struct {
	trace string
	world *abrsim.World
	root  abrsim.State
	qoe   *abrsim.QoE
}

// playbacks loads a trace set with its start pointers (1 where it has none);
// the first chunk is played at level 0, as the reference does.
func playbacks(t testing.TB, set, video string, config abrsim.Config) []playback {
	t.Helper()
	s := testabr.LoadSet(t, set, video)
	worlds, err := abrsim.NewWorlds(s.Traces, s.Video, config)
	if err != nil {
		t.Fatal(err)
	}
	qoe, err := abrsim.NewQoE(abrsim.PensieveQoE(), s.Video.BitratesKbps)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]playback, len(worlds))
	for i, w := range worlds {
		at, err := w.Link().AtPointer(s.Pointers[i])
		if err != nil {
			t.Fatal(err)
		}
		root, _, err := w.Step(w.Start(at), 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = playback{s.Traces[i].Name, w, root, qoe}
	}
	return list
}

// value plays a plan in the world and sums its rewards.
func value(t testing.TB, p playback, levels []int) float64 {
	t.Helper()
	sum, s := 0.0, p.root
	for _, level := range levels {
		next, c, err := p.world.Step(s, level, 1)
		if err != nil {
			t.Fatal(err)
		}
		sum += p.qoe.Score(c).Total
		s = next
	}
	if !p.world.Done(s) {
		t.Fatalf("%s: a plan of %d levels leaves chunks", p.trace, len(levels))
	}
	return sum
}
