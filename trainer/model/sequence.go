package model

import (
	"slices"
	"sort"
)

// AppendSequence copies the steps of from, from low up to, not including, high,
// as one more sequence: what is observed, their times in the episode, conditions
// and actions. The zero Steps has no sequence yet. The edges of from's graph
// lie step after step, as Graph says; indices that are out of its bounds panic.
func (s *Steps) AppendSequence(from *Steps, low, high int32) {
	steps := from.count()
	s.Times = from.appendTimes(s.Times, low, high)
	s.Condition = appendRows(s.Condition, from.Condition, steps, low, high)
	s.Vector = appendRows(s.Vector, from.Vector, steps, low, high)
	s.Actions.Append(&from.Actions, low, high)
	if len(from.Graph.StepJobs) > 1 {
		s.Graph.appendSteps(&from.Graph, low, high)
	}
	s.Offsets = started(s.Offsets)
	s.Offsets = append(s.Offsets, s.Offsets[len(s.Offsets)-1]+high-low)
}

// Append copies the actions of from's steps, from low up to, not including,
// high. What from does not have stays out.
func (a *Actions) Append(from *Actions, low, high int32) {
	if len(from.Choice) > 0 {
		a.Choice = append(a.Choice, from.Choice[low:high]...)
	}
	if len(from.Executors) > 0 {
		a.Executors = append(a.Executors, from.Executors[low:high]...)
	}
	if len(from.Value) > 0 {
		a.Value = append(a.Value, from.Value[low:high]...)
	}
}

// appendTimes appends the times of steps, also where they are counted from the
// beginnings of sequences.
func (s *Steps) appendTimes(to []int32, low, high int32) []int32 {
	if len(s.Times) > 0 {
		return append(to, s.Times[low:high]...)
	}
	for step := low; step < high; step++ {
		sequence := sort.Search(len(s.Offsets), func(q int) bool { return s.Offsets[q] > step }) - 1
		to = append(to, step-s.Offsets[sequence])
	}
	return to
}

// appendSteps copies the graphs of steps.
func (g *Graph) appendSteps(from *Graph, low, high int32) {
	steps, jobs := len(from.StepJobs)-1, len(from.JobOffsets)-1
	nodes := int(from.JobOffsets[jobs])
	g.StepJobs, g.JobOffsets, g.StageOffsets = started(g.StepJobs), started(g.JobOffsets), started(g.StageOffsets)
	// What is copied: nodes of jobs of steps.
	firstJob, lastJob := from.StepJobs[low], from.StepJobs[high]
	firstNode, lastNode := from.JobOffsets[firstJob], from.JobOffsets[lastJob]
	shift := g.JobOffsets[len(g.JobOffsets)-1] - firstNode
	g.Global = appendRows(g.Global, from.Global, steps, low, high)
	g.Jobs = appendRows(g.Jobs, from.Jobs, jobs, firstJob, lastJob)
	g.Nodes = appendRows(g.Nodes, from.Nodes, nodes, firstNode, lastNode)
	g.Limits = append(g.Limits, from.Limits[firstJob:lastJob]...)
	firstEdge := sort.Search(len(from.Parents), func(e int) bool { return from.Parents[e] >= firstNode })
	lastEdge := sort.Search(len(from.Parents), func(e int) bool { return from.Parents[e] >= lastNode })
	g.Parents = appendShifted(g.Parents, from.Parents[firstEdge:lastEdge], shift)
	g.Children = appendShifted(g.Children, from.Children[firstEdge:lastEdge], shift)
	firstStage, lastStage := from.StageOffsets[low], from.StageOffsets[high]
	g.StageOffsets = appendShifted(g.StageOffsets, from.StageOffsets[low+1:high+1], int32(len(g.Stages))-firstStage)
	g.Stages = appendShifted(g.Stages, from.Stages[firstStage:lastStage], shift)
	g.StepJobs = appendShifted(g.StepJobs, from.StepJobs[low+1:high+1], int32(len(g.JobOffsets))-1-firstJob)
	g.JobOffsets = appendShifted(g.JobOffsets, from.JobOffsets[firstJob+1:lastJob+1], shift)
}

// started are offsets with a 0 at their beginning.
func started(offsets []int32) []int32 {
	if len(offsets) == 0 {
		return append(offsets, 0)
	}
	return offsets
}

// appendRows appends rows of a matrix that has so many.
func appendRows(to, from []float32, rows int, low, high int32) []float32 {
	if len(from) == 0 {
		return to
	}
	width := len(from) / rows
	return append(to, from[int(low)*width:int(high)*width]...)
}

// appendShifted appends indices, each by so much higher.
func appendShifted(to, from []int32, shift int32) []int32 {
	to = slices.Grow(to, len(from))
	for _, i := range from {
		to = append(to, i+shift)
	}
	return to
}
