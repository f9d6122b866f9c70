package genet

import (
	"errors"
	"math"
	"strings"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/policy"
	"trailblazer/api/env"
	"trailblazer/internal/dense"
	"trailblazer/internal/testabr"
)

var modes = []Mode{Greedy, Sampled}

// TestNames: every mode has a name of its own, and nothing else is one.
func TestNames(t *testing.T) {
	for _, mode := range modes {
		if got, ok := ModeOf(Descriptions()[mode].Name); !ok || got != mode {
			t.Errorf("%q is mode %d, %v; want %d", Descriptions()[mode].Name, got, ok, mode)
		}
	}
	if mode, ok := ModeOf("genet"); ok || len(Descriptions()) != len(modes) {
		t.Errorf("%d names; \"genet\" is mode %d", len(Descriptions()), mode)
	}
}

// TestEveryScenario plays ladders of six levels: noise, a first chunk that the
// agent chooses, other videos and other observations.
func TestEveryScenario(t *testing.T) {
	network := randomNetwork(t)
	for _, c := range []struct{ scenario, config string }{
		{"abr/train", ""},
		{"abr/ood2", ""},
		{"abr/custom", `{"observation": {"layout": "dict"}}`},
		{"abr/custom", `{"videos": [` + sixLevels + `]}`},
	} {
		factory := testabr.OpenFactory(t, "", c.scenario, c.config)
		for _, mode := range modes {
			var first float64
			for run := range 2 {
				s, sum := newStage(t, factory, New(network, mode)), 0.0
				for seed := range uint64(2) {
					s.play(t, seed, func() { sum += s.out.Reward[0] })
				}
				if run == 0 {
					first = sum
				} else if sum != first {
					t.Errorf("%s, mode %d: %v, then %v", c.scenario, mode, first, sum)
				}
			}
		}
	}
}

// sixLevels is a video with a ladder of its own.
const sixLevels = `{"name": "six", "bitrates_kbps": [100, 200, 400, 800, 1600, 3200], "chunk_ms": 2000, "sizes_bytes": [
	[25000, 25000, 25000], [50000, 50000, 50000], [100000, 100000, 100000],
	[200000, 200000, 200000], [400000, 400000, 400000], [800000, 800000, 800000]]}`

// TestOtherLaddersAreRefused names the video and what to do.
func TestOtherLaddersAreRefused(t *testing.T) {
	factory := testabr.OpenFactory(t, "", "abr/custom", "{"+testabr.OwnData+"}")
	_, err := policy.Adapt(New(randomNetwork(t), Sampled), factory.Spec())
	field, ok := errors.AsType[*env.FieldError](err)
	if !ok || field.Field != "policy" {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{`video "a"`, "genet-sampled", "ladders of 6", "one of 3", "mpc-tuned"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

// video is one with the reference's ladder, where chunk c of level l has
// 1000·(100·l + c) bytes.
func video(tb testing.TB) *policy.Video {
	tb.Helper()
	sizes := make([][]int, levels)
	for level := range sizes {
		for chunk := range 48 {
			sizes[level] = append(sizes[level], 1000*(100*level+chunk+1))
		}
	}
	v, err := policy.NewVideo([]int{300, 750, 1200, 1850, 2850, 4300}, sizes, 4000, 0, abrsim.PaperConfig(), abrsim.PensieveQoE())
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// TestView checks each number that the network sees.
func TestView(t *testing.T) {
	var v view
	for range 2 { // a second video sees nothing of the first
		v.begin(video(t))
		v.look(&policy.View{Chunk: 1, LastLevel: 0, BufferMs: 4000, SizeBytes: 2e6, DelayMs: 8000})
		v.look(&policy.View{Chunk: 12, LastLevel: 2, BufferMs: 7000, SizeBytes: 3e6, DelayMs: 1000})
	}
	want := []float32{float32(1200. / 4300), 0.7,
		0, 0, 0, 0, 0.25, 3,
		0, 0, 0, 0, 0.8, 0.1,
		0.013, 0.113, 0.213, 0.313, 0.413, 0.513,
		0.75}
	for i := range want {
		if math.Abs(float64(v.inputs[i]-want[i])) > 1e-7 {
			t.Errorf("input %d is %v, want %v", i, v.inputs[i], want[i])
		}
	}
}

// TestMoves: a level at a time, within the ladder.
func TestMoves(t *testing.T) {
	for _, c := range []struct{ level, move, want int }{{0, 0, 0}, {0, 1, 0}, {0, 2, 1}, {3, 0, 2}, {3, 1, 3}, {3, 2, 4}, {5, 0, 4}, {5, 2, 5}} {
		if got := moved(c.level, c.move); got != c.want {
			t.Errorf("move %d from level %d leads to %d, want %d", c.move, c.level, got, c.want)
		}
	}
}

// TestSampledDistribution compares many draws in one state with the
// probabilities; the seed is fixed.
func TestSampledDistribution(t *testing.T) {
	r := New(randomNetwork(t), Sampled).(*rule)
	if err := r.Start(video(t), 1); err != nil {
		t.Fatal(err)
	}
	const draws = 20_000
	scores := [moves]float32{-0.5, 0, 0.7}
	expected, total := scores, float32(0)
	dense.Weigh(expected[:])
	for _, w := range expected {
		total += w
	}
	var counts [moves]int
	for range draws {
		copy := scores
		counts[r.move(&copy)]++
	}
	chi := 0.0
	for move, n := range counts {
		want := draws * float64(expected[move]/total)
		chi += (float64(n) - want) * (float64(n) - want) / want
	}
	if chi > 13.8 { // 0.1 % with two degrees of freedom
		t.Errorf("counts %v: chi square %v", counts, chi)
	}
}

// TestFirstChunk: where the agent chooses it, it is the lowest.
func TestFirstChunk(t *testing.T) {
	r := New(randomNetwork(t), Greedy)
	if err := r.Start(video(t), 1); err != nil {
		t.Fatal(err)
	}
	if level, err := r.Choose(&policy.View{LastLevel: 3}); level != 0 || err != nil {
		t.Errorf("level %d, %v", level, err)
	}
}

func TestNothingAllocates(t *testing.T) {
	v, network := video(t), randomNetwork(t)
	for _, mode := range modes {
		r := New(network, mode)
		if n := testing.AllocsPerRun(20, func() {
			_ = r.Start(v, 1)
			for chunk := 1; chunk < 5; chunk++ {
				_, _ = r.Choose(&policy.View{Chunk: chunk, LastLevel: 2, BufferMs: 8000, SizeBytes: 1e5, DelayMs: 700})
			}
		}); n != 0 {
			t.Errorf("mode %d: %v allocations a video", mode, n)
		}
	}
}

// BenchmarkChoose measures a decision.
func BenchmarkChoose(b *testing.B) {
	r := New(randomNetwork(b), Sampled)
	if err := r.Start(video(b), 1); err != nil {
		b.Fatal(err)
	}
	now := policy.View{Chunk: 5, LastLevel: 2, BufferMs: 8000, SizeBytes: 1e5, DelayMs: 700}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Choose(&now); err != nil {
			b.Fatal(err)
		}
	}
}
