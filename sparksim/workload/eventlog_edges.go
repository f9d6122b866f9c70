package workload

import (
	"fmt"
	"slices"
)

// eventLogDAG joins the stages of a group.
type eventLogDAG struct {
	g       *eventLogGroup
	parents [][]int32 // of each stage of the group, as places
	edges   int
	marks   []int32 // scratch: the last to mark each stage
	mark    int32
}

// edges finds what the stages of a group wait for, by place, parents first.
func (p *eventLogParser) edges(g *eventLogGroup) ([][2]int, error) {
	d := eventLogDAG{g: g, parents: make([][]int32, len(g.stages)), marks: make([]int32, len(g.stages))}
	d.ofSpark(p.stages)
	d.ofOrder()
	if d.edges > eventLogMaxEdges {
		first := g.jobs[0]
		return nil, refuse(first.file, first.line, fmt.Sprintf("job %d", first.id), "", fmt.Sprintf("has more than %d dependencies", eventLogMaxEdges), "give a log of smaller jobs")
	}
	var edges [][2]int
	for child, parents := range d.parents {
		for _, parent := range parents {
			edges = append(edges, [2]int{int(parent), child})
		}
	}
	slices.SortFunc(edges, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	return edges, nil
}

func (d *eventLogDAG) begin() { d.mark++ }

// first marks a stage, and says whether it is the first time since begin.
func (d *eventLogDAG) first(place int32) bool {
	was := d.marks[place]
	d.marks[place] = d.mark
	return was != d.mark
}

func (d *eventLogDAG) add(parent, child int32) {
	if d.edges++; d.edges <= eventLogMaxEdges {
		d.parents[child] = append(d.parents[child], parent)
	}
}

// ofSpark adds the dependencies that Spark states. In place of a stage that
// didn't run stands the one that wrote its output, if that is of the group,
// and otherwise what it would have waited for.
func (d *eventLogDAG) ofSpark(stages map[int32]*eventLogStage) {
	writers := make(map[string][]*eventLogStage)
	for _, stage := range d.g.stages {
		if stage.shuffles && stage.rdds != "" {
			writers[stage.rdds] = append(writers[stage.rdds], stage)
		}
	}
	for child, stage := range d.g.stages {
		d.begin()
		skipped := make(map[int32]bool)
		for todo := slices.Clone(stage.parents); len(todo) > 0; {
			parent := stages[todo[len(todo)-1]]
			todo = todo[:len(todo)-1]
			if parent == nil {
				continue
			}
			ran := parent
			if parent.owner != d.g {
				ran = eventLogWriter(writers[parent.rdds], parent)
			}
			switch {
			case ran != nil:
				if d.first(int32(ran.place)) {
					d.add(int32(ran.place), int32(child))
				}
			case !skipped[parent.id]:
				skipped[parent.id] = true
				todo = append(todo, parent.parents...)
			}
		}
	}
}

// eventLogWriter is the last that ran before a skipped stage.
func eventLogWriter(writers []*eventLogStage, skipped *eventLogStage) *eventLogStage {
	for _, w := range slices.Backward(writers) {
		if w.id < skipped.id {
			return w
		}
	}
	return nil
}

// ofOrder adds that a Spark job waits for those that had ended when it was
// submitted: its first stages for their last, as far as that doesn't follow
// from other dependencies. So a query's broadcasts come before what uses them.
func (d *eventLogDAG) ofOrder() {
	firsts := make(map[*eventLogSparkJob][]int32)
	lasts := make(map[*eventLogSparkJob][]int32)
	waited := make([]bool, len(d.g.stages))
	for child := len(d.g.stages) - 1; child >= 0; child-- {
		job := d.g.stages[child].job
		waits := false
		for _, parent := range d.parents[child] {
			if d.g.stages[parent].job == job {
				waits, waited[parent] = true, true
			}
		}
		if !waits {
			firsts[job] = append(firsts[job], int32(child))
		}
		if !waited[child] {
			lasts[job] = append(lasts[job], int32(child))
		}
	}
	for i, job := range d.g.jobs {
		var parents []int32
		for _, before := range d.g.jobs[:i] {
			if before.ended < job.started {
				parents = append(parents, lasts[before]...)
			}
		}
		// From the latest back: most follow from those.
		slices.SortFunc(parents, func(a, b int32) int { return int(b - a) })
		for _, child := range firsts[job] {
			d.begin()
			d.markAncestors(child)
			for _, parent := range parents {
				if parent < child && d.marks[parent] != d.mark {
					d.add(parent, child)
					d.markAncestors(parent)
				}
			}
		}
	}
}

// markAncestors marks a stage and all that it waits for.
func (d *eventLogDAG) markAncestors(place int32) {
	if !d.first(place) {
		return
	}
	for todo := []int32{place}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, parent := range d.parents[at] {
			if d.first(parent) {
				todo = append(todo, parent)
			}
		}
	}
}
