package kernel

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// logSoftmax is the naive one of some scores; illegal ones count for nothing.
func logSoftmax(scores []float64, legal []bool) []float64 {
	sum := 0.0
	for j, x := range scores {
		if legal == nil || legal[j] {
			sum += math.Exp(x)
		}
	}
	logs := make([]float64, len(scores))
	for j, x := range scores {
		logs[j] = math.Inf(-1)
		if legal == nil || legal[j] {
			logs[j] = x - math.Log(sum)
		}
	}
	return logs
}

// oracleChoice is the log-probability of targets, or the entropy where there
// are none, of segments of all scores.
func oracleChoice(offsets, targets []int32, legal []bool) func(a []matrix) matrix {
	return func(a []matrix) matrix {
		return newMatrix(len(offsets)-1, 1).each(func(i, _ int) float64 {
			low, high := offsets[i], offsets[i+1]
			may := legal
			if may != nil {
				may = may[low:high]
			}
			logs := logSoftmax(a[0].v[low:high], may)
			if targets != nil {
				if targets[i] < 0 {
					return 0
				}
				return logs[targets[i]]
			}
			sum := 0.0
			for _, l := range logs {
				if !math.IsInf(l, -1) {
					sum -= math.Exp(l) * l
				}
			}
			return sum
		})
	}
}

func TestDistributions(t *testing.T) {
	rows, targets := []int32{0, 3, 6, 9, 12}, []int32{2, -1, 0, 1}
	legal := []bool{true, false, true, false, false, false, true, true, true, true, true, false}
	segments, places := []int32{0, 3, 3, 4, 4, 6}, []int32{2, -1, -1, -1, 0}
	checkCases(t, map[string]operationCase{
		"log-probability": {
			shapes: [][]int{{4, 3}}, spread: 3,
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.LogProbability(x(0), targets, nil) },
			oracle: oracleChoice(rows, targets, nil),
		},
		"log-probability of legal columns": {
			shapes: [][]int{{4, 3}}, spread: 3,
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.LogProbability(x(0), targets, legal) },
			oracle: oracleChoice(rows, targets, legal),
		},
		"log-probability of segments": {
			shapes: [][]int{{6, 1}}, spread: 3,
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var {
				return t.SegmentLogProbability(x(0), segments, places)
			},
			oracle: oracleChoice(segments, places, nil),
		},
		"entropy": {
			shapes: [][]int{{4, 3}}, spread: 3,
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Entropy(x(0), nil) },
			oracle: oracleChoice(rows, nil, nil),
		},
		"entropy of legal columns": {
			shapes: [][]int{{4, 3}}, spread: 3,
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Entropy(x(0), legal) },
			oracle: oracleChoice(rows, nil, legal),
		},
		"entropy of segments": {
			shapes: [][]int{{6, 1}}, spread: 3,
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.SegmentEntropy(x(0), segments) },
			oracle: oracleChoice(segments, nil, nil),
		},
	})
}

// TestExtremeScores: scores far apart overflow nothing, and none at all, or
// -∞, count for nothing.
func TestExtremeScores(t *testing.T) {
	var set Set
	p := set.New("scores", 7, 1)
	copy(p.Value, []float32{1e30, -1e30, 0, 300, float32(math.Inf(-1)), 300, 1})
	tape := NewTape(testCompute(t, 1))
	tape.Begin(Train, 0)
	x := tape.Embedding(p, count(7))
	offsets := []int32{0, 3, 6, 6, 7}
	logs, entropies := tape.SegmentLogProbability(x, offsets, []int32{1, 0, -1, 0}), tape.SegmentEntropy(x, offsets)
	tape.Backward(tape.WeightedSum(tape.Add(logs, entropies), []float32{1, 1, 1, 1}))
	for i, want := range []float64{-2e30, -math.Ln2, 0, 0} {
		if !near(float64(logs.Value[i]), want, 1e-5, 1) {
			t.Errorf("log-probability %d is %v, want %v", i, logs.Value[i], want)
		}
	}
	for i, want := range []float64{0, math.Ln2, 0, 0} {
		if !near(float64(entropies.Value[i]), want, 1e-5, 1) {
			t.Errorf("entropy %d is %v, want %v", i, entropies.Value[i], want)
		}
	}
	for i, want := range []float64{-1, 1, 0, 0.5, 0, -0.5, 0} {
		if !near(float64(p.Grad[i]), want, 1e-6, 1) {
			t.Errorf("the gradient of score %d is %v, want %v", i, p.Grad[i], want)
		}
	}
}

func TestNormals(t *testing.T) {
	values := []float32{0.5, -1, 2, 0}
	checkCases(t, map[string]operationCase{
		"log-probability": {
			shapes: [][]int{{4, 1}, {1}},
			build:  func(t *Tape, p []*Param, x func(int) *Var) *Var { return t.NormalLogProbability(x(0), p[1], values) },
			oracle: func(a []matrix) matrix {
				return newMatrix(4, 1).each(func(r, _ int) float64 {
					variance := math.Exp(2 * a[1].v[0])
					return -(math.Pow(float64(values[r])-a[0].v[r], 2)/variance + math.Log(2*math.Pi*variance)) / 2
				})
			},
		},
		"entropy": {
			shapes: [][]int{{1}},
			build:  func(t *Tape, p []*Param, _ func(int) *Var) *Var { return t.NormalEntropy(p[0], 4) },
			oracle: func(a []matrix) matrix {
				return newMatrix(4, 1).each(func(int, int) float64 { return math.Log(2*math.Pi*math.E*math.Exp(2*a[0].v[0])) / 2 })
			},
		},
	})
}

func TestWeightedSums(t *testing.T) {
	weights := []float32{0.5, -3, 0, 2}
	sum := func(weights []float32) func(a []matrix) matrix {
		return func(a []matrix) matrix {
			return newMatrix(1, 1).each(func(int, int) (s float64) {
				for r, w := range weights {
					s += float64(w) * a[0].v[r]
				}
				return s
			})
		}
	}
	checkCases(t, map[string]operationCase{
		"weights": {
			shapes: [][]int{{4, 1}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.WeightedSum(x(0), weights) },
			oracle: sum(weights),
		},
		"equal weights": {
			shapes: [][]int{{4, 1}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.WeightedSum(x(0), nil) },
			oracle: sum([]float32{0.25, 0.25, 0.25, 0.25}),
		},
	})
}

// TestClippedLosses compares with the formulas of the papers, for rows on both
// sides of the clip.
func TestClippedLosses(t *testing.T) {
	const rows, clip = 12, 0.25
	r := rand.New(rand.NewPCG(3, 1))
	old, other, weights := randomWeights(r, rows), randomWeights(r, rows), make([]float32, rows)
	for i := range weights {
		weights[i] = r.Float32()
	}
	weights[3], other[5] = 0, 0
	clamp := func(x, low, high float64) float64 { return min(max(x, low), high) }
	equal := func(row func(x, old, other float64) float64, weights []float32) func(a []matrix) matrix {
		return func(a []matrix) matrix {
			return newMatrix(1, 1).each(func(int, int) (s float64) {
				for i, x := range a[0].v {
					w := 1. / rows
					if weights != nil {
						w = float64(weights[i])
					}
					s += w * row(x, float64(old[i]), float64(other[i]))
				}
				return s
			})
		}
	}
	gain := func(x, old, a float64) float64 {
		ratio := math.Exp(x - old)
		return -min(ratio*a, clamp(ratio, 1-clip, 1+clip)*a)
	}
	square := func(x, old, target float64) float64 {
		return max(math.Pow(x-target, 2), math.Pow(old+clamp(x-old, -clip, clip)-target, 2))
	}
	shapes := [][]int{{rows, 1}}
	checkCases(t, map[string]operationCase{
		"surrogate": {
			shapes: shapes, oracle: equal(gain, weights),
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var {
				return t.ClippedSurrogate(x(0), old, other, weights, clip)
			},
		},
		"surrogate, equal weights": {
			shapes: shapes, oracle: equal(gain, nil),
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var {
				return t.ClippedSurrogate(x(0), old, other, nil, clip)
			},
		},
		"critic": {
			shapes: shapes, oracle: equal(square, weights),
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var {
				return t.ClippedSquaredError(x(0), other, old, weights, clip)
			},
		},
		"critic, equal weights": {
			shapes: shapes, oracle: equal(square, nil),
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var {
				return t.ClippedSquaredError(x(0), other, old, nil, clip)
			},
		},
	})
}

// TestFirstEpochIsAPolicyGradient: at the policy that collected the experience
// the surrogate's gradient is that of −Σ w·A·logp, and a critic's that of the
// squared error, for all rows.
func TestFirstEpochIsAPolicyGradient(t *testing.T) {
	const rows = 100
	r := rand.New(rand.NewPCG(4, 1))
	advantages, targets, weights := randomWeights(r, rows), randomWeights(r, rows), make([]float32, rows)
	var set Set
	p := set.New("logp", rows, 1)
	p.Normal(r, 1)
	tape := NewTape(testCompute(t, 1))
	gradient := func(loss func(x *Var) *Var) []float32 {
		p.Grad = nil
		tape.Begin(Train, 0)
		tape.Backward(loss(tape.Embedding(p, count(rows))))
		return p.Grad
	}
	for i := range weights {
		weights[i] = -advantages[i] / rows
	}
	for name, pair := range map[string][2]func(x *Var) *Var{
		"actor": {
			func(x *Var) *Var { return tape.ClippedSurrogate(x, p.Value, advantages, nil, 0.2) },
			func(x *Var) *Var { return tape.WeightedSum(x, weights) },
		},
		"critic": {
			func(x *Var) *Var { return tape.ClippedSquaredError(x, targets, p.Value, nil, 0.2) },
			func(x *Var) *Var { return tape.SquaredError(x, targets, nil) },
		},
	} {
		got, want := gradient(pair[0]), gradient(pair[1])
		for i := range want {
			if !near(float64(got[i]), float64(want[i]), 1e-6, 0) {
				t.Errorf("%s: the gradient of row %d is %v, want %v", name, i, got[i], want[i])
			}
		}
	}
}

func TestChoicesThatDistributionsRefuse(t *testing.T) {
	legal := []bool{true, false, false, false}
	for name, c := range map[string]struct {
		build func(t *Tape, x *Var) *Var
		want  string
	}{
		"beyond the columns": {func(t *Tape, x *Var) *Var { return t.LogProbability(x, []int32{2, 0}, nil) }, "distribution 0 has the target 2"},
		"not legal":          {func(t *Tape, x *Var) *Var { return t.LogProbability(x, []int32{0, 1}, legal) }, "distribution 1 has the target 1"},
		"below none":         {func(t *Tape, x *Var) *Var { return t.LogProbability(x, []int32{0, -2}, nil) }, "distribution 1 has the target -2"},
		"of an empty segment": {func(t *Tape, x *Var) *Var {
			return t.SegmentLogProbability(t.Columns(x, 0, 1), []int32{0, 2, 2}, []int32{0, 0})
		}, "distribution 1 has the target 0"},
		"none, nothing is due": {func(t *Tape, x *Var) *Var { return t.LogProbability(x, []int32{0, -1}, legal) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var set Set
			p := set.New("logits", 2, 2)
			tape := NewTape(testCompute(t, 1))
			tape.Begin(Train, 0)
			tape.Backward(tape.WeightedSum(c.build(tape, tape.Embedding(p, count(2))), nil))
			switch err := tape.Err(); {
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
}
