package policy

import (
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
	of := func(world int) *optimal.Table {
		table, err := kept.of(worlds[world], qoe)
		if err != nil {
			t.Error(err)
		}
		return table
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
	last := &tables{}
	first, err := last.of(worlds[0], qoe)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := last.of(worlds[0], qoe); again != first {
		t.Error("the last table was not kept")
	}
}
