package kernel

import "fmt"

// Levels is the nodes of a directed acyclic graph, or of several side by side,
// by height: leaves first, each node above all its children.
type Levels struct {
	nodes  int
	levels []level
}

// level is the nodes of one height.
type level struct {
	nodes []int32
	// edges come from children: child number from[e] of the level source[e]
	// belongs to node number to[e] of this level.
	source, from, to []int32
	// parents says that a node of this level is another one's child.
	parents bool
}

// NewLevels sorts a graph. parents and children are the ends of each edge. The
// error says where an edge leaves the graph or that the graph has a cycle.
func NewLevels(nodes int, parents, children []int32) (*Levels, error) {
	if len(parents) != len(children) {
		return nil, fmt.Errorf("%d edges have parents but %d have children; give both ends of each", len(parents), len(children))
	}
	// first and next chain the edges of each child, count those of each parent
	// that still wait for their child.
	first, count, next := make([]int32, nodes), make([]int32, nodes), make([]int32, len(parents))
	for i := range first {
		first[i] = -1
	}
	for e := len(parents) - 1; e >= 0; e-- {
		parent, child := parents[e], children[e]
		if parent < 0 || int(parent) >= nodes || child < 0 || int(child) >= nodes {
			return nil, fmt.Errorf("edge %d goes from node %d to node %d of %d", e, parent, child, nodes)
		}
		count[parent]++
		next[e], first[child] = first[child], int32(e)
	}
	l := &Levels{nodes: nodes}
	height, place := make([]int32, nodes), make([]int32, nodes)
	var ready []int32
	for node := range int32(nodes) {
		if count[node] == 0 {
			ready = append(ready, node)
		}
	}
	sorted := 0
	for len(ready) > 0 {
		var above []int32
		current := level{nodes: ready}
		for i, node := range ready {
			height[node], place[node] = int32(len(l.levels)), int32(i)
			for e := first[node]; e >= 0; e = next[e] {
				current.parents = true
				if count[parents[e]]--; count[parents[e]] == 0 {
					above = append(above, parents[e])
				}
			}
		}
		sorted += len(ready)
		l.levels = append(l.levels, current)
		ready = above
	}
	if sorted < nodes {
		return nil, fmt.Errorf("%d of %d nodes lie on cycles or above them; give a graph without cycles", nodes-sorted, nodes)
	}
	for e, parent := range parents {
		at, child := &l.levels[height[parent]], children[e]
		at.source = append(at.source, height[child])
		at.from = append(at.from, place[child])
		at.to = append(at.to, place[parent])
	}
	return l, nil
}

// PassMessages sends messages up a graph, as Decima does (Mao et al., "Learning
// Scheduling Algorithms for Data Processing Clusters", 2019, eq. 1): node v
// becomes x_v + update(Σ message(u) over its children u as they have become),
// and leaves stay as they are. x has a row for each node; message and update
// map rows one by one, to any width and back to x's. Each is called once for
// each level.
func (t *Tape) PassMessages(x *Var, l *Levels, message, update func(*Var) *Var) *Var {
	if x.Rows != l.nodes {
		panic(fmt.Sprintf("kernel: PassMessages of %d rows in a graph of %d nodes", x.Rows, l.nodes))
	}
	if len(l.levels) < 2 {
		return x
	}
	parts, messages := make([]Part, len(l.levels)), make([]*Var, len(l.levels))
	for i := range l.levels {
		at := &l.levels[i]
		y := t.Gather(x, at.nodes)
		if i > 0 {
			y = t.Add(y, update(t.sumEdges(messages[:i], at)))
		}
		if at.parents {
			messages[i] = message(y)
		}
		parts[i] = Part{y, at.nodes}
	}
	return t.Assemble(x.Rows, parts...)
}
