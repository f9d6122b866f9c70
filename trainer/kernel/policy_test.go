package kernel

import (
	"testing"

	"trailblazer/internal/splitmix"
)

// referenceNumbers are those of testdata/make_reference.py's values.
func referenceNumbers(seed uint64, scale float32, n int) []float32 {
	p := Param{Value: make([]float32, n)}
	setReference(&p, seed)
	for i := range p.Value {
		p.Value[i] *= scale
	}
	return p.Value
}

// TestPolicyReference compares distributions and PPO's losses, and their
// gradients, with PyTorch's, which testdata/make_policy.py computed in float64.
// Numbers may differ by 1e-5 of the largest of their tensor.
func TestPolicyReference(t *testing.T) {
	const rows, cols, clip = 9, 5, 0.2
	want := takeReference(t, "policy")
	tape := NewTape(testCompute(t, 1))
	var set Set
	learned := func(name string, seed uint64, scale float32, shape ...int) *Param {
		p := set.New(name, shape...)
		copy(p.Value, referenceNumbers(seed, scale, len(p.Value)))
		return p
	}
	weights, more := referenceNumbers(1, 1, rows), referenceNumbers(2, 1, rows)
	compare := func(name string, logp, entropy *Var) {
		tape.Backward(tape.Add(tape.WeightedSum(logp, weights[:logp.Rows]), tape.WeightedSum(entropy, more[:logp.Rows])))
		closeTo(t, name, logp.Value, want.Take(name+".log_probability", logp.Rows))
		closeTo(t, name, entropy.Value, want.Take(name+".entropy", logp.Rows))
	}

	legal, targets := make([]bool, rows*cols), make([]int32, rows)
	for r := range rows {
		var columns []int32
		for c := range cols {
			if c == 0 || splitmix.Mix(300, uint64(r*cols+c))%3 > 0 {
				legal[r*cols+c] = true
				columns = append(columns, int32(c))
			}
		}
		targets[r] = columns[splitmix.Mix(301, uint64(r))%uint64(len(columns))]
	}
	p := learned("choice", 0, 16, rows, cols)
	tape.Begin(Train, 0)
	x := tape.Embedding(p, count(rows))
	compare("choice", tape.LogProbability(x, targets, legal), tape.Entropy(x, legal))
	closeTo(t, "choice", p.Grad, want.Take("choice.gradient", rows, cols))

	offsets, places := []int32{0, 4, 5, 12, 14}, make([]int32, 4)
	for i := range places {
		places[i] = int32(splitmix.Mix(302, uint64(i)) % uint64(offsets[i+1]-offsets[i]))
	}
	p = learned("pointer", 3, 16, 14, 1)
	tape.Begin(Train, 0)
	x = tape.Embedding(p, count(14))
	compare("pointer", tape.SegmentLogProbability(x, offsets, places), tape.SegmentEntropy(x, offsets))
	closeTo(t, "pointer", p.Grad, want.Take("pointer.gradient", 14))

	p, logStd := learned("value", 4, 1, rows, 1), set.New("log_std", 1)
	logStd.Fill(-0.75)
	tape.Begin(Train, 0)
	compare("value", tape.NormalLogProbability(tape.Embedding(p, count(rows)), logStd, referenceNumbers(5, 4, rows)), tape.NormalEntropy(logStd, rows))
	closeTo(t, "value", p.Grad, want.Take("value.mean.gradient", rows))
	closeTo(t, "value", logStd.Grad, want.Take("value.log_std.gradient", 1))

	p = learned("now", 6, 4, rows, 1)
	old, advantages := referenceNumbers(7, 4, rows), referenceNumbers(8, 8, rows)
	for name, build := range map[string]func(x *Var) *Var{
		"surrogate": func(x *Var) *Var { return tape.ClippedSurrogate(x, old, advantages, nil, clip) },
		"critic":    func(x *Var) *Var { return tape.ClippedSquaredError(x, advantages, old, nil, clip) },
	} {
		p.Grad = nil
		tape.Begin(Train, 0)
		loss := build(tape.Embedding(p, count(rows)))
		tape.Backward(loss)
		closeTo(t, name, loss.Value, want.Take(name, 1))
		closeTo(t, name, p.Grad, want.Take(name+".gradient", rows))
	}
	if err := want.Finish(); err != nil {
		t.Error(err)
	}
}
