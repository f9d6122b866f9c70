package kernel

import (
	"math"
	"strings"
	"testing"
)

// oracleEntropy is the cross-entropy of each row with the distribution p.
func oracleEntropy(rows, cols int, p func(r, c int) float64, weights []float32, legal []bool) func(a []matrix) matrix {
	return func(a []matrix) matrix {
		loss := newMatrix(1, 1)
		for r := range rows {
			sum := 0.0
			for c := range cols {
				if legal == nil || legal[r*cols+c] {
					sum += math.Exp(a[0].at(r, c))
				}
			}
			for c := range cols {
				if q := p(r, c); q != 0 {
					loss.v[0] += float64(weights[r]) * q * (math.Log(sum) - a[0].at(r, c))
				}
			}
		}
		return loss
	}
}

func TestCrossEntropies(t *testing.T) {
	targets := []int32{2, -1, 0, 1}
	hard := func(r, c int) float64 {
		if targets[r] == int32(c) {
			return 1
		}
		return 0
	}
	weights := []float32{0.5, 3, 0, 2}
	equal := []float32{1. / 3, 0, 1. / 3, 1. / 3}
	legal := []bool{true, false, true, false, false, false, true, true, true, true, true, false}
	soft := []float32{0.25, 0, 0.75, 0, 0, 0, 0.5, 0.25, 0.25, 0.5, 0.25, 0}
	all := []float32{0.25, 0.25, 0.25, 0.25}
	logits := [][]int{{4, 3}}
	checkCases(t, map[string]operationCase{
		"equal weights": {
			shapes: logits,
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.CrossEntropy(x(0), targets, nil, nil) },
			oracle: oracleEntropy(4, 3, hard, equal, nil),
		},
		"weights and legal columns": {
			shapes: logits,
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.CrossEntropy(x(0), targets, weights, legal) },
			oracle: oracleEntropy(4, 3, hard, weights, legal),
		},
		"soft": {
			shapes: logits,
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.SoftCrossEntropy(x(0), soft, nil, legal) },
			oracle: oracleEntropy(4, 3, func(r, c int) float64 { return float64(soft[r*3+c]) }, all, legal),
		},
		"segments": {
			shapes: [][]int{{6, 1}},
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var {
				return t.SegmentCrossEntropy(x(0), []int32{0, 3, 3, 4, 6}, []int32{2, -1, -1, 0}, weights)
			},
			oracle: func(a []matrix) matrix {
				x, loss := a[0].v, newMatrix(1, 1)
				loss.v[0] = 0.5*(math.Log(math.Exp(x[0])+math.Exp(x[1])+math.Exp(x[2]))-x[2]) + 2*(math.Log(math.Exp(x[4])+math.Exp(x[5]))-x[4])
				return loss
			},
		},
	})
}

func TestRegressions(t *testing.T) {
	targets := []float32{0.5, -1, 2, 0, 0.25, 1}
	loss := func(weights []float32, f func(d float64) float64) func(a []matrix) matrix {
		return func(a []matrix) matrix {
			sum := newMatrix(1, 1)
			for r := range 3 {
				for c := range 2 {
					sum.v[0] += float64(weights[r]) / 2 * f(a[0].at(r, c)-float64(targets[2*r+c]))
				}
			}
			return sum
		}
	}
	weights := []float32{0.5, 0, 2}
	checkCases(t, map[string]operationCase{
		"squares": {
			shapes: [][]int{{3, 2}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.SquaredError(x(0), targets, nil) },
			oracle: loss([]float32{1. / 3, 1. / 3, 1. / 3}, func(d float64) float64 { return d * d }),
		},
		"huber": {
			shapes: [][]int{{3, 2}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Huber(x(0), targets, weights, 0.75) },
			oracle: loss(weights, func(d float64) float64 {
				if math.Abs(d) > 0.75 {
					return 0.75 * (2*math.Abs(d) - 0.75)
				}
				return d * d
			}),
		},
	})
}

func TestDataThatLossesRefuse(t *testing.T) {
	legal := []bool{true, false, false, false}
	for name, c := range map[string]struct {
		build func(t *Tape, x *Var)
		want  string
	}{
		"target beyond the columns":    {func(t *Tape, x *Var) { t.CrossEntropy(x, []int32{2, 0}, nil, nil) }, "row 0 has the target 2"},
		"target not legal":             {func(t *Tape, x *Var) { t.CrossEntropy(x, []int32{1, -1}, nil, legal) }, "row 0 has the target 1"},
		"row without legal columns":    {func(t *Tape, x *Var) { t.CrossEntropy(x, []int32{0, 0}, nil, legal) }, "row 1 has the target 0"},
		"probability where illegal":    {func(t *Tape, x *Var) { t.SoftCrossEntropy(x, []float32{1, 0, 1, 0}, nil, legal) }, "row 1 has the probability 1"},
		"place outside its segment":    {func(t *Tape, x *Var) { t.SegmentCrossEntropy(t.Columns(x, 0, 1), []int32{0, 2}, []int32{2}, nil) }, "segment 0 has the target 2 of 2"},
		"row beyond a table":           {func(t *Tape, x *Var) { t.Embedding((&Set{}).New("table", 3, 2), []int32{0, 3}) }, `row 3 of the 3 of "table"`},
		"nothing wrong, rows left out": {func(t *Tape, x *Var) { t.CrossEntropy(x, []int32{-1, -1}, nil, legal) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tape := NewTape(testCompute(t, 1))
			tape.Begin(Train, 0)
			c.build(tape, tape.Input(2, 2, make([]float32, 4)))
			switch err := tape.Err(); {
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
			tape.Begin(Train, 0)
			if tape.Err() != nil {
				t.Errorf("Begin keeps the error %v", tape.Err())
			}
		})
	}
}
