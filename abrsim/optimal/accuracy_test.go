package optimal_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// visit is a state that a player has come to, in the world of a playback.
type visit struct {
	playback
	// left is how many chunks are left.
	left int
}

// visits are states on training traces: some of each playback of a player that
// changes levels at random, as far as its buffer allows, under the training's
// noise.
func visits(t *testing.T, random *rand.Rand, traces, ofEach int) []visit {
	t.Helper()
	list := playbacks(t, "fcc-train", "video1_sizes", abrsim.PaperTrainingConfig())
	var found []visit
	for range traces {
		p := list[random.IntN(len(list))]
		chunks := p.world.Chunks()
		stops := random.Perm(chunks - 4)[:ofEach]
		wanted := make([]bool, chunks)
		for _, stop := range stops {
			wanted[stop] = true
		}
		for s, i := p.root, 0; i < chunks-4; i++ {
			if wanted[i] {
				q := p
				q.root = s
				found = append(found, visit{q, chunks - int(s.Chunk)})
			}
			level := min(max(int(s.LastLevel)+random.IntN(3)-1, 0), p.world.Levels()-1, int(s.BufferMs/4000))
			next, _, err := p.world.Step(s, level, noise(random))
			if err != nil {
				t.Fatal(err)
			}
			s = next
		}
	}
	return found
}

// noise is a factor of the reference's training.
func noise(random *rand.Rand) float64 { return 0.9 + 0.2*random.Float64() }

// TestTableAccuracy measures how far a table's V* is from the proven optimum of
// a world without noise, and from what a player who follows it reaches on
// average in a world with noise, whose draws nobody knows beforehand. Package
// optimal's DESIGN.md has the numbers.
func TestTableAccuracy(t *testing.T) {
	const seed = 8
	t.Logf("seed %d", seed)
	states := visits(t, rand.New(rand.NewPCG(seed, 0)), 40, 6)
	optimum := make([]float64, len(states))
	for i, x := range states {
		plan, err := optimal.Search(x.world, x.root, x.qoe)
		if err != nil {
			t.Fatal(err)
		}
		optimum[i] = plan.Value
	}
	for _, c := range []struct {
		options optimal.TableOptions
		// The most that may be seen, in units of reward for a whole rest of
		// a video.
		below, lost, noisy float64
	}{
		{optimal.TableOptions{}, 0.55, 0.3, 0.1},
		{optimal.TableOptions{BufferStepS: 0.5}, 0.4, 0.2, 0.3},
	} {
		random := rand.New(rand.NewPCG(seed, 1))
		var left, best, off, lost, noisyOff, noisyAbs mean
		var table *optimal.Table
		for i, x := range states {
			if i == 0 || x.world != states[i-1].world {
				table = newTable(t, x.playback, c.options)
			}
			_, v := table.Best(x.root)
			left.add(float64(x.left))
			best.add(optimum[i])
			off.add(v - optimum[i])
			lost.add(optimum[i] - greedy(t, table, x.playback))
			reached := noisyGreedy(t, table, x.playback, random)
			noisyOff.add(v - reached)
			noisyAbs.add(math.Abs(v - reached))
		}
		t.Logf("%+v: %d states, %.1f chunks left, optimum %.2f: V* is off by %+.3f, greedy loses %.3f; with noise V* is off by %+.3f, %.3f in absolute value",
			c.options, off.n, left.value(), best.value(), off.value(), lost.value(), noisyOff.value(), noisyAbs.value())
		if off.value() > 0 || off.value() < -c.below {
			t.Errorf("%+v: V* is off by %v, want from %v to 0", c.options, off.value(), -c.below)
		}
		if lost.value() < 0 || lost.value() > c.lost {
			t.Errorf("%+v: greedy loses %v, want from 0 to %v", c.options, lost.value(), c.lost)
		}
		if math.Abs(noisyOff.value()) > c.noisy {
			t.Errorf("%+v: with noise V* is off by %v, want at most %v", c.options, noisyOff.value(), c.noisy)
		}
	}
}

// noisyGreedy follows a table under noise, many times, and returns the mean
// value.
func noisyGreedy(t *testing.T, table *optimal.Table, p playback, random *rand.Rand) float64 {
	t.Helper()
	const plays = 50
	sum := 0.0
	for range plays {
		for s := p.root; !p.world.Done(s); {
			level, _ := table.Best(s)
			next, chunk, err := p.world.Step(s, level, noise(random))
			if err != nil {
				t.Fatal(err)
			}
			sum += p.qoe.Score(chunk).Total
			s = next
		}
	}
	return sum / plays
}
