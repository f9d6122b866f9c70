package trace

import (
	"math"
	"testing"
)

func TestDigests(t *testing.T) {
	a := Trace{Name: "a", TimesS: []float64{0, 1}, BandwidthMbps: []float64{1, 2}}
	b := Trace{Name: "b", TimesS: []float64{0, 1}, BandwidthMbps: []float64{1, 3}}
	video := Video{Name: "v", BitratesKbps: []int{300, 750}, ChunkMs: 4000, SizesBytes: [][]int{{1, 2}, {3, 4}}}
	seen := map[Digest]string{}
	for name, d := range map[string]Digest{
		"no traces": HashTraces(nil), "a": HashTraces([]Trace{a}), "b": HashTraces([]Trace{b}),
		"a b": HashTraces([]Trace{a, b}), "b a": HashTraces([]Trace{b, a}),
		"video":       HashVideo(video),
		"other chunk": HashVideo(Video{BitratesKbps: video.BitratesKbps, ChunkMs: 2000, SizesBytes: video.SizesBytes}),
		"other shape": HashVideo(Video{BitratesKbps: video.BitratesKbps, ChunkMs: 4000, SizesBytes: [][]int{{1}, {2, 3, 4}}}),
		"no pointers": HashPointers(nil), "pointers": HashPointers([]int{1, 2}), "reversed": HashPointers([]int{2, 1}),
	} {
		if seen[d] != "" {
			t.Errorf("%s and %s have the same digest", name, seen[d])
		}
		seen[d] = name
	}

	// The encoding is fixed: scenarios pin these.
	if got, want := HashTraces([]Trace{a}).String(), "77906cf6d79474588032d440035380232be9caba6fe819fdb79f8256e9740ffe"; got != want {
		t.Errorf("trace set digest %s, want %s", got, want)
	}
	if got, want := HashVideo(video).String(), "59f82b1270e4c1adb998d90f2c5ecc2f34df9bcb2ff300ba11f20f0dfd1d581d"; got != want {
		t.Errorf("video digest %s, want %s", got, want)
	}
	if got, want := HashPointers([]int{1, 2}).String(), "bd4e65a749c0fa371990c099bd285f1229e0ac8c893e8cc491d2078995a6d822"; got != want {
		t.Errorf("pointers digest %s, want %s", got, want)
	}

	renamed := a
	renamed.Name = "other"
	renamed.TimesS = []float64{math.Copysign(0, -1), 1}
	if HashTraces([]Trace{renamed}) != HashTraces([]Trace{a}) {
		t.Error("the digest depends on more than what is played")
	}
}
