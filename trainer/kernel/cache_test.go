package kernel

import (
	"math/rand/v2"
	"testing"
)

// TestCachedAttention plays random sequences in batches of ragged pieces, two
// layers deep, and compares every token with attention over whole sequences.
func TestCachedAttention(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 4))
		sequences := 1 + r.IntN(4)
		l, a := randomLayout(r, sequences, 40), randomHeads(r)
		cols := a.columns()
		compute := testCompute(t, 1+r.IntN(2))
		whole, pieces := NewTape(compute), NewTape(compute)
		whole.Begin(Eval, 0)
		var layers [2][]float32
		var want [2]*Var
		for i := range layers {
			layers[i] = randomWeights(r, l.Tokens()*cols)
			want[i] = whole.Attention(whole.Input(l.Tokens(), cols, layers[i]), l, a)
		}
		caches, done := make([]*Cache, sequences), make([]int32, sequences)
		for s := range caches {
			caches[s] = NewCache(len(layers), a, l.Context)
			if r.IntN(2) > 0 { // what a cache held before makes no difference
				other := &Layout{Offsets: []int32{0, 3}, Context: l.Context}
				pieces.Begin(Eval, 0)
				for i := range layers {
					pieces.AttentionCached(pieces.Input(3, cols, randomWeights(r, 3*cols)), other, a, i, caches[s:s+1])
				}
				caches[s].Reset()
			}
		}
		for {
			// Each sequence goes on by a few tokens, or by none.
			piece := &Layout{Offsets: []int32{0}, Context: l.Context}
			var tokens []int32
			for s := range caches {
				left := l.Offsets[s+1] - l.Offsets[s] - done[s]
				n := min(left, int32(r.IntN(4)))
				for i := range n {
					at := l.Offsets[s] + done[s] + i
					tokens = append(tokens, at)
					if l.Steps != nil {
						piece.Steps = append(piece.Steps, l.Steps[at])
					}
					if l.Transient != nil {
						piece.Transient = append(piece.Transient, l.Transient[at])
					}
					if l.Positions != nil {
						piece.Positions = append(piece.Positions, l.Positions[at])
					}
				}
				done[s] += n
				piece.Offsets = append(piece.Offsets, int32(len(tokens)))
			}
			pieces.Begin(Eval, 0)
			for i := range layers {
				var values []float32
				for _, at := range tokens {
					values = append(values, layers[i][int(at)*cols:(int(at)+1)*cols]...)
				}
				got := pieces.AttentionCached(pieces.Input(len(tokens), cols, values), piece, a, i, caches)
				for j, at := range tokens {
					for d, v := range got.Row(j) {
						if !near(float64(v), float64(want[i].Row(int(at))[d]), 1e-5, 1) {
							t.Fatalf("seed %d, layer %d: token %d has %v, in the whole sequence %v\n%s", seed, i, at, v, want[i].Row(int(at))[d], describe(l, a))
						}
					}
				}
			}
			all := true
			for s := range caches {
				all = all && done[s] == l.Offsets[s+1]-l.Offsets[s]
			}
			if all {
				break
			}
		}
	}
}

func TestCacheForgetsWhatIsNotSeen(t *testing.T) {
	a := Attention{Heads: 1, KVHeads: 1, HeadWidth: 2}
	tape := NewTape(testCompute(t, 1))
	cache := NewCache(1, a, 3)
	for step := range int32(10) {
		tape.Begin(Eval, 0)
		l := &Layout{Offsets: []int32{0, 4}, Steps: []int32{step, step, step, step}, Transient: []bool{false, true, true, false}, Context: 3}
		tape.AttentionCached(tape.Input(4, 6, make([]float32, 24)), l, a, 0, []*Cache{cache})
		if want := 2*min(int(step), 2) + 4; cache.Len() != want || cache.Seen() != 4*int(step)+4 {
			t.Fatalf("after step %d the cache keeps %d tokens of %d, want %d of %d", step, cache.Len(), cache.Seen(), want, 4*step+4)
		}
	}
	if got := cap(cache.layers[0].keys) / 2; got > 32 {
		t.Errorf("the cache has grown to %d tokens", got)
	}
}
