package abrsim_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
	"trailblazer/internal/mt19937"
)

func newWorld(t testing.TB, c abrsim.Config) *abrsim.World {
	t.Helper()
	w, err := abrsim.NewWorld(trace.FCCLike(1, 1)[0], trace.EnvivioLike(1), c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func startAt(t testing.TB, w *abrsim.World, pointer int) abrsim.State {
	t.Helper()
	c, err := w.Link().AtPointer(pointer)
	if err != nil {
		t.Fatal(err)
	}
	return w.Start(c)
}

// TestConstantLink works one download out by hand in both profiles.
func TestConstantLink(t *testing.T) {
	// 8 Mbit/s is 1e6 bytes/s, 0.95e6 of them video.
	link := trace.Trace{Name: "constant", TimesS: []float64{0, 10, 20}, BandwidthMbps: []float64{8, 8, 8}}
	video := trace.Video{Name: "flat", BitratesKbps: []int{1000, 2000}, ChunkMs: 4000,
		SizesBytes: [][]int{{950_000, 950_000}, {1_900_000, 1_900_000}}}
	for _, profile := range []abrsim.Profile{abrsim.ProfilePaper, abrsim.ProfileDefault} {
		w, err := abrsim.NewWorld(link, video, abrsim.Config{Profile: profile, Chunks: 2, BufferCapMs: 5000})
		if err != nil {
			t.Fatal(err)
		}
		s, c, err := w.Step(startAt(t, w, 1), 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := abrsim.Chunk{Level: 1, SizeBytes: 1_900_000, DelayMs: 2080, RebufferS: 2.08, BufferS: 4, Remaining: 1}
		if c != want {
			t.Errorf("%s: got %+v, want %+v", profile, c, want)
		}
		// 4 s less 1.08 s and another 4 s are 6.92 s: down to 5 s in
		// quanta of 0.5 s.
		_, c, err = w.Step(s, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		want = abrsim.Chunk{Index: 1, LastLevel: 1, SizeBytes: 950_000, DelayMs: 1080, SleepMs: 2000, BufferS: 4.92, Last: true}
		if math.Abs(c.BufferS-want.BufferS) < 1e-12 {
			c.BufferS = want.BufferS
		}
		if c != want {
			t.Errorf("%s: got %+v, want %+v", profile, c, want)
		}
	}
}

func TestStepRefuses(t *testing.T) {
	w := newWorld(t, abrsim.Config{Chunks: 2})
	s := startAt(t, w, 5)
	for _, test := range []struct {
		level int
		noise float64
		is    error
		want  string
	}{
		{-1, 1, abrsim.ErrLevel, `abrsim: level is outside the ladder: -1 is not a level of video "envivio-like"; use 0 to 5`},
		{6, 1, abrsim.ErrLevel, `abrsim: level is outside the ladder: 6 is not a level of video "envivio-like"; use 0 to 5`},
		{math.MinInt, 1, abrsim.ErrLevel, ""},
		{0, 0, abrsim.ErrNoise, "abrsim: noise is not a factor: 0; use 1 for none and at most 1000"},
		{0, math.NaN(), abrsim.ErrNoise, ""},
		{0, math.Inf(1), abrsim.ErrNoise, ""},
	} {
		got, c, err := w.Step(s, test.level, test.noise)
		if !errors.Is(err, test.is) || test.want != "" && err.Error() != test.want {
			t.Errorf("level %d, noise %v: %v", test.level, test.noise, err)
		}
		if got != s || c != (abrsim.Chunk{}) {
			t.Errorf("level %d, noise %v: the state moved", test.level, test.noise)
		}
	}
	p := abrsim.Player{World: newWorld(t, abrsim.Config{Chunks: 2, NoiseLow: 0.9, NoiseHigh: 1.1}), State: s, Noise: mt19937.New(1)}
	untouched := *mt19937.New(1)
	if _, err := p.Download(7); !errors.Is(err, abrsim.ErrLevel) || p.State != s {
		t.Errorf("player: %v", err)
	}
	if *p.Noise.(*mt19937.RNG) != untouched {
		t.Error("player: a refused download drew noise")
	}
	for range 2 {
		if _, err := p.Download(0); err != nil {
			t.Fatal(err)
		}
	}
	if !p.Done() {
		t.Error("not done after all chunks")
	}
	if _, err := p.Download(0); !errors.Is(err, abrsim.ErrEnd) || err.Error() != "abrsim: the video is at its end: all 2 chunks are played; start again" {
		t.Errorf("after the end: %v", err)
	}
}

// TestNoiseIsDrawnOnlyWhereConfigured: evaluation leaves a shared source to
// the policy.
func TestNoiseIsDrawnOnlyWhereConfigured(t *testing.T) {
	rng := mt19937.New(1)
	for _, test := range []struct {
		config abrsim.Config
		draws  bool
	}{{abrsim.PaperConfig(), false}, {abrsim.PaperTrainingConfig(), true}} {
		p := abrsim.Player{World: newWorld(t, test.config), Noise: rng}
		p.State = startAt(t, p.World, 1)
		before := *rng
		if _, err := p.Download(0); err != nil {
			t.Fatal(err)
		}
		if got := before != *rng; got != test.draws {
			t.Errorf("%+v: drew noise: %v", test.config, got)
		}
	}
}

func TestSizesAfterTheEnd(t *testing.T) {
	for profile, want := range map[abrsim.Profile]bool{abrsim.ProfilePaper: true, abrsim.ProfileDefault: false} {
		w := newWorld(t, abrsim.Config{Profile: profile, Chunks: 1})
		s := startAt(t, w, 1)
		first := w.AppendNextSizes(nil, s)
		for level, size := range first {
			if size != w.SizeBytes(0, level) || size == 0 {
				t.Errorf("%s: level %d: %v", profile, level, size)
			}
		}
		s, _, err := w.Step(s, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		after := w.AppendNextSizes(nil, s)
		if got := reflect.DeepEqual(after, first); got != want {
			t.Errorf("%s: sizes after the end %v", profile, after)
		}
		if profile == abrsim.ProfileDefault && !reflect.DeepEqual(after, make([]float64, 6)) {
			t.Errorf("sizes after the end %v, want zeros", after)
		}
	}
}

func TestChunksPlayed(t *testing.T) {
	if got := newWorld(t, abrsim.Config{}).Chunks(); got != 49 {
		t.Errorf("default profile: %d chunks", got)
	}
	if got := newWorld(t, abrsim.PaperConfig()).Chunks(); got != 48 {
		t.Errorf("paper profile: %d chunks", got)
	}
	if got := newWorld(t, abrsim.PaperConfig()).FileChunks(); got != 49 {
		t.Errorf("%d chunks in the file", got)
	}
	short := trace.Video{Name: "short", BitratesKbps: []int{300}, ChunkMs: 4000, SizesBytes: [][]int{{1, 2}}}
	_, err := abrsim.NewWorld(trace.FCCLike(1, 1)[0], short, abrsim.PaperConfig())
	if err == nil || err.Error() != `chunks: 48 are to be played, but video "short" has 2; set chunks to at most that` {
		t.Errorf("short video: %v", err)
	}
}

func TestWorldRefusesWhatWouldHang(t *testing.T) {
	video := trace.EnvivioLike(1)
	for _, test := range []struct {
		name string
		link trace.Trace
		want string
	}{
		{"almost dead", trace.Trace{Name: "x", TimesS: []float64{0, 1, 2}, BandwidthMbps: []float64{1e-9, 1e-9, 1e-9}}, "passes; leave the trace out"},
		{"almost instant", trace.Trace{Name: "x", TimesS: []float64{0, 1e-9}, BandwidthMbps: []float64{1e6, 1e6}}, "passes; give stamps in seconds"},
		{"denormal", trace.Trace{Name: "x", TimesS: []float64{0, 5e-324}, BandwidthMbps: []float64{5e-324, 5e-324}}, "bytes of video a pass"},
	} {
		for _, c := range []abrsim.Config{{}, abrsim.PaperConfig()} {
			if _, err := abrsim.NewWorld(test.link, video, c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
	}
	tiny := trace.Video{Name: "tiny", BitratesKbps: []int{300}, ChunkMs: 4000, SizesBytes: [][]int{{1}}}
	instant := trace.Trace{Name: "x", TimesS: []float64{0, 1e-8}, BandwidthMbps: []float64{1e6, 1e6}}
	if _, err := abrsim.NewWorld(instant, tiny, abrsim.Config{}); err == nil || !strings.Contains(err.Error(), "give stamps in seconds") {
		t.Errorf("instant trace with a tiny video: %v", err)
	}
}

func TestConfigValidate(t *testing.T) {
	for _, good := range []abrsim.Config{{}, abrsim.PaperConfig(), abrsim.PaperTrainingConfig(), {RTTMs: new(0.0), DrainQuantumMs: new(0.0)}, {NoiseLow: 1, NoiseHigh: 1}} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, test := range []struct {
		config abrsim.Config
		want   string
	}{
		{abrsim.Config{Profile: "papers"}, `profile: "papers" is unknown; use "default" or "paper"`},
		{abrsim.Config{PayloadPortion: 1.5}, "payload_portion: 1.5 is not a portion; use more than 0 and at most 1"},
		{abrsim.Config{PayloadPortion: math.NaN()}, "payload_portion: NaN is not a portion; use more than 0 and at most 1"},
		{abrsim.Config{RTTMs: new(-1.0)}, "rtt_ms: -1 is not a round trip time; use 0 to 3600000"},
		{abrsim.Config{BufferCapMs: -5}, "buffer_cap_ms: -5 is not a buffer length; use more than 0 and at most 3600000000"},
		{abrsim.Config{BufferCapMs: 100}, "drain_quantum_ms: 500 is not a quantum; use 0 up to buffer_cap_ms, 100"},
		{abrsim.Config{NoiseHigh: 1.1}, "noise_low: 0, with noise_high 1.1, is no range of factors; use 0 < low <= high <= 1000, such as 0.9 and 1.1"},
		{abrsim.Config{Chunks: -1}, "chunks: -1 is negative; use 0 for the whole video"},
		{abrsim.Config{InitialLevel: -1}, "initial_level: -1 is not a level; use 0 for the lowest"},
	} {
		if err := test.config.Validate(); err == nil || err.Error() != test.want {
			t.Errorf("\n got %v\nwant %s", err, test.want)
		}
	}
	if _, err := abrsim.NewWorld(trace.FCCLike(1, 1)[0], trace.EnvivioLike(1), abrsim.Config{InitialLevel: 6}); err == nil {
		t.Error("an initial level outside the ladder is accepted")
	}
	if got := startAt(t, newWorld(t, abrsim.Config{InitialLevel: 1}), 1).LastLevel; got != 1 {
		t.Errorf("last level at the start %d, want 1", got)
	}
}

func TestConfigJSON(t *testing.T) {
	text, err := json.Marshal(abrsim.Config{})
	if err != nil || string(text) != "{}" {
		t.Errorf("zero config: %s, %v", text, err)
	}
	text, err = json.Marshal(abrsim.PaperTrainingConfig().WithDefaults())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"profile":"paper","payload_portion":0.95,"rtt_ms":80,"buffer_cap_ms":60000,"drain_quantum_ms":500,"noise_low":0.9,"noise_high":1.1,"chunks":48}`
	if string(text) != want {
		t.Errorf("got %s\nwant %s", text, want)
	}
	var back abrsim.Config
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, abrsim.PaperTrainingConfig().WithDefaults()) {
		t.Errorf("came back as %+v, %v", back, err)
	}
}

// TestSnapshot restores a state from bytes in another player and another
// world made from the same data, and plays on alike.
func TestSnapshot(t *testing.T) {
	for _, profile := range []abrsim.Profile{abrsim.ProfilePaper, abrsim.ProfileDefault} {
		c := abrsim.Config{Profile: profile, NoiseLow: 0.9, NoiseHigh: 1.1}
		p := abrsim.Player{World: newWorld(t, c), Noise: mt19937.New(9)}
		p.State = startAt(t, p.World, 17)
		for chunk := range p.World.Chunks() {
			b, err := p.State.MarshalBinary()
			if err != nil || len(b) != abrsim.StateSize {
				t.Fatalf("%d bytes, %v", len(b), err)
			}
			noise, err := p.Noise.(*mt19937.RNG).MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			q := abrsim.Player{World: newWorld(t, c), Noise: new(mt19937.RNG)}
			if err := q.State.UnmarshalBinary(b); err != nil {
				t.Fatal(err)
			}
			if err := q.World.Check(q.State); err != nil {
				t.Fatal(err)
			}
			if err := q.Noise.(*mt19937.RNG).UnmarshalBinary(noise); err != nil {
				t.Fatal(err)
			}
			got, err := q.Download(chunk % 6)
			if err != nil {
				t.Fatal(err)
			}
			want, err := p.Download(chunk % 6)
			if err != nil {
				t.Fatal(err)
			}
			if got != want || p.State != q.State {
				t.Fatalf("%s: chunk %d: got %+v, want %+v", profile, chunk, got, want)
			}
		}
	}
}

func TestStateRefused(t *testing.T) {
	w := newWorld(t, abrsim.PaperConfig())
	good := startAt(t, w, 3)
	if err := w.Check(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*abrsim.State){
		"segment 0":       func(s *abrsim.State) { s.Link.Segment = 0 },
		"segment -1":      func(s *abrsim.State) { s.Link.Segment = -1 },
		"segment beyond":  func(s *abrsim.State) { s.Link.Segment = 1 << 20 },
		"time beyond":     func(s *abrsim.State) { s.Link.TimeS = 1e6 },
		"time negative":   func(s *abrsim.State) { s.Link.TimeS = -1 },
		"time NaN":        func(s *abrsim.State) { s.Link.TimeS = math.NaN() },
		"buffer negative": func(s *abrsim.State) { s.BufferMs = -1 },
		"buffer too full": func(s *abrsim.State) { s.BufferMs = 1e6 },
		"buffer NaN":      func(s *abrsim.State) { s.BufferMs = math.NaN() },
		"chunk negative":  func(s *abrsim.State) { s.Chunk = -1 },
		"chunk beyond":    func(s *abrsim.State) { s.Chunk = 49 },
		"level beyond":    func(s *abrsim.State) { s.LastLevel = 6 },
	} {
		bad := good
		spoil(&bad)
		if err := w.Check(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	b, _ := good.MarshalBinary()
	var s abrsim.State
	if s.UnmarshalBinary(b[1:]) == nil || s.UnmarshalBinary(append(b, 0)) == nil || s.UnmarshalBinary(append([]byte{9}, b[1:]...)) == nil {
		t.Error("bytes that are no state are accepted")
	}
}

// FuzzState feeds states from outside: whatever passes Check plays on with
// finite numbers.
func FuzzState(f *testing.F) {
	for _, pointer := range []int{1, 7, 200} {
		b, _ := startAt(f, newWorld(f, abrsim.PaperConfig()), pointer).MarshalBinary()
		f.Add(b, 3)
	}
	paper, plain := newWorld(f, abrsim.PaperConfig()), newWorld(f, abrsim.Config{})
	f.Fuzz(func(t *testing.T, b []byte, level int) {
		var s abrsim.State
		if s.UnmarshalBinary(b) != nil {
			return
		}
		for _, w := range []*abrsim.World{paper, plain} {
			if w.Check(s) != nil {
				continue
			}
			at := s
			for !w.Done(at) {
				next, c, err := w.Step(at, level, 1)
				if err != nil {
					if next != at {
						t.Fatal("an error moved the state")
					}
					break
				}
				for _, x := range []float64{c.DelayMs, c.SleepMs, c.RebufferS, c.BufferS, next.Link.TimeS} {
					if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
						t.Fatalf("%+v at %+v", c, next)
					}
				}
				if err := w.Check(next); err != nil {
					t.Fatal(err)
				}
				at = next
			}
		}
	})
}

func TestStepDoesNotAllocate(t *testing.T) {
	w := newWorld(t, abrsim.PaperTrainingConfig())
	s := startAt(t, w, 1)
	p := abrsim.Player{World: w, State: s, Noise: mt19937.New(1)}
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := w.Step(s, 3, 1); err != nil {
			t.Fatal(err)
		}
		p.State = s
		if _, err := p.Download(3); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per step", n)
	}
}

// TestWorldsDoNotAlias: what the caller does to its data afterwards changes
// nothing.
func TestWorldsDoNotAlias(t *testing.T) {
	link, video := trace.FCCLike(1, 1)[0], trace.EnvivioLike(1)
	w, err := abrsim.NewWorld(link, video, abrsim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s := startAt(t, w, 1)
	_, want, _ := w.Step(s, 2, 1)
	clear(link.TimesS)
	clear(link.BandwidthMbps)
	clear(video.BitratesKbps)
	clear(video.SizesBytes[2])
	w.BitratesKbps()[0] = 7
	if _, got, _ := w.Step(s, 2, 1); got != want || w.BitrateKbps(0) != 300 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLinkPlaces(t *testing.T) {
	tr := trace.Trace{Name: "x", TimesS: []float64{1, 3, 4}, BandwidthMbps: []float64{1, 2, 3}}
	paper, err := abrsim.NewLink(tr, abrsim.PaperConfig())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := abrsim.NewLink(tr, abrsim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if paper.PassS() != 4 || plain.PassS() != 4 { // 0..4 and 1..5
		t.Errorf("passes of %v and %v s, want 4", paper.PassS(), plain.PassS())
	}
	for _, test := range []struct {
		link    *abrsim.Link
		pointer int
		want    abrsim.Cursor
	}{
		{paper, 1, abrsim.Cursor{Segment: 1, TimeS: 1}},
		{paper, 2, abrsim.Cursor{Segment: 2, TimeS: 3}},
		{plain, 1, abrsim.Cursor{Segment: 0, TimeS: 0}},
		{plain, 2, abrsim.Cursor{Segment: 1, TimeS: 2}},
	} {
		if got, err := test.link.AtPointer(test.pointer); err != nil || got != test.want {
			t.Errorf("pointer %d: %+v, %v; want %+v", test.pointer, got, err, test.want)
		}
	}
	for _, test := range []struct {
		link  *abrsim.Link
		timeS float64
		want  abrsim.Cursor
	}{
		{plain, 0, abrsim.Cursor{Segment: 0}},
		{plain, 2, abrsim.Cursor{Segment: 1, TimeS: 2}},
		{plain, 3.5, abrsim.Cursor{Segment: 2, TimeS: 3.5}},
		{plain, 9, abrsim.Cursor{Segment: 0, TimeS: 1}},
		{paper, 0, abrsim.Cursor{Segment: 1}},
		{paper, 3, abrsim.Cursor{Segment: 2, TimeS: 3}},
	} {
		if got, err := test.link.At(test.timeS); err != nil || got != test.want {
			t.Errorf("%v s: %+v, %v; want %+v", test.timeS, got, err, test.want)
		}
	}
	for _, bad := range []int{0, 3, -1} {
		if _, err := paper.AtPointer(bad); err == nil {
			t.Errorf("pointer %d: accepted", bad)
		}
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := plain.At(bad); err == nil {
			t.Errorf("%v s: accepted", bad)
		}
	}
}

// TestAdvanceComposes: two pauses are one long pause.
func TestAdvanceComposes(t *testing.T) {
	r := rand.New(rand.NewPCG(*modelSeed, 3))
	for range modelRuns {
		link, err := abrsim.NewLink(randomTrace(r), abrsim.Config{})
		if err != nil {
			t.Fatal(err)
		}
		at, _ := link.At(r.Float64() * link.PassS())
		a, b := r.Float64()*30_000, r.Float64()*30_000
		half, _ := link.Advance(at, a)
		twice, _ := link.Advance(half, b)
		once, _ := link.Advance(at, a+b)
		gap := math.Abs(twice.TimeS - once.TimeS)
		if min(gap, link.PassS()-gap) > 1e-9 {
			t.Fatalf("%+v and %+v", twice, once)
		}
	}
}

func TestReferenceOrderRefuses(t *testing.T) {
	traces := trace.FCCLike(1, 3)
	rng := mt19937.New(1)
	for _, count := range []int{-1, 4} {
		if _, err := abrsim.ReferenceOrder(rng, traces, nil, true, count); err == nil {
			t.Errorf("count %d: accepted", count)
		}
	}
	if _, err := abrsim.ReferenceOrder(rng, traces, []int{1, 1}, true, 0); err == nil {
		t.Error("too few pointers: accepted")
	}
	if *rng != *mt19937.New(1) {
		t.Error("a refused order drew numbers")
	}
}

// TestReferenceOrderForcesFixed: the whole set is never shuffled.
func TestReferenceOrderForcesFixed(t *testing.T) {
	traces := trace.FCCLike(1, 4)
	whole, err := abrsim.ReferenceOrder(mt19937.New(1), traces, []int{4, 3, 2, 1}, false, 4)
	if err != nil {
		t.Fatal(err)
	}
	if want := (abrsim.Order{Traces: []int{0, 1, 2, 3}, Pointers: []int{4, 3, 2, 1}}); !reflect.DeepEqual(whole, want) {
		t.Errorf("got %+v, want %+v", whole, want)
	}
	part, err := abrsim.ReferenceOrder(mt19937.New(1), traces, []int{4, 3, 2, 1}, false, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, index := range part.Traces {
		if part.Pointers[i] != 4-index {
			t.Errorf("trace %d lost its pointer: %+v", index, part)
		}
	}
}
