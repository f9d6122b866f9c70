package policy

import (
	"slices"
	"sync"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
	"trailblazer/datasets/trace"
)

// TestTablesAreMadeOnceAndDropped: all who ask for a world at the same time get
// one table; those used last are kept, up to a number of bytes.
func TestTablesAreMadeOnceAndDropped(t *testing.T) {
	video := trace.Video{Name: "v", BitratesKbps: []int{300, 900}, ChunkMs: 4000, SizesBytes: [][]int{{150000, 150000, 150000}, {450000, 450000, 450000}}}
	var traces []trace.Trace
	for _, mbps := range []float64{1, 2, 3} {
		traces = append(traces, trace.Trace{Name: "t", TimesS: []float64{0, 10, 20}, BandwidthMbps: []float64{mbps, mbps, mbps}})
	}
	worlds, err := abrsim.NewWorlds(traces, video, abrsim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	qoe, err := abrsim.NewQoE(abrsim.PensieveQoE(), video.BitratesKbps)
	if err != nil {
		t.Fatal(err)
	}
	one, err := optimal.NewTable(worlds[0], qoe, optimal.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	kept := &tables{most: 2 * one.Bytes()}
	hold := func(world int) *tableEntry {
		e, err := kept.of(keyOf(worlds[world], qoe, start(t, worlds[world])))
		if err != nil {
			t.Error(err)
			return &tableEntry{}
		}
		return e
	}
	of := func(world int) *optimal.Table {
		e := hold(world)
		kept.release(e)
		return e.table
	}
	var group sync.WaitGroup
	got := make([]*optimal.Table, 8)
	for i := range got {
		group.Go(func() { got[i] = of(i % 2) })
	}
	group.Wait()
	for i := range got {
		if got[i] != got[i%2] || got[0] == got[1] {
			t.Fatalf("table %d is not that of the others of its world", i)
		}
	}
	of(0)
	of(2) // World 1 was used longest ago.
	if of(0) != got[0] {
		t.Error("a table used a moment ago was dropped")
	}
	if of(1) == got[1] {
		t.Error("a table beyond the bytes was kept")
	}
	if len(kept.entries) != 2 {
		t.Errorf("%d tables are kept, want 2", len(kept.entries))
	}
	kept = &tables{}
	if first := of(0); of(0) != first {
		t.Error("the last table was not kept")
	}
	// A table in use stays, whatever is made beside it, and those that are
	// dropped give their memory to others.
	held := hold(0)
	want := held.table.Q(start(t, worlds[0]))
	for i := range 6 {
		of(1 + i%2)
	}
	if hold(0) != held || !slices.Equal(held.table.Q(start(t, worlds[0])), want) {
		t.Error("a table in use was dropped or written over")
	}
	if n := len(kept.entries) + len(kept.spare); n > 4 {
		t.Errorf("%d tables are kept where one is in use", n)
	}
}

// start is the state after a first chunk.
func start(t *testing.T, w *abrsim.World) abrsim.State {
	t.Helper()
	at, err := w.Link().At(3)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := w.Step(w.Start(at), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
