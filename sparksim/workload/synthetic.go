package workload

import (
	"strconv"

	"trailblazer/internal/draw"
	"trailblazer/sparksim"
)

// Synthetic generates kinds of jobs that stand in for TPC-H where the
// measurements are not at hand: as many, with the same labels and in the same
// order as [LoadTPCH], of the same shapes and with durations of the same
// ranges, but no query is the other's. No score on one stands for the other.
// DESIGN.md compares them.
//
// A query is a tree: scans of tables feed joins, joins feed aggregations and
// those a result. It is the same at every size; tasks and durations grow.
// Durations are whole milliseconds. Equal seeds give equal kinds; a kind
// depends on the seed, its query and its size only.
func Synthetic(seed uint64) []*sparksim.Job {
	sizes := TPCHSizes()
	kinds := make([]*sparksim.Job, len(sizes)*TPCHQueries)
	for q, shape := range shapes {
		stream := uint64(q * (1 + len(sizes)))
		plan := newPlan(draw.New(seed, stream), shape)
		for s, gigabytes := range sizes {
			spec := plan.spec(draw.New(seed, stream+1+uint64(s)), float64(gigabytes))
			spec.Query, spec.Size = strconv.Itoa(q+1), sizeLabel(gigabytes)
			kind, err := sparksim.NewJob(spec)
			if err != nil {
				panic(err) // Plans are trees with durations; tests draw many.
			}
			kinds[s*TPCHQueries+q] = kind
		}
	}
	return kinds
}

// shape is what a synthetic query has in common with the one of TPC-H whose
// number it has.
type shape struct {
	stages int
	facts  int // scans of the largest table, which make most of the work
}

var shapes = [TPCHQueries]shape{
	{4, 1}, {18, 0}, {6, 1}, {6, 1}, {14, 1}, {2, 1}, {13, 1}, {18, 1}, {14, 1}, {9, 1}, {11, 0},
	{6, 1}, {7, 0}, {4, 1}, {7, 1}, {9, 0}, {6, 2}, {8, 2}, {4, 1}, {12, 1}, {16, 3}, {8, 0},
}

// plan is a query at any size.
type plan struct {
	stages []stagePlan
	edges  [][2]int
}

// newPlan draws a query. Each stage that is no scan either joins two subtrees
// or continues one, and the last leaves one tree: with n stages and u that
// continue, n-u+1 is even and half of it are scans.
func newPlan(d draw.Draws, s shape) *plan {
	continuing := 1 + s.stages%2
	if s.stages > 2 && d.Unit() < 0.6 {
		continuing += 2
	}
	if scans := (s.stages - continuing + 1) / 2; scans < max(s.facts, 1) {
		continuing -= 2
	}
	b := builder{Draws: d, plan: new(plan), continuing: continuing}
	tables := b.tables((s.stages-continuing+1)/2, s.facts)
	for len(tables) > 0 || len(b.open) > 1 {
		if len(tables) > 0 && (len(b.open) < 2 || d.Unit() < 0.4) {
			b.scan(tables[0])
			tables = tables[1:]
		} else {
			b.join()
		}
	}
	for ; b.continuing > 1; b.continuing-- {
		b.add(aggregation(d, false), 1)
	}
	b.add(result(d), 1)
	if d.Unit() < 0.33 {
		b.share()
	}
	return b.plan
}

// builder grows a plan.
type builder struct {
	draw.Draws
	*plan
	open       []subtree // not yet read by another stage, the latest last
	continuing int       // stages with one input still to be placed
}

type subtree struct {
	root  int
	facts bool // it reads the largest table
}

// add appends a stage that reads the latest open subtrees.
func (b *builder) add(s stagePlan, inputs int) {
	at := len(b.stages)
	b.stages = append(b.stages, s)
	left := len(b.open) - inputs
	facts := s.table == lineitem
	for _, input := range b.open[left:] {
		b.edges = append(b.edges, [2]int{input.root, at})
		facts = facts || input.facts
	}
	b.open = append(b.open[:left], subtree{at, facts})
}

// scan reads a table. Now and then it is aggregated before it is joined.
func (b *builder) scan(t *table) {
	b.add(scan(b.Draws, t), 0)
	if b.continuing > 1 && b.Unit() < 0.2 {
		b.continuing--
		b.add(aggregation(b.Draws, t == lineitem), 1)
	}
}

func (b *builder) join() {
	last := len(b.open) - 1
	b.add(join(b.Draws, b.open[last].facts || b.open[last-1].facts), 2)
}

// share lets a second join read a scan, as queries do that use a table twice.
func (b *builder) share() {
	var pairs [][2]int
	for to := range b.stages {
		if b.stages[to].pace != joins {
			continue
		}
		for from := range to {
			if b.stages[from].table != nil && b.stages[from].table != lineitem && !b.joined(from, to) {
				pairs = append(pairs, [2]int{from, to})
			}
		}
	}
	if len(pairs) > 0 {
		b.edges = append(b.edges, pairs[b.Below(len(pairs))])
	}
}

func (b *builder) joined(from, to int) bool {
	for _, e := range b.edges {
		if e == [2]int{from, to} {
			return true
		}
	}
	return false
}

// tables draws what the scans of a query read: the largest table a given
// number of times, others for the rest, in any order.
func (b *builder) tables(scans, facts int) []*table {
	list := make([]*table, scans)
	for i := range list {
		list[i] = lineitem
		if i >= facts {
			list[i] = others[b.Below(len(others))]
		}
		at := b.Below(i + 1)
		list[i], list[at] = list[at], list[i]
	}
	return list
}
