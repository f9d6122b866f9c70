package kernel

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// randomGraph draws edges from nodes to later ones under a random order.
func randomGraph(r *rand.Rand, nodes, edges int) (parents, children []int32) {
	order := r.Perm(nodes)
	for range edges {
		a, b := r.IntN(nodes), r.IntN(nodes)
		if a == b {
			continue
		}
		parents, children = append(parents, int32(order[min(a, b)])), append(children, int32(order[max(a, b)]))
	}
	return parents, children
}

func TestPassMessages(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 5))
		nodes := 1 + r.IntN(12)
		parents, children := randomGraph(r, nodes, r.IntN(2*nodes))
		l, err := NewLevels(nodes, parents, children)
		if err != nil {
			t.Fatal(err)
		}
		checkOperation(t, seed, operationCase{
			shapes: [][]int{{nodes, 3}, {4, 3}, {3, 4}},
			build: func(t *Tape, p []*Param, x func(int) *Var) *Var {
				message := func(x *Var) *Var { return t.Activate(t.Linear(x, p[1], nil), "tanh") }
				update := func(x *Var) *Var { return t.Activate(t.Linear(x, p[2], nil), "tanh") }
				return t.PassMessages(x(0), l, message, update)
			},
			oracle: func(a []matrix) matrix { return oracleMessages(a, parents, children) },
		})
	}
}

// oracleMessages visits each node after its children.
func oracleMessages(a []matrix, parents, children []int32) matrix {
	x := a[0]
	y, known := newMatrix(x.rows, x.cols), make([]bool, x.rows)
	apply := func(x, w matrix) matrix {
		y := multiply(x, w)
		return y.each(func(r, c int) float64 { return math.Tanh(y.at(r, c)) })
	}
	var visit func(v int)
	visit = func(v int) {
		if known[v] {
			return
		}
		known[v] = true
		sum, leaf := newMatrix(1, a[1].rows), true
		for e, parent := range parents {
			if int(parent) != v {
				continue
			}
			u := int(children[e])
			visit(u)
			leaf = false
			message := apply(matrix{1, y.cols, y.v[u*y.cols : (u+1)*y.cols]}, a[1])
			for c, v := range message.v {
				sum.v[c] += v
			}
		}
		copy(y.v[v*y.cols:], x.v[v*x.cols:(v+1)*x.cols])
		if !leaf {
			for c, d := range apply(sum, a[2]).v {
				y.add(v, c, d)
			}
		}
	}
	for v := range x.rows {
		visit(v)
	}
	return y
}

func TestLevelsRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		parents, children []int32
		want              string
	}{
		"cycle":         {[]int32{0, 1, 2, 3}, []int32{1, 2, 1, 0}, "4 of 4 nodes lie on cycles or above them"},
		"loop":          {[]int32{2}, []int32{2}, "1 of 4 nodes"},
		"missing node":  {[]int32{0}, []int32{4}, "edge 0 goes from node 0 to node 4 of 4"},
		"negative node": {[]int32{-1}, []int32{0}, "edge 0 goes from node -1"},
		"missing end":   {[]int32{0, 1}, []int32{2}, "2 edges have parents but 1 have children"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewLevels(4, c.parents, c.children); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := NewLevels(4, []int32{0, 1, 3}, []int32{1, 2, 0}); err != nil {
		t.Errorf("a graph without cycles is refused: %v", err)
	}
}
