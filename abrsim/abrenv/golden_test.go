package abrenv_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/testdata"
)

// golden is one chunk as the reference logged it.
type golden struct {
	trace                                                  string
	chunk, quality, kbps                                   int
	rebufS, bufferS, delayMs, reward, sizeBytes, residueMs float64
}

func readGolden(t testing.TB, file string) []golden {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]golden, 0, len(records)-1)
	for _, r := range records[1:] {
		integer := func(k int) int { n, _ := strconv.Atoi(r[k]); return n }
		number := func(k int) float64 {
			x, err := strconv.ParseFloat(r[k], 64)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		rows = append(rows, golden{r[0], integer(1), integer(2), integer(3), number(4), number(5), number(6), number(7), number(8), number(9)})
	}
	return rows
}

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
			rows := readGolden(t, filepath.Join(testdata.Dir(t), "..", "golden", "abr", policy+"_fcc-test_video1.csv"))
			if len(rows) != 4800 {
				t.Fatalf("%d rows, want 4800", len(rows))
			}
			p := newPlay(t, factory)
			var naive *naiveState
			for i, want := range rows {
				episode := i / abrsim.PaperChunks
				if want.chunk == 0 {
					p.reset(nil, fmt.Sprintf(`{"episode": %d}`, episode))
					naive = new(naiveState)
				} else {
					p.step(want.quality)
				}
				reward := p.float("reward_quality") + p.float("reward_rebuffering") + p.float("reward_smoothness")
				if want.chunk > 0 && reward != p.out.Reward[0] {
					t.Fatalf("row %d: components sum to %v, the reward is %v", i, reward, p.out.Reward[0])
				}
				got := golden{manifest.Traces[p.integer("trace")], p.integer("chunk"), p.integer("quality"), int(p.float("bitrate_kbps")),
					p.float("rebuffer_s"), p.float("buffer_ms") / 1000, p.float("delay_ms"), reward, p.float("size_bytes"), p.float("sleep_ms")}
				if got != want {
					t.Fatalf("row %d:\n got %+v\nwant %+v", i, got, want)
				}
				if e := p.integer("episode_index"); e != episode {
					t.Fatalf("row %d: episode %d, want %d", i, e, episode)
				}
				last := want.chunk == abrsim.PaperChunks-1
				if p.out.Terminated[0] != last || p.out.Truncated[0] {
					t.Fatalf("row %d: terminated %v, truncated %v", i, p.out.Terminated[0], p.out.Truncated[0])
				}
				next := want.chunk + 1
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

func (s *naiveState) roll(g golden, sizes [][]int, next int) {
	for row := range s {
		first := s[row][0]
		copy(s[row][:], s[row][1:])
		s[row][5] = first
	}
	const mInK = 1000.0
	s[0][5] = float32(float64(g.kbps) / 4300.0)
	s[1][5] = float32(g.bufferS / 10.0)
	s[2][5] = float32(g.sizeBytes / g.delayMs / mInK)
	s[3][5] = float32(g.delayMs / mInK / 10.0)
	for level := range 6 {
		s[4][level] = float32(float64(sizes[level][next]) / mInK / mInK)
	}
	s[5][5] = float32(min(48.0-float64(g.chunk+1), 48.0) / 48.0)
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
	text, err := os.ReadFile(filepath.Join(testdata.Dir(t), "..", "golden", "abr", "offline-opt_fcc-test_video1.csv"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPlay(t, factory)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
	for _, line := range lines {
		fields := strings.Split(strings.TrimSpace(line), ",")
		p.reset(nil, fmt.Sprintf(`{"trace": %d}`, index[fields[0]]))
		sum := 0.0
		for _, level := range fields[2][1:] {
			p.step(int(level - '0'))
			sum += p.out.Reward[0]
		}
		want, _ := strconv.ParseFloat(fields[1], 64)
		if got := sum / 47; got != want || !p.out.Terminated[0] {
			t.Errorf("%s: mean QoE %v, want %v", fields[0], got, want)
		}
	}
	if len(lines) != 10 {
		t.Errorf("%d plans, want 10", len(lines))
	}
}

func openFactory(t testing.TB, dir, scenario, config string) *abrenv.Factory {
	t.Helper()
	library, err := abrenv.NewLibrary(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := library.Config(scenario, json.RawMessage(config))
	if err != nil {
		t.Fatal(err)
	}
	factory, err := library.Factory(scenario, c)
	if err != nil {
		t.Fatal(err)
	}
	return factory
}

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
