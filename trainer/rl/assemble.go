package rl

import (
	"slices"

	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// assemble puts together what the lanes have collected.
func (c *Collector) assemble() *Experience {
	e := new(Experience)
	feature.Start(&e.Steps)
	feature.Start(&e.After)
	c.reserve(e)
	for i := range c.lanes {
		l := &c.lanes[i]
		log := &c.logs[i/c.actor.size]
		from := 0
		after := l.after
		for _, p := range l.pieces {
			for _, at := range l.shown[from:p.end] {
				appendStep(&e.Steps, &log.steps[at.step], at.place)
			}
			e.Offsets = append(e.Offsets, int32(len(e.Times)))
			from = p.end
			e.Environment, e.Number = append(e.Environment, int32(i)), append(e.Number, p.number)
			e.Terminated, e.Ended = append(e.Terminated, p.terminated), append(e.Ended, p.ended)
			if !p.terminated {
				e.After.AppendSequence(&log.after, int32(after[0]), int32(after[0])+1)
				after = after[1:]
			}
		}
		l.record.appendTo(e, c.options.Beta == 0)
	}
	if std := c.actor.deviation(); c.actor.config().Head.Kind == model.HeadValue && std == 0 {
		e.LogProbability = nil // Nothing was drawn.
	}
	return e
}

// reserve makes room for all steps, so that nothing is copied twice.
func (c *Collector) reserve(e *Experience) {
	steps := 0
	for i := range c.lanes {
		steps += len(c.lanes[i].shown)
	}
	task := c.actor.config()
	if task.Encoder.Kind == model.EncoderVector {
		e.Vector = make([]float32, 0, steps*task.Encoder.Features)
	} else {
		c.reserveGraph(&e.Graph)
	}
	e.Times = make([]int32, 0, steps)
	e.Reward = make([]float32, 0, steps)
	e.LogProbability = make([]float32, 0, steps)
	e.Privileged = slices.Grow(e.Privileged, steps*c.privileged.count)
}

// reserveGraph makes room for what all logs have.
func (c *Collector) reserveGraph(g *model.Graph) {
	var nodes, jobs, edges, stages int
	for i := range c.logs {
		for k := range c.logs[i].steps[:c.logs[i].used] {
			f := &c.logs[i].steps[k].Graph
			nodes, jobs = nodes+len(f.Nodes), jobs+len(f.Jobs)
			edges, stages = edges+len(f.Parents), stages+len(f.Stages)
		}
	}
	g.Nodes, g.Jobs = slices.Grow(g.Nodes, nodes), slices.Grow(g.Jobs, jobs)
	g.Parents, g.Children = slices.Grow(g.Parents, edges), slices.Grow(g.Children, edges)
	g.Stages = slices.Grow(g.Stages, stages)
}

// appendTo appends what does not lie in the log.
func (r *record) appendTo(e *Experience, likely bool) {
	e.Actions.Append(&r.actions, 0, int32(len(r.reward)))
	if likely {
		e.LogProbability = append(e.LogProbability, r.logp...)
	} else {
		e.LogProbability = nil
	}
	e.Reward = append(e.Reward, r.reward...)
	e.Privileged, e.AfterPrivileged = append(e.Privileged, r.privileged...), append(e.AfterPrivileged, r.afterPrivileged...)
	e.Clock = append(e.Clock, r.clock...)
	e.Targets.Actions.Append(&r.targets.Actions, 0, int32(len(r.targets.Weight)))
	e.Targets.Advantage = append(e.Targets.Advantage, r.targets.Advantage...)
	e.Targets.Weight = append(e.Targets.Weight, r.targets.Weight...)
	e.Episodes = append(e.Episodes, r.results...)
}

// appendStep appends one step of some to a sequence whose end is not set yet.
func appendStep(to, from *model.Steps, at int) {
	to.AppendSequence(from, int32(at), int32(at)+1)
	to.Offsets = to.Offsets[:len(to.Offsets)-1]
}
