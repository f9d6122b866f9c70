package kernel

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestBuffersAreOfTheirClass(t *testing.T) {
	previous := 0
	for n := 1; n < 5000; n++ {
		index, length := class(n)
		if length < n || n > 16 && length > n+n/4 {
			t.Fatalf("%d numbers get a buffer of %d", n, length)
		}
		if again, _ := class(length); again != index || index < previous || index > previous+1 {
			t.Fatalf("%d numbers are of class %d, their buffer's %d of class %d, the class before is %d", n, index, length, again, previous)
		}
		previous = index
	}
}

func TestBuffersServeBatchesOfDifferingSizes(t *testing.T) {
	var a arena
	r := rand.New(rand.NewPCG(1, 10))
	for range 500 {
		rows := 1000 + r.IntN(1000)
		for _, cols := range []int{8, 32, 8, 1, 32, 8} {
			if got := len(a.take(rows * cols)); got != rows*cols {
				t.Fatalf("a buffer for %d numbers has %d", rows*cols, got)
			}
			gradient := a.take(rows * cols)
			a.put(gradient)
		}
		a.reset()
	}
	// At a time there are 2000·(89+32) numbers at most.
	if limit := 2 * 2000 * (89 + 32); a.made > limit {
		t.Errorf("buffers hold %d numbers, want at most %d", a.made, limit)
	}
}

// TestPassesOfDifferingShapesShareMemory lends to passes as those of three tasks,
// whose buffers have nothing in common but how much they take together.
func TestPassesOfDifferingShapesShareMemory(t *testing.T) {
	const each = 1 << 20
	var a arena
	for pass := range 60 {
		count := []int{4, 64, 1000}[pass%3]
		lent := make([][]float32, count)
		for i := range lent {
			lent[i] = a.take(each / count)
			for k := range lent[i] {
				lent[i][k] = float32(i)
			}
		}
		for i, buffer := range lent {
			if buffer[0] != float32(i) || buffer[len(buffer)-1] != float32(i) {
				t.Fatalf("pass %d: buffer %d shares memory with another", pass, i)
			}
		}
		a.reset()
	}
	if limit := 2 * each; a.made > limit {
		t.Errorf("buffers hold %d numbers for passes of %d, want at most %d", a.made, each, limit)
	}
}

func TestTapeUsesItsMemoryAgain(t *testing.T) {
	y := newYardstick(testCompute(t, 2), 4)
	y.layout.Offsets = y.layout.Offsets[:3] // two sequences are enough
	tokens := int(y.layout.Offsets[2])
	y.tokens, y.positions, y.targets = y.tokens[:tokens], y.positions[:tokens], y.targets[:tokens]
	y.step(t)
	y.step(t)
	bytes := y.tape.Bytes()
	// The race detector makes pools forget at random.
	if allocations := testing.AllocsPerRun(5, func() { y.step(t) }); allocations > 5 && !raceEnabled {
		t.Errorf("a training step allocates %v times", allocations)
	}
	if y.tape.Bytes() != bytes {
		t.Errorf("after equal steps the tape has grown from %d bytes to %d", bytes, y.tape.Bytes())
	}
}

// TestPolicyStepAllocatesNothing has PPO's losses, of choices, pointers and
// values, on a tape that has had them.
func TestPolicyStepAllocatesNothing(t *testing.T) {
	const rows, cols = 64, 6
	r := rand.New(rand.NewPCG(1, 2))
	var set Set
	logits, scores, logStd := set.New("logits", rows, cols), set.New("scores", rows, 1), set.New("log_std", 1)
	logits.Normal(r, 1)
	scores.Normal(r, 1)
	old, advantages, targets, all := randomWeights(r, rows), randomWeights(r, rows), make([]int32, rows), count(rows)
	offsets, places := []int32{0, 20, 20, rows}, []int32{3, -1, 0}
	tape := NewTape(testCompute(t, 1))
	step := func() {
		tape.Begin(Train, 0)
		x, y := tape.Embedding(logits, all), tape.Embedding(scores, all)
		loss := tape.Add(
			tape.ClippedSurrogate(tape.LogProbability(x, targets, nil), old, advantages, nil, 0.2),
			tape.WeightedSum(tape.Entropy(x, nil), advantages))
		loss = tape.Add(loss, tape.ClippedSquaredError(y, advantages, old, nil, 0.2))
		loss = tape.Add(loss, tape.WeightedSum(tape.Add(tape.SegmentLogProbability(y, offsets, places), tape.SegmentEntropy(y, offsets)), nil))
		loss = tape.Add(loss, tape.WeightedSum(tape.Add(tape.NormalLogProbability(y, logStd, old), tape.NormalEntropy(logStd, rows)), nil))
		tape.Backward(loss)
	}
	step()
	step()
	if allocations := testing.AllocsPerRun(5, step); allocations > 0 && !raceEnabled {
		t.Errorf("a step allocates %v times", allocations)
	}
}

func TestFrozenParamsGetNoGradient(t *testing.T) {
	var set Set
	r := rand.New(rand.NewPCG(1, 1))
	w, b, down, up := set.New("w", 4, 3), set.New("b", 4), set.New("down", 2, 3), set.New("up", 4, 2)
	for _, p := range set.Params() {
		p.Normal(r, 1)
	}
	w.Frozen, b.Frozen = true, true
	tape := NewTape(testCompute(t, 1))
	for _, mode := range []Mode{Eval, Train} {
		tape.Begin(mode, 0)
		x := tape.Input(5, 3, randomWeights(r, 15))
		y := tape.AddLinear(tape.Linear(x, w, b), tape.Linear(x, down, nil), up, 0, 1)
		tape.Backward(tape.SquaredError(y, make([]float32, 20), nil))
		for _, p := range set.Params() {
			if learns := p.Grad != nil; learns != (mode == Train && !p.Frozen) {
				t.Errorf("mode %d: that %s has a gradient is %v", mode, p.Name, learns)
			}
		}
	}
}

func TestDropout(t *testing.T) {
	const rows, cols, p = 300, 250, 0.25
	ones := make([]float32, rows*cols)
	for i := range ones {
		ones[i] = 1
	}
	var set Set
	table := set.New("table", rows, cols)
	table.Fill(1)
	tape := NewTape(testCompute(t, 2))
	drop := func(seed uint64) (a, b *Var) {
		tape.Begin(Train, seed)
		x := tape.Embedding(table, count(rows))
		return tape.Dropout(x, p), tape.Dropout(x, p)
	}
	first, second := drop(1)
	kept := slices.Clone(first.Value)
	zeros := 0
	for _, v := range kept {
		if v == 0 {
			zeros++
		} else if v != 1/(1-float32(p)) {
			t.Fatalf("1 becomes %v", v)
		}
	}
	// 75,000 draws: the standard deviation of their mean is 0.0016.
	if share := float64(zeros) / (rows * cols); share < p-0.008 || share > p+0.008 {
		t.Errorf("%v of the numbers are dropped, want %v", share, p)
	}
	if slices.Equal(kept, second.Value) {
		t.Error("two dropouts of a pass drop the same numbers")
	}
	tape.Backward(weigh(tape, first, ones))
	if !slices.Equal(table.Grad, kept) {
		t.Error("gradients are not dropped where numbers are")
	}
	if again, _ := drop(1); !slices.Equal(again.Value, kept) {
		t.Error("the same seed drops other numbers")
	}
	if other, _ := drop(2); slices.Equal(other.Value, kept) {
		t.Error("another seed drops the same numbers")
	}
	tape.Begin(Eval, 1)
	if x := tape.Input(rows, cols, ones); tape.Dropout(x, p) != x {
		t.Error("numbers are dropped in Eval")
	}
}

// TestShapesThatDoNotFit expects a panic that names the operation.
func TestShapesThatDoNotFit(t *testing.T) {
	var set Set
	w, conv, vector := set.New("w", 4, 3), set.New("conv", 2, 1, 3), set.New("v", 3)
	for want, build := range map[string]func(t *Tape, x *Var){
		"an input of 2×3":              func(t *Tape, _ *Var) { t.Input(2, 3, make([]float32, 5)) },
		"Linear of 4 columns":          func(t *Tape, x *Var) { t.Linear(x, w, nil) },
		`param "v" [3] is no matrix`:   func(t *Tape, x *Var) { t.Linear(x, vector, nil) },
		"AddLinear of":                 func(t *Tape, x *Var) { t.AddLinear(x, t.Columns(x, 0, 3), w, 1, 1) },
		"LayerNorm of 4 columns":       func(t *Tape, x *Var) { t.LayerNorm(x, vector, vector, 1) },
		"a norm of 4 columns":          func(t *Tape, x *Var) { t.RMSNorm(x, vector, 1) },
		`no activation "swish"`:        func(t *Tape, x *Var) { t.Activate(x, "swish") },
		"SwiGLU of 3 columns":          func(t *Tape, x *Var) { t.SwiGLU(t.Columns(x, 0, 3)) },
		"Sum of 2×4 and 2×2":           func(t *Tape, x *Var) { t.Add(x, t.Columns(x, 0, 2)) },
		"Mul of 2×4 and 2×2":           func(t *Tape, x *Var) { t.Mul(x, t.Columns(x, 0, 2)) },
		"Concat of 2 and 1 rows":       func(t *Tape, x *Var) { t.Concat(x, t.Gather(x, []int32{0})) },
		"columns 2 to 5 of 4":          func(t *Tape, x *Var) { t.Columns(x, 2, 5) },
		"Assemble of 4 columns":        func(t *Tape, x *Var) { t.Assemble(2, Part{x, []int32{0}}) },
		"offsets [0 1]":                func(t *Tape, x *Var) { t.SegmentSum(x, []int32{0, 1}) },
		"offset 2 is 1, below":         func(t *Tape, x *Var) { t.SegmentSum(x, []int32{0, 2, 1, 2}) },
		"2 offsets for 2 rows":         func(t *Tape, x *Var) { t.Spread(x, []int32{0, 2}) },
		"IndexAdd from 1 rows":         func(t *Tape, x *Var) { t.IndexAdd(x, []int32{0}, nil, 1) },
		"Conv1D of 4 columns":          func(t *Tape, x *Var) { t.Conv1D(x, conv, nil, 2) },
		"a dropout of 1":               func(t *Tape, x *Var) { t.Dropout(x, 1) },
		"a loss of 2×4 with 1 targets": func(t *Tape, x *Var) { t.CrossEntropy(x, []int32{0}, nil, nil) },
		"SegmentCrossEntropy of 2×4":   func(t *Tape, x *Var) { t.SegmentCrossEntropy(x, []int32{0, 2}, []int32{0}, nil) },
		"LogProbability of 2 distri":   func(t *Tape, x *Var) { t.LogProbability(x, []int32{0}, nil) },
		"Entropy of 2×4 with 3 legal":  func(t *Tape, x *Var) { t.Entropy(x, make([]bool, 3)) },
		"SegmentEntropy of 2×4":        func(t *Tape, x *Var) { t.SegmentEntropy(x, []int32{0, 2}) },
		"NormalLogProbability of 2×4":  func(t *Tape, x *Var) { t.NormalLogProbability(x, vector, make([]float32, 2)) },
		`a deviation of 3 numbers`:     func(t *Tape, _ *Var) { t.NormalEntropy(vector, 2) },
		"WeightedSum of 2 rows with 3": func(t *Tape, x *Var) { t.WeightedSum(t.Columns(x, 0, 1), make([]float32, 3)) },
		"and the clip 0": func(t *Tape, x *Var) {
			t.ClippedSurrogate(t.Columns(x, 0, 1), make([]float32, 2), make([]float32, 2), nil, 0)
		},
		"ClippedSquaredError of 2 rows": func(t *Tape, x *Var) {
			t.ClippedSquaredError(t.Columns(x, 0, 1), make([]float32, 2), nil, nil, 1)
		},
		"a loss is 1×1, not 2×4": func(t *Tape, x *Var) { t.Backward(x) },
		"of 4 columns": func(t *Tape, x *Var) {
			t.Attention(x, &Layout{Offsets: []int32{0, 2}}, Attention{Heads: 2, KVHeads: 1, HeadWidth: 2})
		},
		"token 1 is of step 0, after": func(t *Tape, x *Var) { attend(t, x, &Layout{Offsets: []int32{0, 2}, Steps: []int32{1, 0}}) },
		"with 1 steps":                func(t *Tape, x *Var) { attend(t, x, &Layout{Offsets: []int32{0, 2}, Steps: []int32{1}}) },
		"token 0 has the position -1": func(t *Tape, x *Var) { attend(t, x, &Layout{Offsets: []int32{0, 2}, Positions: []int32{-1, 0}}) },
		"a context of -1 steps":       func(t *Tape, x *Var) { attend(t, x, &Layout{Offsets: []int32{0, 2}, Context: -1}) },
		"it is for Eval": func(t *Tape, x *Var) {
			t.AttentionCached(t.Columns(x, 0, 3), &Layout{Offsets: []int32{0, 2}}, one, 0, []*Cache{NewCache(1, one, 0)})
		},
		"graph of 3 nodes":         func(t *Tape, x *Var) { t.PassMessages(x, &Levels{nodes: 3}, nil, nil) },
		`two params are named "w"`: func(*Tape, *Var) { set.New("w", 1) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, want) {
					t.Errorf("panics with %q, want %q", text, want)
				}
			}()
			tape := NewTape(testCompute(t, 1))
			build(tape, tape.Input(2, 4, make([]float32, 8)))
		}()
	}
}

var one = Attention{Heads: 1, KVHeads: 1, HeadWidth: 1}

func attend(t *Tape, x *Var, l *Layout) { t.Attention(t.Columns(x, 0, 3), l, one) }
