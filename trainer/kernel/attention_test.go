package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// oracleAttention is attention as the papers write it, token by token.
func oracleAttention(qkv matrix, l *Layout, a Attention) matrix {
	out := newMatrix(qkv.rows, a.Heads*a.HeadWidth)
	// head is a head's numbers after rotary embeddings.
	head := func(i, place, h int) []float64 {
		x := append([]float64(nil), qkv.v[i*qkv.cols+h*a.HeadWidth:][:a.HeadWidth]...)
		if a.RopeBase == 0 || h >= a.Heads+a.KVHeads {
			return x
		}
		if l.Positions != nil {
			place = int(l.Positions[i])
		}
		half := a.HeadWidth / 2
		for j := range half {
			sin, cos := math.Sincos(float64(place) * math.Pow(float64(a.RopeBase), -float64(j)/float64(half)))
			x[j], x[j+half] = x[j]*cos-x[j+half]*sin, x[j+half]*cos+x[j]*sin
		}
		return x
	}
	for s := range l.Offsets[1:] {
		low := int(l.Offsets[s])
		step := func(i int) int {
			if l.Steps == nil {
				return i
			}
			return int(l.Steps[i])
		}
		for i := low; i < int(l.Offsets[s+1]); i++ {
			for h := range a.Heads {
				q, kv := head(i, i-low, h), h*a.KVHeads/a.Heads
				sum, y := 0.0, make([]float64, a.HeadWidth)
				for j := low; j <= i; j++ {
					far := l.Context > 0 && step(i)-step(j) >= l.Context
					gone := l.Transient != nil && l.Transient[j] && step(i) != step(j)
					if far || gone {
						continue
					}
					dot := 0.0
					for d, v := range head(j, j-low, a.Heads+kv) {
						dot += q[d] * v
					}
					e := math.Exp(dot / math.Sqrt(float64(a.HeadWidth)))
					sum += e
					for d, v := range head(j, j-low, a.Heads+a.KVHeads+kv) {
						y[d] += e * v
					}
				}
				for d := range y {
					out.set(i, h*a.HeadWidth+d, y[d]/sum)
				}
			}
		}
	}
	return out
}

// randomLayout draws sequences of up to so many tokens. At most one in four has
// none.
func randomLayout(r *rand.Rand, sequences, tokens int) *Layout {
	l := &Layout{Offsets: []int32{0}}
	steps, transient, positions := r.IntN(3) > 0, r.IntN(2) > 0, r.IntN(4) == 0
	if r.IntN(2) > 0 {
		l.Context = 1 + r.IntN(5)
	}
	for range sequences {
		n := r.IntN(tokens + 1)
		if r.IntN(4) > 0 {
			n = max(n, 1)
		}
		step := int32(r.IntN(3))
		for i := range n {
			if r.IntN(3) == 0 {
				step += int32(r.IntN(3))
			}
			if steps {
				l.Steps = append(l.Steps, step)
			}
			if transient {
				l.Transient = append(l.Transient, r.IntN(2) > 0)
			}
			if positions {
				l.Positions = append(l.Positions, int32(i+r.IntN(3)))
			}
		}
		l.Offsets = append(l.Offsets, l.Offsets[len(l.Offsets)-1]+int32(n))
	}
	return l
}

func randomHeads(r *rand.Rand) Attention {
	a := Attention{KVHeads: 1 + r.IntN(2), HeadWidth: 2 * (1 + r.IntN(4))}
	a.Heads = a.KVHeads * (1 + r.IntN(2))
	if r.IntN(2) > 0 {
		a.RopeBase = 100
	}
	return a
}

func describe(l *Layout, a Attention) string {
	return fmt.Sprintf("%+v over %+v", a, *l)
}

func TestAttentionGradients(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		l, a := randomLayout(r, 1+r.IntN(3), 6), randomHeads(r)
		if l.Tokens() == 0 {
			continue
		}
		checkOperation(t, seed, operationCase{
			shapes: [][]int{{l.Tokens(), a.columns()}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Attention(x(0), l, a) },
			oracle: func(arrays []matrix) matrix { return oracleAttention(arrays[0], l, a) },
		})
		if t.Failed() {
			t.Fatal(describe(l, a))
		}
	}
}

func TestAttentionOverLongSequences(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 3))
		l, a := randomLayout(r, 1+r.IntN(3), 300), randomHeads(r)
		values := randomWeights(r, l.Tokens()*a.columns())
		qkv := newMatrix(l.Tokens(), a.columns())
		for i, v := range values {
			qkv.v[i] = float64(v)
		}
		tape := NewTape(testCompute(t, 2))
		tape.Begin(Eval, 0)
		got, want := tape.Attention(tape.Input(qkv.rows, qkv.cols, values), l, a), oracleAttention(qkv, l, a)
		for i, v := range got.Value {
			if !near(float64(v), want.v[i], 2e-5, 1) {
				t.Fatalf("seed %d: the result has %v at token %d, the oracle %v; %+v, context %d", seed, v, i/want.cols, want.v[i], a, l.Context)
			}
		}
	}
}

// TestAttentionGradientsOverLongSequences compares the gradient along a random
// direction with a central difference of the oracle: many tiles, and keys that
// are picked out where most tokens are forgotten after their step.
func TestAttentionGradientsOverLongSequences(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 4))
		a := Attention{Heads: 2, KVHeads: 1 + int(seed%2), HeadWidth: 4}
		l := &Layout{Offsets: []int32{0, 600, 1000}, Context: 20}
		for s := range l.Offsets[1:] {
			step := int32(0)
			for range l.Offsets[s+1] - l.Offsets[s] {
				if r.IntN(8) == 0 {
					step++
				}
				l.Steps = append(l.Steps, step)
				l.Transient = append(l.Transient, r.IntN(2) > 0)
			}
		}
		var set Set
		p := set.New("qkv", l.Tokens(), a.columns())
		p.Normal(r, 1)
		weights := randomWeights(r, l.Tokens()*a.Heads*a.HeadWidth)
		tape := NewTape(testCompute(t, 2))
		tape.Begin(Train, 0)
		tape.Backward(weigh(tape, tape.Attention(tape.Embedding(p, count(l.Tokens())), l, a), weights))

		direction, got := randomWeights(r, len(p.Value)), 0.0
		for i, d := range direction {
			got += float64(d) * float64(p.Grad[i])
		}
		const step = 1e-5
		along := func(sign float64) (sum float64) {
			qkv := newMatrix(l.Tokens(), a.columns())
			for i, d := range direction {
				qkv.v[i] = float64(p.Value[i]) + sign*step*float64(d)
			}
			for i, v := range oracleAttention(qkv, l, a).v {
				sum += float64(weights[i]) * v
			}
			return sum
		}
		if want := (along(1) - along(-1)) / (2 * step); !near(got, want, 1e-4, math.Sqrt(float64(len(weights)))) {
			t.Errorf("seed %d: the slope is %v, the oracle's %v; %+v, context %d", seed, got, want, a, l.Context)
		}
	}
}
