package optimal_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// greedy follows a table and returns what that is worth.
func greedy(t testing.TB, table *optimal.Table, p playback) float64 {
	t.Helper()
	var levels []int
	for s := p.root; !p.world.Done(s); {
		level, _ := table.Best(s)
		levels = append(levels, level)
		next, _, err := p.world.Step(s, level, 1)
		if err != nil {
			t.Fatal(err)
		}
		s = next
	}
	return value(t, p, levels)
}

func newTable(t testing.TB, p playback, o optimal.TableOptions) *optimal.Table {
	t.Helper()
	table, err := optimal.NewTable(p.world, p.qoe, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestTableOnTraces: followed greedily the table loses less than 1 % of the
// optimum on every tenth test playback together, and the Q value of its choice
// is near what it reaches.
func TestTableOnTraces(t *testing.T) {
	for _, video := range []string{"video1_sizes", "video2_sizes"} {
		var reached, optimum, claimed mean
		for i, p := range playbacks(t, "fcc-test", video, abrsim.PaperConfig()) {
			if i%10 != 0 {
				continue
			}
			table := newTable(t, p, optimal.TableOptions{})
			plan, err := optimal.Search(p.world, p.root, p.qoe)
			if err != nil {
				t.Fatal(err)
			}
			_, q := table.Best(p.root)
			got := greedy(t, table, p)
			if got > plan.Bound {
				t.Errorf("%s: greedy reaches %v, the bound is %v", p.trace, got, plan.Bound)
			}
			reached.add(got / 47)
			optimum.add(plan.Value / 47)
			claimed.add(math.Abs(q-got) / 47)
		}
		t.Logf("%s: greedy %.4f of %.4f; its Q differs by %.4f a chunk", video, reached.value(), optimum.value(), claimed.value())
		if reached.value() < 0.99*optimum.value() {
			t.Errorf("%s: greedy reaches %v, the optimum is %v", video, reached.value(), optimum.value())
		}
		if claimed.value() > 0.02 {
			t.Errorf("%s: Q differs by %v a chunk from what is reached", video, claimed.value())
		}
	}
}

// TestTableOnRandomWorlds compares with trying every plan in worlds of any
// shape: the last chunk is exact, the chunks before it nearly so on a fine
// grid.
func TestTableOnRandomWorlds(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var off, spread mean
	for i := range 300 {
		quantumMs := []float64{0, 500}[random.IntN(2)]
		p := randomPlayback(t, random, quantumMs, 4, 4)
		table := newTable(t, p, optimal.TableOptions{TimeStepS: 0.02, BufferStepS: 0.02})
		for s, left := p.root, p.world.Chunks()-int(p.root.Chunk); left > 0; left-- {
			q := table.Q(s)
			low, high := math.Inf(1), math.Inf(-1)
			for level, got := range q {
				next, c, err := p.world.Step(s, level, 1)
				if err != nil {
					t.Fatal(err)
				}
				want := p.qoe.Score(c).Total + best(p, next)
				low, high = min(low, want), max(high, want)
				if left == 1 && math.Abs(got-want) > 1e-9 {
					t.Fatalf("case %d: Q of the last chunk is %v, want %v", i, got, want)
				}
				if left > 1 {
					off.add(math.Abs(got - want))
				}
			}
			if left > 1 {
				spread.add(high - low)
			}
			advantage := table.AppendAdvantage(nil, s)
			level, v := table.Best(s)
			for a := range q {
				if advantage[a] != q[a]-v {
					t.Fatalf("case %d: advantage %v of Q %v", i, advantage, q)
				}
			}
			if advantage[level] != 0 {
				t.Fatalf("case %d: the best level's advantage is %v", i, advantage[level])
			}
			s, _, _ = p.world.Step(s, random.IntN(p.world.Levels()), 1)
		}
	}
	t.Logf("mean error %.4f where levels differ by %.2f", off.value(), spread.value())
	if off.value() > 0.02*spread.value() {
		t.Errorf("mean error %v where levels differ by %v", off.value(), spread.value())
	}
}

// TestTableHoldsWhatItSays compares points of the grid with what the table says
// of states there, which it steps one by one.
func TestTableHoldsWhatItSays(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range 200 {
		p := randomPlayback(t, random, []float64{0, 500}[random.IntN(2)], 4, 6)
		if p.world.Chunks() < 2 {
			continue
		}
		table := newTable(t, p, optimal.TableOptions{TimeStepS: 0.2 + random.Float64(), BufferStepS: 0.1 + random.Float64()})
		times, buffers := table.Points()
		for range 50 {
			chunk, last := 1+random.IntN(p.world.Chunks()-1), random.IntN(p.world.Levels())
			at, room := random.IntN(len(times)), random.IntN(len(buffers))
			link, err := p.world.Link().At(times[at])
			if err != nil {
				t.Fatal(err)
			}
			_, want := table.Best(abrsim.State{Link: link, BufferMs: buffers[room], Chunk: int32(chunk), LastLevel: int32(last)})
			if got := table.At(chunk, last, at, room); math.Abs(got-want) > 1e-5*max(1, math.Abs(want)) {
				t.Fatalf("case %d: chunk %d after level %d at %v s with %v ms: the grid has %v, want %v", i, chunk, last, times[at], buffers[room], got, want)
			}
		}
	}
}

func TestTableAtTheEnd(t *testing.T) {
	p := randomPlayback(t, rand.New(rand.NewPCG(4, 0)), 500, 4, 4)
	s := p.root
	s.Chunk = int32(p.world.Chunks())
	for _, q := range newTable(t, p, optimal.TableOptions{}).Q(s) {
		if q != 0 {
			t.Errorf("Q after the last chunk is %v", q)
		}
	}
}

func TestTableIsConcurrentAndAllocatesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 0))
	p := randomPlayback(t, random, 500, 4, 6)
	for p.world.Chunks() < 3 {
		p = randomPlayback(t, random, 500, 4, 6)
	}
	table := newTable(t, p, optimal.TableOptions{})
	want := table.Q(p.root)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			q := make([]float64, 0, len(want))
			for range 1000 {
				q = table.AppendQ(q[:0], p.root)
				for a := range q {
					if q[a] != want[a] {
						t.Errorf("Q is %v, was %v", q, want)
						return
					}
				}
			}
		})
	}
	group.Wait()
	q := make([]float64, 0, len(want))
	if n := testing.AllocsPerRun(100, func() { q = table.AppendAdvantage(q[:0], p.root) }); n != 0 {
		t.Errorf("%v allocations a state", n)
	}
}

func TestTableRefuses(t *testing.T) {
	p := randomPlayback(t, rand.New(rand.NewPCG(6, 0)), 500, 4, 6)
	for _, o := range []optimal.TableOptions{{TimeStepS: -1}, {BufferStepS: math.NaN()}, {TimeStepS: 1e-9}} {
		if _, err := optimal.NewTable(p.world, p.qoe, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	other, err := abrsim.NewQoE(abrsim.QoEConfig{}, make([]int, p.world.Levels()+1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := optimal.NewTable(p.world, other, optimal.TableOptions{}); err == nil {
		t.Error("a metric for another ladder is accepted")
	}
	if _, err := optimal.Search(p.world, p.root, other); err == nil {
		t.Error("a metric for another ladder is accepted")
	}
	s := p.root
	s.BufferMs = -1
	if _, err := optimal.Search(p.world, s, p.qoe); err == nil {
		t.Error("a state with a negative buffer is accepted")
	}
	if _, err := optimal.Beam(p.world, p.root, p.qoe, -1); err == nil {
		t.Error("a negative width is accepted")
	}
}

// TestReuse: a table in the memory of another is as good as one in its own.
func TestReuse(t *testing.T) {
	list := playbacks(t, "fcc-test", "video1_sizes", abrsim.PaperConfig())
	long, short := list[0], list[0]
	for _, p := range list {
		if p.world.Link().PassS() > long.world.Link().PassS() {
			long = p
		}
		if p.world.Link().PassS() < short.world.Link().PassS() {
			short = p
		}
	}
	want := newTable(t, short, optimal.TableOptions{}).Q(short.root)
	old := newTable(t, long, optimal.TableOptions{})
	table := newTable(t, short, optimal.TableOptions{Reuse: old})
	if got := table.Q(short.root); !slices.Equal(got, want) || old.Bytes() != 0 {
		t.Errorf("Q is %v in the memory of another table, want %v; %d bytes are left with that", got, want, old.Bytes())
	}
}
