package kernel

import (
	"fmt"
	"math"
)

// normal is normal distributions around means, of one deviation for all.
type normal struct {
	mean   *Var // nil: their entropy
	logStd *Param
	values []float32
	out    *Var
}

// logRoot is ln √(2π), of the density's normaliser.
const logRoot = 0.91893853320467274178

// NormalLogProbability is the log density of values, one for each row of mean,
// which is rows × 1, under the normal distribution with that mean and the
// standard deviation e^logStd, a param of one number: rows × 1,
//
//	−(value−mean)²/(2·std²) − logStd − ln √(2π)
func (t *Tape) NormalLogProbability(mean *Var, logStd *Param, values []float32) *Var {
	checkColumn("NormalLogProbability", mean)
	if len(values) != mean.Rows {
		panic(fmt.Sprintf("kernel: NormalLogProbability of %d means and %d values", mean.Rows, len(values)))
	}
	op := t.normals.take(t)
	*op = normal{mean, logStd, values, t.result(mean.Rows, 1, mean.learns || logStd.learns())}
	log, std := op.deviation()
	for i, v := range values {
		z := (float64(v) - float64(mean.Value[i])) / std
		op.out.Value[i] = float32(-z*z/2 - log - logRoot)
	}
	t.record(op)
	return op.out
}

// NormalEntropy is the entropy of the normal distribution with the standard
// deviation e^logStd, whatever its mean, for each of some rows: rows × 1,
// logStd + ln √(2π) + 1/2.
func (t *Tape) NormalEntropy(logStd *Param, rows int) *Var {
	op := t.normals.take(t)
	*op = normal{nil, logStd, nil, t.result(rows, 1, logStd.learns())}
	log, _ := op.deviation()
	for i := range op.out.Value {
		op.out.Value[i] = float32(log + logRoot + 0.5)
	}
	t.record(op)
	return op.out
}

// deviation is the standard one and its logarithm.
func (op *normal) deviation() (log, std float64) {
	if len(op.logStd.Value) != 1 {
		panic(fmt.Sprintf("kernel: a deviation of %d numbers, %q; give one", len(op.logStd.Value), op.logStd.Name))
	}
	log = float64(op.logStd.Value[0])
	return log, math.Exp(log)
}

func (op *normal) output() *Var { return op.out }

// backward: with z = (value−mean)/std the log density's derivative by the mean
// is z/std, and by logStd z²−1; the entropy's by logStd is 1.
func (op *normal) backward(t *Tape) {
	_, std := op.deviation()
	var dmean []float32
	if op.mean != nil && op.mean.learns {
		dmean = t.cleared(op.mean)
	}
	sum := 0.0
	for i, g := range op.out.grad {
		if op.mean == nil {
			sum += float64(g)
			continue
		}
		z := (float64(op.values[i]) - float64(op.mean.Value[i])) / std
		sum += float64(g) * (z*z - 1)
		if dmean != nil {
			dmean[i] += float32(float64(g) * z / std)
		}
	}
	if op.logStd.learns() {
		op.logStd.gradient()[0] += float32(sum)
	}
}
