package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// yardstick is the training step that this project measures itself by: 3 layers
// of width 128, an MLP four times as wide, sequences of 60 tokens, 128 of them,
// and the cross-entropy of 6 choices at each token.
type yardstick struct {
	model     transformer
	tape      *Tape
	optimizer *Optimizer
	layout    Layout
	tokens    []int32
	positions []int32
	targets   []int32
}

const (
	yardstickLength  = 60
	yardstickBatch   = 128
	yardstickChoices = 6
)

func newYardstick(c *Compute, heads int) *yardstick {
	y := &yardstick{model: transformer{layers: 3, width: 128, mlp: 512, vocab: yardstickChoices, activation: "gelu",
		heads: Attention{Heads: heads, KVHeads: heads, HeadWidth: 128 / heads}}}
	y.model.build(yardstickLength)
	y.model.initialise(1)
	r := rand.New(rand.NewPCG(2, 7))
	for s := range yardstickBatch {
		y.layout.Offsets = append(y.layout.Offsets, int32(s*yardstickLength))
		for i := range yardstickLength {
			y.tokens = append(y.tokens, int32(r.IntN(yardstickChoices)))
			y.positions = append(y.positions, int32(i))
			y.targets = append(y.targets, int32(r.IntN(yardstickChoices)))
		}
	}
	y.layout.Offsets = append(y.layout.Offsets, yardstickBatch*yardstickLength)
	y.tape = NewTape(c)
	y.optimizer = NewOptimizer(&y.model.set, AdamW{WeightDecay: 0.01}, c)
	return y
}

// step trains once: forward, backward, clip and AdamW.
func (y *yardstick) step(b testing.TB) float32 {
	y.model.set.ZeroGrad()
	y.tape.Begin(Train, 1)
	loss := y.tape.CrossEntropy(y.model.logits(y.tape, y.tokens, y.positions, &y.layout), y.targets, nil, nil)
	y.tape.Backward(loss)
	if _, err := ClipNorm(&y.model.set, 1); err != nil {
		b.Fatal(err)
	}
	y.optimizer.Step(1e-4)
	return loss.Value[0]
}

func BenchmarkTrainingStep(b *testing.B) {
	for _, backend := range []string{"openblas", "go"} {
		for _, heads := range []int{1, 4} {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("backend=%s/heads=%d/workers=%d", backend, heads, workers), func(b *testing.B) {
					c, err := NewCompute(Options{Backend: backend, Workers: workers})
					if err != nil {
						b.Skip(err)
					}
					y := newYardstick(c, heads)
					y.step(b)
					b.ReportAllocs()
					for b.Loop() {
						y.step(b)
					}
					b.ReportMetric(float64(b.N)*yardstickBatch*yardstickLength/b.Elapsed().Seconds(), "tokens/s")
					b.ReportMetric(float64(y.tape.Bytes())/1e6, "MB")
				})
			}
		}
	}
}

// BenchmarkPolicyLosses measures PPO's losses of 2048 steps forth and back, from
// the logits on: of a choice of 6, and of a pointer to one of 20 stages.
func BenchmarkPolicyLosses(b *testing.B) {
	const rows = 2048
	r := rand.New(rand.NewPCG(1, 2))
	old, advantages, targets, offsets := randomWeights(r, rows), randomWeights(r, rows), make([]int32, rows), make([]int32, rows+1)
	policies := map[string]func(t *Tape, x *Var) (logp, entropy *Var){
		"choice": func(t *Tape, x *Var) (logp, entropy *Var) {
			return t.LogProbability(x, targets, nil), t.Entropy(x, nil)
		},
		"pointer": func(t *Tape, x *Var) (logp, entropy *Var) {
			return t.SegmentLogProbability(x, offsets, targets), t.SegmentEntropy(x, offsets)
		},
	}
	for _, c := range []struct {
		name       string
		rows, cols int
	}{{"choice", rows, 6}, {"pointer", 20 * rows, 1}} {
		b.Run(c.name, func(b *testing.B) {
			var set Set
			logits, all := set.New("logits", c.rows, c.cols), count(c.rows)
			logits.Normal(r, 1)
			for i := range offsets {
				offsets[i] = int32(20 * i)
			}
			tape := NewTape(testCompute(b, 1))
			b.ReportAllocs()
			for b.Loop() {
				tape.Begin(Train, 0)
				logp, entropy := policies[c.name](tape, tape.Embedding(logits, all))
				tape.Backward(tape.Sum(tape.ClippedSurrogate(logp, old, advantages, nil, 0.2), tape.WeightedSum(entropy, advantages)))
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "steps/s")
		})
	}
}
