package decima

import (
	"slices"

	"trailblazer/sparksim"
)

// levels sorts the stages of a view into topological generations: level 0 are
// those without a parent, and every other one is a level below its lowest
// parent.
type levels struct {
	// first[s] is where the edges that leave stage s begin in view.Edges;
	// there is one entry more than stages.
	first []int32
	// parents are the stages that have children, by level; those of level l
	// are parents[starts[l]:starts[l+1]].
	parents []int32
	starts  []int32

	depth []int32 // level of each stage
	mark  []int32 // the last level, of those asked for, that has this stage as a child

	receivers, senders []int32
}

// set reads a view. Edges lead from lower to higher stages, ordered by the
// lower one.
func (l *levels) set(v *sparksim.View) {
	n := len(v.Stages)
	l.first = zeroed(l.first, n+1)
	l.depth = zeroed(l.depth, n)
	l.mark = zeroed(l.mark, n)
	most := int32(-1)
	for _, e := range v.Edges {
		l.first[e.From+1]++
		// All edges into From come before those out of it.
		l.depth[e.To] = max(l.depth[e.To], l.depth[e.From]+1)
		most = max(most, l.depth[e.From])
	}
	for s := range n {
		l.first[s+1] += l.first[s]
		l.mark[s] = -1
	}
	l.sort(int(most) + 1)
}

// sort fills parents by counting how many there are in each level.
func (l *levels) sort(count int) {
	l.starts = zeroed(l.starts, count+1)
	total := 0
	for s, depth := range l.depth {
		if l.first[s] < l.first[s+1] {
			l.starts[depth+1]++
			total++
		}
	}
	for i := range count {
		l.starts[i+1] += l.starts[i]
	}
	l.parents = zeroed(l.parents, total)
	for s, depth := range l.depth {
		if l.first[s] < l.first[s+1] {
			l.parents[l.starts[depth]] = int32(s)
			l.starts[depth]++
		}
	}
	// Filling has moved each start to its level's end.
	copy(l.starts[1:], l.starts[:count])
	l.starts[0] = 0
}

// count is how many levels have edges.
func (l *levels) count() int { return len(l.starts) - 1 }

// at returns the stages that are computed at a level and those that send them
// messages, until it is called again. As in the reference all edges between
// stages of the level and their children take part, also those from child to
// child: such a child is computed a second time, now from those of its
// children alone that are children of the level too. (In the jobs of TPC-H
// these are always all of them.) The edges that take part are those for which
// sends tells so.
func (l *levels) at(level int, edges []sparksim.Edge) (receivers, senders []int32) {
	of := l.parents[l.starts[level]:l.starts[level+1]]
	l.senders = l.senders[:0]
	for _, s := range of {
		for _, e := range l.children(s, edges) {
			if !l.sends(e.To, level) {
				l.mark[e.To] = int32(level)
				l.senders = append(l.senders, e.To)
			}
		}
	}
	l.receivers = append(l.receivers[:0], of...)
	for _, s := range l.senders {
		for _, e := range l.children(s, edges) {
			if l.sends(e.To, level) {
				l.receivers = append(l.receivers, s)
				break
			}
		}
	}
	return l.receivers, l.senders
}

// children are the edges that leave a stage.
func (l *levels) children(stage int32, edges []sparksim.Edge) []sparksim.Edge {
	return edges[l.first[stage]:l.first[stage+1]]
}

// sends says whether a stage sends messages to those computed at a level.
func (l *levels) sends(stage int32, level int) bool { return l.mark[stage] == int32(level) }

// zeroed returns s with n zeros, in its memory where that suffices.
func zeroed(s []int32, n int) []int32 {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
