package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

const (
	normRows, normCols = 3, 37
	normEps            = 1e-3 // large, so that a wrong place for it shows
)

// normLoss is Σ dy·norm(x) in float64; where bias is nil, of the RMS norm.
func normLoss(x, gain, bias []float64, dy []float32) (loss float64) {
	for r := range normRows {
		row := x[r*normCols:][:normCols]
		var mean, square float64
		if bias != nil {
			for _, v := range row {
				mean += v / normCols
			}
		}
		for _, v := range row {
			square += (v - mean) * (v - mean) / normCols
		}
		for i, v := range row {
			y := (v - mean) / math.Sqrt(square+normEps) * gain[i]
			if bias != nil {
				y += bias[i]
			}
			loss += y * float64(dy[r*normCols+i])
		}
	}
	return loss
}

func toFloat64(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// TestLayerNorm compares the norm, its gradients and the sums that it keeps
// with float64.
func TestLayerNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const n = normRows * normCols
	x, dy, gain, bias := numbers(r, n), numbers(r, n), numbers(r, normCols), numbers(r, normCols)
	for i := range x {
		x[i] += 3
	}
	y, mean, rstd := make([]float32, n), make([]float32, normRows), make([]float32, normRows)
	LayerNorm(y, mean, rstd, x, gain, bias, normEps)
	dx, dgain, dbias := make([]float32, n), make([]float32, normCols), make([]float32, normCols)
	LayerNormBackward(dx, dgain, dbias, dy, x, mean, rstd, gain)

	x64, gain64, bias64 := toFloat64(x), toFloat64(gain), toFloat64(bias)
	checkDot(t, y, dy, normLoss(x64, gain64, bias64, dy))
	checkGradient(t, "x", x, dx, func(x []float64) float64 { return normLoss(x, gain64, bias64, dy) })
	checkGradient(t, "gain", gain, dgain, func(gain []float64) float64 { return normLoss(x64, gain, bias64, dy) })
	checkGradient(t, "bias", bias, dbias, func(bias []float64) float64 { return normLoss(x64, gain64, bias, dy) })

	again := make([]float32, n)
	LayerNormBackward(again, nil, nil, dy, x, mean, rstd, gain)
	if d := difference([][]float32{padded(again)}, [][]float32{padded(dx)}); d != "" {
		t.Errorf("without gain and bias: %s", d)
	}
	LayerNormBackward(nil, nil, nil, dy, x, mean, rstd, gain)
	LayerNorm(x, mean, rstd, x, gain, bias, normEps)
	if d := difference([][]float32{padded(x)}, [][]float32{padded(y)}); d != "" {
		t.Errorf("in place: %s", d)
	}
}

// TestRMSNorm is the same for the RMS norm.
func TestRMSNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	const n = normRows * normCols
	x, dy, gain := numbers(r, n), numbers(r, n), numbers(r, normCols)
	y, rstd := make([]float32, n), make([]float32, normRows)
	RMSNorm(y, rstd, x, gain, normEps)
	dx, dgain := make([]float32, n), make([]float32, normCols)
	RMSNormBackward(dx, dgain, dy, x, rstd, gain)

	x64, gain64 := toFloat64(x), toFloat64(gain)
	checkDot(t, y, dy, normLoss(x64, gain64, nil, dy))
	checkGradient(t, "x", x, dx, func(x []float64) float64 { return normLoss(x, gain64, nil, dy) })
	checkGradient(t, "gain", gain, dgain, func(gain []float64) float64 { return normLoss(x64, gain, nil, dy) })

	RMSNormBackward(nil, nil, dy, x, rstd, gain)
	RMSNorm(x, rstd, x, gain, normEps)
	if d := difference([][]float32{padded(x)}, [][]float32{padded(y)}); d != "" {
		t.Errorf("in place: %s", d)
	}
}

// checkDot checks the sum of products of a result.
func checkDot(t *testing.T, y, dy []float32, want float64) {
	t.Helper()
	var got float64
	for i, v := range y {
		got += float64(v) * float64(dy[i])
	}
	if math.Abs(got-want) > 1e-5 {
		t.Errorf("the norm's loss is %v, want %v", got, want)
	}
}

// padded is a copy with as many numbers behind its end as difference compares.
func padded(x []float32) []float32 {
	return append(make([]float32, 0, len(x)+width), x...)
}
