package kernel

import (
	"math"
	"testing"
)

// multiply is x·wᵀ.
func multiply(x, w matrix) matrix {
	return newMatrix(x.rows, w.rows).each(func(r, c int) float64 {
		sum := 0.0
		for k := range x.cols {
			sum += x.at(r, k) * w.at(c, k)
		}
		return sum
	})
}

func oracleNorm(centred bool) func(a []matrix) matrix {
	return func(a []matrix) matrix {
		x := a[0]
		return newMatrix(x.rows, x.cols).each(func(r, c int) float64 {
			mean, square := 0.0, 0.0
			for k := range x.cols {
				mean += x.at(r, k) / float64(x.cols)
			}
			if !centred {
				mean = 0
			}
			for k := range x.cols {
				square += (x.at(r, k) - mean) * (x.at(r, k) - mean) / float64(x.cols)
			}
			y := (x.at(r, c) - mean) / math.Sqrt(square+1e-5) * a[1].v[c]
			if centred {
				y += a[2].v[c]
			}
			return y
		})
	}
}

func TestLinear(t *testing.T) {
	checkCases(t, map[string]operationCase{
		"bias": {
			shapes: [][]int{{5, 4}, {3, 4}, {3}},
			build:  func(t *Tape, p []*Param, x func(int) *Var) *Var { return t.Linear(x(0), p[1], p[2]) },
			oracle: func(a []matrix) matrix {
				y := multiply(a[0], a[1])
				return y.each(func(r, c int) float64 { return y.at(r, c) + a[2].v[c] })
			},
		},
		"no bias": {
			shapes: [][]int{{70, 3}, {70, 3}},
			build:  func(t *Tape, p []*Param, x func(int) *Var) *Var { return t.Linear(x(0), p[1], nil) },
			oracle: func(a []matrix) matrix { return multiply(a[0], a[1]) },
		},
		"added": {
			shapes: [][]int{{4, 7}, {4, 2}, {3, 2}},
			build: func(t *Tape, p []*Param, x func(int) *Var) *Var {
				return t.AddLinear(x(0), x(1), p[2], 2, 0.5)
			},
			oracle: func(a []matrix) matrix {
				z := multiply(a[1], a[2])
				return newMatrix(4, 7).each(func(r, c int) float64 {
					if c < 2 || c >= 5 {
						return a[0].at(r, c)
					}
					return a[0].at(r, c) + 0.5*z.at(r, c-2)
				})
			},
		},
	})
}

func TestNorms(t *testing.T) {
	checkCases(t, map[string]operationCase{
		"layer": {
			shapes: [][]int{{5, 7}, {7}, {7}},
			build:  func(t *Tape, p []*Param, x func(int) *Var) *Var { return t.LayerNorm(x(0), p[1], p[2], 1e-5) },
			oracle: oracleNorm(true),
		},
		"rms": {
			shapes: [][]int{{5, 7}, {7}},
			build:  func(t *Tape, p []*Param, x func(int) *Var) *Var { return t.RMSNorm(x(0), p[1], 1e-5) },
			oracle: oracleNorm(false),
		},
	})
}

func TestActivations(t *testing.T) {
	functions := map[Activation]func(x float64) float64{
		"gelu":            func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) },
		"gelu-tanh":       func(x float64) float64 { return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))) },
		"relu":            func(x float64) float64 { return max(x, 0) },
		"leaky-relu:0.01": func(x float64) float64 { return max(x, 0.01*x) },
		"silu":            func(x float64) float64 { return x / (1 + math.Exp(-x)) },
		"tanh":            math.Tanh,
	}
	cases := map[string]operationCase{}
	for name, f := range functions {
		cases[string(name)] = operationCase{
			shapes: [][]int{{6, 7}}, spread: 3,
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Activate(x(0), name) },
			oracle: func(a []matrix) matrix {
				return newMatrix(6, 7).each(func(r, c int) float64 { return f(a[0].at(r, c)) })
			},
		}
	}
	cases["swiglu"] = operationCase{
		shapes: [][]int{{5, 6}},
		build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.SwiGLU(x(0)) },
		oracle: func(a []matrix) matrix {
			return newMatrix(5, 3).each(func(r, c int) float64 { return functions["silu"](a[0].at(r, c)) * a[0].at(r, c+3) })
		},
	}
	checkCases(t, cases)
	for _, bad := range []Activation{"", "swish", "leaky-relu", "leaky-relu:", "leaky-relu:x", "leaky-relu:1.5", "leaky-relu:-1"} {
		if bad.Valid() {
			t.Errorf("%q is taken for an activation", bad)
		}
	}
}

func TestElementwise(t *testing.T) {
	checkCases(t, map[string]operationCase{
		"add": {
			shapes: [][]int{{3, 4}, {3, 4}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Add(x(0), x(1)) },
			oracle: func(a []matrix) matrix {
				return newMatrix(3, 4).each(func(r, c int) float64 { return a[0].at(r, c) + a[1].at(r, c) })
			},
		},
		"sum with itself": {
			shapes: [][]int{{3, 4}, {3, 4}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Sum(x(0), x(0), x(1)) },
			oracle: func(a []matrix) matrix {
				return newMatrix(3, 4).each(func(r, c int) float64 { return 2*a[0].at(r, c) + a[1].at(r, c) })
			},
		},
		"mul": {
			shapes: [][]int{{3, 4}, {3, 4}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Mul(t.Mul(x(0), x(1)), x(0)) },
			oracle: func(a []matrix) matrix {
				return newMatrix(3, 4).each(func(r, c int) float64 { return a[0].at(r, c) * a[0].at(r, c) * a[1].at(r, c) })
			},
		},
		"scale": {
			shapes: [][]int{{3, 4}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Scale(x(0), -2.5) },
			oracle: func(a []matrix) matrix {
				return newMatrix(3, 4).each(func(r, c int) float64 { return -2.5 * a[0].at(r, c) })
			},
		},
		"concat": {
			shapes: [][]int{{3, 2}, {3, 1}, {3, 4}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Concat(x(0), x(1), x(2)) },
			oracle: func(a []matrix) matrix {
				return newMatrix(3, 7).each(func(r, c int) float64 {
					for _, m := range a {
						if c < m.cols {
							return m.at(r, c)
						}
						c -= m.cols
					}
					panic("no column")
				})
			},
		},
		"columns": {
			shapes: [][]int{{3, 6}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Columns(x(0), 2, 5) },
			oracle: func(a []matrix) matrix {
				return newMatrix(3, 3).each(func(r, c int) float64 { return a[0].at(r, c+2) })
			},
		},
	})
}

func TestRows(t *testing.T) {
	rows := []int32{3, 0, 3, 2}
	offsets := []int32{0, 2, 2, 5}
	segments := func(mean bool) func(a []matrix) matrix {
		return func(a []matrix) matrix {
			return newMatrix(3, 3).each(func(r, c int) float64 {
				sum := 0.0
				for i := offsets[r]; i < offsets[r+1]; i++ {
					sum += a[0].at(int(i), c)
				}
				if mean && offsets[r+1] > offsets[r] {
					sum /= float64(offsets[r+1] - offsets[r])
				}
				return sum
			})
		}
	}
	checkCases(t, map[string]operationCase{
		"embedding": {
			shapes: [][]int{{4, 3}},
			build:  func(t *Tape, p []*Param, _ func(int) *Var) *Var { return t.Embedding(p[0], rows) },
			oracle: func(a []matrix) matrix {
				return newMatrix(4, 3).each(func(r, c int) float64 { return a[0].at(int(rows[r]), c) })
			},
		},
		"gather": {
			shapes: [][]int{{4, 3}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Gather(x(0), rows) },
			oracle: func(a []matrix) matrix {
				return newMatrix(4, 3).each(func(r, c int) float64 { return a[0].at(int(rows[r]), c) })
			},
		},
		"assemble": {
			shapes: [][]int{{2, 3}, {1, 3}},
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var {
				return t.Assemble(5, Part{x(0), []int32{4, 1}}, Part{x(1), []int32{2}})
			},
			oracle: func(a []matrix) matrix {
				return newMatrix(5, 3).each(func(r, c int) float64 {
					return []float64{0, a[0].at(1, c), a[1].at(0, c), 0, a[0].at(0, c)}[r]
				})
			},
		},
		"segment sum": {
			shapes: [][]int{{5, 3}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.SegmentSum(x(0), offsets) },
			oracle: segments(false),
		},
		"segment mean": {
			shapes: [][]int{{5, 3}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.SegmentMean(x(0), offsets) },
			oracle: segments(true),
		},
		"spread": {
			shapes: [][]int{{3, 4}},
			build:  func(t *Tape, _ []*Param, x func(int) *Var) *Var { return t.Spread(x(0), offsets) },
			oracle: func(a []matrix) matrix {
				return newMatrix(5, 4).each(func(r, c int) float64 { return a[0].at([]int{0, 0, 2, 2, 2}[r], c) })
			},
		},
		"index add": {
			shapes: [][]int{{4, 3}},
			build: func(t *Tape, _ []*Param, x func(int) *Var) *Var {
				return t.IndexAdd(x(0), []int32{0, 1, 3, 0}, []int32{1, 1, 4, 0}, 5)
			},
			oracle: func(a []matrix) matrix {
				return newMatrix(5, 3).each(func(r, c int) float64 {
					return []float64{a[0].at(0, c), a[0].at(0, c) + a[0].at(1, c), 0, 0, a[0].at(3, c)}[r]
				})
			},
		},
	})
}

func TestConv1D(t *testing.T) {
	const rows, channels, length, out, kernel = 3, 2, 6, 4, 3
	checkCases(t, map[string]operationCase{
		"two channels": {
			shapes: [][]int{{rows, channels * length}, {out, channels, kernel}, {out}},
			build:  func(t *Tape, p []*Param, x func(int) *Var) *Var { return t.Conv1D(x(0), p[1], p[2], channels) },
			oracle: func(a []matrix) matrix {
				const places = length - kernel + 1
				return newMatrix(rows, out*places).each(func(r, c int) float64 {
					o, p := c/places, c%places
					sum := a[2].v[o]
					for ch := range channels {
						for k := range kernel {
							sum += a[0].at(r, ch*length+p+k) * a[1].v[(o*channels+ch)*kernel+k]
						}
					}
					return sum
				})
			},
		},
	})
}
