package abrenv_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

// TestGoldenThroughEnv replays what the reference's policies chose, every
// chunk of every trace, and compares every number that info shows with the
// reference's log, and the observation with a plain rewrite of the reference's
// state.
func TestGoldenThroughEnv(t *testing.T) {
	factory := openFactory(t, testdata.Dir(t), "abr/default-test", "")
	manifest, err := abrenv.ParseManifest(factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	for _, policy := range []string{"bba", "mpc", "genet-greedy"} {
		t.Run(policy, func(t *testing.T) {
			rows := testdata.ReadABRRows(t, testdata.ABRGolden(t, policy))
			if len(rows) != 4800 {
				t.Fatalf("%d rows, want 4800", len(rows))
			}
			p := newPlay(t, factory)
			var naive *naiveState
			for i, want := range rows {
				episode := i / abrsim.PaperChunks
				if want.Chunk == 0 {
					p.reset(nil, fmt.Sprintf(`{"episode": %d}`, episode))
					naive = new(naiveState)
				} else {
					p.step(want.Quality)
				}
				reward := p.float("reward_quality") + p.float("reward_rebuffering") + p.float("reward_smoothness")
				if want.Chunk > 0 && reward != p.out.Reward[0] {
					t.Fatalf("row %d: components sum to %v, the reward is %v", i, reward, p.out.Reward[0])
				}
				got := testdata.ABRRow{
					Trace: manifest.Traces[p.integer("trace")], Chunk: p.integer("chunk"), Quality: p.integer("quality"), Kbps: int(p.float("bitrate_kbps")),
					RebufS: p.float("rebuffer_s"), BufferS: p.float("buffer_ms") / 1000, DelayMs: p.float("delay_ms"), Reward: reward,
					SizeBytes: p.float("size_bytes"), ResidueMs: p.float("sleep_ms"),
				}
				if got != want {
					t.Fatalf("row %d:\n got %+v\nwant %+v", i, got, want)
				}
				if e := p.integer("episode_index"); e != episode {
					t.Fatalf("row %d: episode %d, want %d", i, e, episode)
				}
				last := want.Chunk == abrsim.PaperChunks-1
				if p.out.Terminated[0] != last || p.out.Truncated[0] {
					t.Fatalf("row %d: terminated %v, truncated %v", i, p.out.Terminated[0], p.out.Truncated[0])
				}
				next := want.Chunk + 1
				if last {
					next = 0 // The reference looks at its next video.
				}
				naive.roll(want, manifest.Videos[0].SizesBytes, next)
				for k, x := range env.Row[float32](&p.out.Observation[0], 0) {
					if x != naive[k/6][k%6] {
						t.Fatalf("row %d: observation [%d, %d] is %v, want %v", i, k/6, k%6, x, naive[k/6][k%6])
					}
				}
			}
		})
	}
}

// naiveState is the reference's state, written as its code is.
type naiveState [6][6]float32

func (s *naiveState) roll(r testdata.ABRRow, sizes [][]int, next int) {
	for row := range s {
		first := s[row][0]
		copy(s[row][:], s[row][1:])
		s[row][5] = first
	}
	const mInK = 1000.0
	s[0][5] = float32(float64(r.Kbps) / 4300.0)
	s[1][5] = float32(r.BufferS / 10.0)
	s[2][5] = float32(r.SizeBytes / r.DelayMs / mInK)
	s[3][5] = float32(r.DelayMs / mInK / 10.0)
	for level := range 6 {
		s[4][level] = float32(float64(sizes[level][next]) / mInK / mInK)
	}
	s[5][5] = float32(min(48.0-float64(r.Chunk+1), 48.0) / 48.0)
}

// TestOfflineOptimumThroughEnv replays the best known plans of ten traces.
func TestOfflineOptimumThroughEnv(t *testing.T) {
	factory := openFactory(t, testdata.Dir(t), "abr/default-test", "")
	manifest, err := abrenv.ParseManifest(factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	index := map[string]int{}
	for i, name := range manifest.Traces {
		index[strings.TrimPrefix(name, "fcc-test_")] = i
	}
	p := newPlay(t, factory)
	plans := testdata.ReadABRPlans(t)
	for _, plan := range plans {
		p.reset(nil, fmt.Sprintf(`{"trace": %d}`, index[plan.Trace]))
		sum := 0.0
		for _, level := range plan.Qualities[1:] {
			p.step(level)
			sum += p.out.Reward[0]
		}
		if got := sum / 47; got != plan.MeanQoE || !p.out.Terminated[0] {
			t.Errorf("%s: mean QoE %v, want %v", plan.Trace, got, plan.MeanQoE)
		}
	}
	if len(plans) != 10 {
		t.Errorf("%d plans, want 10", len(plans))
	}
}

// openFactory opens a scenario, on built-in data where dir is empty.
var openFactory = testabr.OpenFactory

// play is one environment in row 0 of a batch of its own.
type play struct {
	t      testing.TB
	env    env.Env
	action env.Arrays
	out    *env.Batch
}

func newPlay(t testing.TB, factory env.Factory) *play {
	t.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return &play{t: t, env: e, action: env.NewArrays(env.Leaves(e.Spec().Action), 1), out: env.NewBatch(e.Spec(), 1)}
}

func (p *play) reset(seed *uint64, options string) {
	p.t.Helper()
	if err := p.env.Reset(seed, json.RawMessage(options), p.out, 0); err != nil {
		p.t.Fatalf("reset: %v", err)
	}
	p.out.Reward[0], p.out.Terminated[0], p.out.Truncated[0] = 0, false, false
}

func (p *play) step(level int) {
	p.t.Helper()
	env.Row[int64](&p.action[0], 0)[0] = int64(level)
	if err := p.env.Step(p.action, p.out, 0); err != nil {
		p.t.Fatalf("step: %v", err)
	}
}

func (p *play) float(info string) float64 { return env.Row[float64](p.out.Info.Find(info), 0)[0] }

func (p *play) integer(info string) int { return int(env.Row[int64](p.out.Info.Find(info), 0)[0]) }
