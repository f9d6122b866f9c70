package kernel

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// everything trains a network that has every operation, for a few steps, and
// returns its losses and its params.
func everything(t *testing.T, workers int) []float32 {
	compute := testCompute(t, workers)
	r := rand.New(rand.NewPCG(1, 8))
	m := transformer{layers: 2, width: 32, mlp: 64, vocab: 7, activation: "gelu", dropout: 0.1,
		heads: Attention{Heads: 4, KVHeads: 2, HeadWidth: 8, RopeBase: 10000}}
	m.build(0)
	const nodes, perStep, sequences = 1300, 3, 10
	table := m.set.New("features", nodes, 24)
	conv, convBias := m.set.New("conv.weight", 4, 2, 5), m.set.New("conv.bias", 4)
	message, update := m.set.New("message", 64, 32), m.set.New("update", 32, 32)
	up, down := m.set.New("lora.up", 16, 8), m.set.New("lora.down", 8, 32)
	pointer := m.set.New("pointer", 1, 39)
	logStd := m.set.New("log_std", 1)
	m.initialise(1)
	parents, children := randomGraph(r, nodes, 3*nodes)
	levels, err := NewLevels(nodes, parents, children)
	if err != nil {
		t.Fatal(err)
	}
	layout := &Layout{Offsets: []int32{0}, Context: 30}
	for s := range sequences {
		layout.Offsets = append(layout.Offsets, int32((s+1)*nodes/sequences))
		for i := range nodes / sequences {
			layout.Steps = append(layout.Steps, int32(i/perStep))
			layout.Transient = append(layout.Transient, i%perStep == 1)
		}
	}
	tokens, targets, values := make([]int32, nodes), make([]int32, nodes), randomWeights(r, nodes*7)
	for i := range tokens {
		tokens[i], targets[i] = int32(r.IntN(7)), int32(r.IntN(8))-1
	}
	tape, optimizer := NewTape(compute), NewOptimizer(&m.set, AdamW{WeightDecay: 0.1}, compute)
	var results []float32
	for step := range uint64(3) {
		m.set.ZeroGrad()
		tape.Begin(Train, step)
		x := tape.Conv1D(tape.Embedding(table, count(nodes)), conv, convBias, 2)
		x = tape.PassMessages(x, levels, func(x *Var) *Var {
			return tape.SwiGLU(tape.Linear(x, message, nil))
		}, func(x *Var) *Var { return tape.Activate(tape.Linear(x, update, nil), "leaky-relu:0.2") })
		qkv := tape.AddLinear(tape.Concat(x, x), tape.Linear(x, down, nil), up, 16, 0.5)
		x = tape.Add(x, tape.Attention(tape.Columns(qkv, 0, 64), layout, m.heads))
		x = tape.Add(x, tape.Embedding(m.set.Find("tokens"), tokens))
		logits := m.logits(tape, tokens, nil, layout)
		scores := tape.Linear(tape.Concat(x, logits), pointer, nil)
		summary := tape.SegmentMean(logits, layout.Offsets)
		spread := tape.Mul(tape.Spread(summary, layout.Offsets), logits)
		loss := tape.Sum(
			tape.CrossEntropy(logits, targets, nil, nil),
			tape.SegmentCrossEntropy(scores, layout.Offsets, targets[:sequences], nil),
			tape.Huber(spread, values, nil, 1),
			tape.ClippedSurrogate(tape.LogProbability(logits, targets, nil), values[:nodes], values[nodes:2*nodes], nil, 0.2),
			tape.ClippedSquaredError(scores, values[:nodes], values[nodes:2*nodes], nil, 0.2),
			tape.WeightedSum(tape.Entropy(logits, nil), values[:nodes]),
			tape.WeightedSum(tape.Add(tape.SegmentLogProbability(scores, layout.Offsets, targets[:sequences]), tape.SegmentEntropy(scores, layout.Offsets)), nil),
			tape.WeightedSum(tape.Add(tape.NormalLogProbability(scores, logStd, values[:nodes]), tape.NormalEntropy(logStd, nodes)), nil),
		)
		tape.Backward(loss)
		if err := tape.Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := ClipNorm(&m.set, 0.1); err != nil {
			t.Fatal(err)
		}
		optimizer.Step(1e-3)
		results = append(results, loss.Value[0])
	}
	for _, p := range m.set.Params() {
		results = append(results, p.Value...)
	}
	return results
}

// TestSameBits trains with different numbers of workers and of cores.
func TestSameBits(t *testing.T) {
	want := everything(t, 1)
	cores := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(cores)
	for _, c := range []struct{ cores, workers int }{{1, 2}, {2, 3}, {4, 2}, {4, 3}} {
		runtime.GOMAXPROCS(c.cores)
		if got := everything(t, c.workers); !slices.Equal(got, want) {
			t.Errorf("%d workers on %d cores: results differ from one worker's", c.workers, c.cores)
		}
	}
}
