package policy

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"trailblazer/abrsim"
)

// ladder is a video of chunks of 4 s with the reference's ladder and nominal
// sizes.
func ladder(t testing.TB, kbps ...int) *Video {
	t.Helper()
	if len(kbps) == 0 {
		kbps = []int{300, 750, 1200, 1850, 2850, 4300}
	}
	sizes := make([][]int, len(kbps))
	for level := range sizes {
		sizes[level] = make([]int, 20)
		for chunk := range sizes[level] {
			sizes[level][chunk] = kbps[level] * 500
		}
	}
	v, err := NewVideo(kbps, sizes, 4000, 0, abrsim.Config{}, abrsim.QoEConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// choices starts a rule and asks it about views in turn.
func choices(t *testing.T, rule Rule, v *Video, views ...View) []int {
	t.Helper()
	if err := rule.Start(v, 1); err != nil {
		t.Fatal(err)
	}
	var levels []int
	for i := range views {
		level, err := rule.Choose(&views[i])
		if err != nil {
			t.Fatal(err)
		}
		levels = append(levels, level)
	}
	return levels
}

func buffers(seconds ...float64) []View {
	views := make([]View, len(seconds))
	for i, s := range seconds {
		views[i] = View{Chunk: 10, LastLevel: 2, BufferMs: s * 1000}
	}
	return views
}

// downloads are views after chunks that came at these rates.
func downloads(kbps ...float64) []View {
	views := make([]View, len(kbps))
	for i, r := range kbps {
		views[i] = View{Chunk: i + 1, LastLevel: 2, BufferMs: 8000, SizeBytes: 1e5, DelayMs: 8e5 / r}
	}
	return views
}

func TestRules(t *testing.T) {
	six, one, two := ladder(t), ladder(t, 500), ladder(t, 300, 1000)
	for i, c := range []struct {
		rule  string
		video *Video
		views []View
		want  []int
	}{
		{"fixed:3", six, buffers(0, 60), []int{3, 3}},
		{"fixed:9", six, buffers(0), []int{5}},
		{"fixed:9", one, buffers(0), []int{0}},
		{"rate-based", six, append([]View{{}}, downloads(750, 750, 1200, 5000)...), []int{0, 1, 1, 1, 1}},
		{"rate-based:1", six, downloads(299, 300.1, 750.1, 2849, 9000), []int{0, 0, 1, 3, 5}},
		{"rate-based:window=1,share=0.5", six, downloads(1499, 1501, 8601), []int{0, 1, 5}},
		{"bba", six, buffers(0, 4.999, 5, 6.999, 7, 14.999, 15, 60), []int{0, 0, 0, 0, 1, 4, 5, 5}},
		{"bba", two, buffers(4, 5, 14.999, 15), []int{0, 0, 0, 1}},
		{"bba", one, buffers(0, 10, 60), []int{0, 0, 0}},
		// The map is 300 + 100·(b − 8) kbit/s.
		{"bba-tuned", six, buffers(0, 8, 12.49, 12.51, 17.1, 47.9, 48), []int{0, 0, 0, 1, 2, 4, 5}},
		// Level 2 stays while the map lies between 750 and 1850.
		{"bba-0", six, buffers(8, 12.4, 12.6, 23.4, 23.6, 48), []int{0, 1, 2, 2, 3, 5}},
		// At exactly 1850 the level is the highest strictly below, at exactly
		// 750 the lowest strictly above.
		{"bba-0", six, buffers(23.5, 12.5), []int{2, 2}},
		{"bba-0", one, buffers(0, 10, 60), []int{0, 0, 0}},
		// See TestBOLAThresholds.
		{"bola", six, buffers(0, 29.8, 31, 40, 60), []int{0, 0, 0, 2, 5}},
		{"bola", one, buffers(0, 60), []int{0, 0}},
	} {
		t.Run(fmt.Sprint(i, " ", c.rule), func(t *testing.T) {
			rule, err := NewRule(c.rule, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := choices(t, rule, c.video, c.views...); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestBOLAThresholds checks BOLA's choice against its definition, and that it
// rises with the buffer from bottom to top.
func TestBOLAThresholds(t *testing.T) {
	v := ladder(t)
	b := &bola{gammaP: 5}
	last := 0
	for ms := 0.0; ms <= 60_000; ms += 10 {
		level := choices(t, b, v, View{Chunk: 10, BufferMs: ms})[0]
		if level < last {
			t.Fatalf("level %d at %v ms after level %d", level, ms, last)
		}
		last = level
		weight := 14 / (math.Log(4300./300) + 5)
		score := func(m int) float64 {
			kbps := float64(v.BitratesKbps[m])
			return (weight*(math.Log(kbps/300)+5) - ms/4000) / kbps
		}
		for m := range v.Levels() {
			if score(m) > score(level)+1e-12 {
				t.Fatalf("level %d at %v ms, but %d has the larger score", level, ms, m)
			}
		}
	}
	if last != 5 {
		t.Errorf("level %d with a full buffer", last)
	}
}

// TestBOLAFinite checks that it holds less buffer at the ends of a video, and
// does not rise above what the link sustains.
func TestBOLAFinite(t *testing.T) {
	v := ladder(t)
	plain, finite := &bola{gammaP: 5}, &bola{gammaP: 5, finite: true}
	for _, c := range []struct {
		name  string
		view  View
		plain int
		want  int
	}{
		{"near the end it uses the buffer up", View{Chunk: 18, LastLevel: 5, BufferMs: 24_000}, 0, 5},
		{"the link sustains the level", View{Chunk: 10, LastLevel: 0, BufferMs: 24_000, SizeBytes: 1e6, DelayMs: 1000}, 0, 5},
		{"it sustains less", View{Chunk: 10, LastLevel: 0, BufferMs: 24_000, SizeBytes: 1e5, DelayMs: 1000}, 0, 2},
		{"it sustains less than the last level", View{Chunk: 10, LastLevel: 2, BufferMs: 24_000, SizeBytes: 1e5, DelayMs: 2000}, 0, 2},
		{"it falls freely", View{Chunk: 10, LastLevel: 5, BufferMs: 0, SizeBytes: 1e6, DelayMs: 1000}, 0, 0},
	} {
		if got := choices(t, plain, v, c.view)[0]; got != c.plain {
			t.Errorf("%s: plain BOLA chooses %d, want %d", c.name, got, c.plain)
		}
		if got := choices(t, finite, v, c.view)[0]; got != c.want {
			t.Errorf("%s: level %d, want %d", c.name, got, c.want)
		}
	}
}

// TestRandom: the seed decides everything, and all levels come.
func TestRandom(t *testing.T) {
	v, r := ladder(t), &random{}
	draw := func(seed uint64) (levels [300]int) {
		if err := r.Start(v, seed); err != nil {
			t.Fatal(err)
		}
		for i := range levels {
			levels[i], _ = r.Choose(&View{})
		}
		return levels
	}
	one := draw(1)
	if one != draw(1) {
		t.Error("the same seed draws other levels")
	}
	if one == draw(2) {
		t.Error("another seed draws the same levels")
	}
	var counts [6]int
	for _, level := range one {
		counts[level]++
	}
	for level, n := range counts {
		if n < 25 || n > 75 {
			t.Errorf("level %d comes %d times in 300", level, n)
		}
	}
}

// TestNothingAllocates plays a video with every plain rule.
func TestNothingAllocates(t *testing.T) {
	v := ladder(t)
	for _, d := range Descriptions() {
		if d.Privileged {
			continue
		}
		rule, err := NewRule(d.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		now := View{Chunk: 1, BufferMs: 4000, SizeBytes: 1e5, DelayMs: 700}
		if n := testing.AllocsPerRun(3, func() {
			_ = rule.Start(v, 1)
			for now.Chunk = 1; now.Chunk < v.Chunks; now.Chunk++ {
				now.LastLevel, _ = rule.Choose(&now)
				now.BufferMs = float64(now.Chunk * 1000)
			}
			if e, ok := rule.(Ender); ok {
				e.End(&now)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a video", d.Name, n)
		}
	}
}

func TestNewVideoRefuses(t *testing.T) {
	sizes := [][]int{{1, 2}, {3, 4}}
	for i, c := range []struct {
		kbps   []int
		sizes  [][]int
		chunks int
		qoe    abrsim.QoEConfig
	}{
		{nil, nil, 0, abrsim.QoEConfig{}},
		{[]int{1}, sizes, 0, abrsim.QoEConfig{}},
		{[]int{1, 2}, [][]int{{1, 2}, {3}}, 0, abrsim.QoEConfig{}},
		{[]int{1, 2}, sizes, 3, abrsim.QoEConfig{}},
		{[]int{1, 2}, sizes, -1, abrsim.QoEConfig{}},
		{[]int{1, 2}, [][]int{{}, {}}, 0, abrsim.QoEConfig{}},
		{[]int{1, 2}, sizes, 0, abrsim.QoEConfig{Kind: "odd"}},
	} {
		if _, err := NewVideo(c.kbps, c.sizes, 4000, c.chunks, abrsim.Config{}, c.qoe); err == nil {
			t.Errorf("case %d is accepted", i)
		}
	}
}
