package vec

// Fill sets all of dst to v.
func Fill(dst []float32, v float32) { fill(best, dst, v) }

func fillPlain(dst []float32, v float32) {
	for i := range dst {
		dst[i] = v
	}
}

// Add adds x to dst.
func Add(dst, x []float32) { AddTo(dst, dst, x) }

// AddTo is dst = x + y.
func AddTo(dst, x, y []float32) { addTo(best, dst, x[:len(dst)], y[:len(dst)]) }

func addToPlain(dst, x, y []float32) {
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

// Mul is dst = x·y, element by element.
func Mul(dst, x, y []float32) { mul(best, dst, x[:len(dst)], y[:len(dst)]) }

func mulPlain(dst, x, y []float32) {
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

// MulAdd adds x·y, element by element, to dst.
func MulAdd(dst, x, y []float32) { mulAdd(best, dst, x[:len(dst)], y[:len(dst)]) }

func mulAddPlain(dst, x, y []float32) {
	for i := range dst {
		dst[i] += float32(x[i] * y[i])
	}
}

// Scale multiplies x by alpha.
func Scale(alpha float32, x []float32) { ScaleTo(x, alpha, x) }

// ScaleTo is dst = alpha·x.
func ScaleTo(dst []float32, alpha float32, x []float32) { scaleTo(best, dst, x[:len(dst)], alpha) }

func scaleToPlain(dst, x []float32, alpha float32) {
	for i := range dst {
		dst[i] = x[i] * alpha
	}
}

// Axpy adds alpha·x to y.
func Axpy(alpha float32, x, y []float32) { axpy(best, y, x[:len(y)], alpha) }

func axpyPlain(y, x []float32, alpha float32) {
	for i := range y {
		y[i] += float32(x[i] * alpha)
	}
}

// AddBiasRows adds bias, of cols numbers, to each row of x, rows×cols.
func AddBiasRows(x, bias []float32, rows, cols int) {
	for r := range rows {
		Add(x[r*cols:][:cols], bias)
	}
}

// ColumnSums adds the rows of x, rows×cols, to dst, of cols numbers, from the
// first row to the last: the gradient of a bias.
func ColumnSums(dst, x []float32, rows, cols int) {
	dst = dst[:cols]
	for r := range rows {
		Add(dst, x[r*cols:])
	}
}
