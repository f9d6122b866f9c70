package main

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/train"
)

// trainProgress shows how a training goes: a bar on a terminal, and a line for
// each validation everywhere.
type trainProgress struct {
	w    io.Writer // nil where nothing is to be shown
	bars *mpb.Progress
	bar  *mpb.Bar
	says atomic.Value // string
}

func newTrainProgress(w io.Writer, quiet bool) *trainProgress {
	p := &trainProgress{bars: newBars(w, quiet)}
	if !quiet {
		p.w = w
	}
	p.says.Store("")
	return p
}

// measureProgress shows what is measured before the training begins: a line for
// each, and a bar on a terminal.
type measureProgress struct {
	w    io.Writer // nil where nothing is to be shown
	bars *mpb.Progress
	bar  *mpb.Bar
}

func newMeasureProgress(w io.Writer, quiet bool) *measureProgress {
	p := &measureProgress{bars: newBars(w, quiet)}
	if !quiet {
		p.w = w
	}
	return p
}

// begin is a measuring, whose progress is counted in a unit.
func (p *measureProgress) begin(what, unit string) func(done, total int) {
	if p.bars == nil {
		if p.w != nil {
			fmt.Fprintln(p.w, what)
		}
		return func(int, int) {}
	}
	p.bar = nil
	return func(done, total int) {
		if p.bar == nil {
			p.bar = p.bars.AddBar(int64(total), mpb.PrependDecorators(decor.Name(what+" "), decor.CountersNoUnit("%d/%d "+unit)))
		}
		p.bar.SetCurrent(int64(done))
	}
}

// close leaves the bars as they are.
func (p *measureProgress) close(complete bool) { leaveBars(p.bars, p.bar, complete) }

// begin says what is trained.
func (p *trainProgress) begin(t *train.Trainer, s *train.Setup) {
	if p.w == nil {
		return
	}
	c := s.Config
	p.whatRun(t.Run, "step", fmt.Sprintf("%s with", c), t.Before)
	for i := range c.Tasks {
		for _, line := range s.Objective(i) {
			fmt.Fprintln(p.w, line)
		}
	}
	held := make([]int, len(c.Tasks))
	for _, u := range t.Used() {
		held[u.Task] += u.HeldOut
		fmt.Fprintf(p.w, "%s: %s from %s to learn, %s held out\n", c.Tasks[u.Task].Name, counted(u.LearnedSteps, "step"), u.Data, counted(u.HeldOut, "episode"))
	}
	for i, n := range held {
		if n == 0 {
			name := c.Tasks[i].Name
			fmt.Fprintf(p.w, "%s: nothing is held out, so there is no held-out loss: give more episodes, a larger tasks.%s.data.held_out than %v, or tasks.%s.data.held_out_by=seed\n",
				name, name, c.Tasks[i].Data.HeldOut, name)
		}
	}
	p.whatTaken(t.Run, t.Taken)
}

// whatRun says which run begins or goes on, of what, and by which backend; before is
// the one until now, if that was another.
func (p *trainProgress) whatRun(r *checkpoint.Run, unit, what, before string) {
	verb := "training"
	switch {
	case r.Status.Over():
		verb = fmt.Sprintf("%s already, at %s %d:", r.Status, unit, r.Step)
	case r.Step > 0:
		verb = fmt.Sprintf("going on from %s %d:", unit, r.Step)
	}
	fmt.Fprintf(p.w, "%s %s %d parameters, %d of them learned; %s\n", verb, what, r.Parameters, r.Learned, r.Backend)
	if before != "" {
		fmt.Fprintf(p.w, "until now it was trained with %s: what follows has other last bits than there\n", before)
	}
}

// whatTaken says what a run begins with of another's weights; nil for nothing.
func (p *trainProgress) whatTaken(r *checkpoint.Run, taken *checkpoint.Taken) {
	if taken != nil {
		fmt.Fprintf(p.w, "%d arrays of weights from %s, %d new ones, %d left out\n", len(taken.Params), r.Init.Run, len(taken.New), len(taken.Left))
	}
}

// whatCounts says how many of the episodes of validation count, where some don't.
func (p *trainProgress) whatCounts(play train.Evaluator) {
	e, ok := play.(*evaluator)
	if !ok || p.w == nil {
		return
	}
	for _, a := range e.arenas {
		if n := a.episodes(len(a.counts)); n < len(a.counts) {
			fmt.Fprintf(p.w, "%s: %d of %d episodes count: in the others even %s reaches less than %g\n",
				a.scenario.Name, n, len(a.counts), a.best, *a.scenario.LeastCeiling)
		}
	}
}

func (p *trainProgress) update(now train.Progress) {
	if p.w == nil {
		return
	}
	if now.New {
		p.say(validationLine("step", now.Validated))
	}
	p.draw(&now.Standing, "steps", fmt.Sprintf("loss %.4f%s, %.0f steps of data/s", now.Loss, bestScore(now.Best), now.StepsPerSecond))
}

// draw draws the bar, which counts in a unit, with what it says and the time that is
// left.
func (p *trainProgress) draw(now *train.Standing, unit, says string) {
	if p.bars == nil {
		return
	}
	if p.bar == nil {
		p.bar = p.bars.AddBar(int64(now.Steps),
			mpb.PrependDecorators(decor.CountersNoUnit("%d/%d "+unit)),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.says.Load().(string) })),
		)
	}
	p.says.Store(fmt.Sprintf("%s, %v left", says, now.Left.Round(time.Second)))
	p.bar.SetCurrent(int64(now.Step))
}

// bestScore says what the best model's is, if any has one.
func bestScore(best *checkpoint.Best) string {
	if best == nil || best.Score == nil {
		return ""
	}
	return fmt.Sprintf(", best score %.2f", *best.Score)
}

// say writes a line, above the bar where there is one.
func (p *trainProgress) say(line string) {
	if p.bars != nil {
		fmt.Fprintln(p.bars, line)
		return
	}
	fmt.Fprintln(p.w, line)
}

// validationLine is what a validation has brought; unit is what it counts steps in.
// Where nothing was measured, the last model is the one that is kept.
func validationLine(unit string, v *checkpoint.Point) string {
	line := fmt.Sprintf("%s %d:", unit, v.Step)
	if len(v.Tasks) == 0 {
		return line
	}
	for _, t := range v.Tasks {
		var says []string
		if t.Batches > 0 {
			says = append(says, fmt.Sprintf("held-out loss %.4f", t.Loss))
		}
		for _, s := range t.Scenarios {
			says = append(says, fmt.Sprintf("%s %s %.4f", s.Scenario, s.Metric, s.Value))
		}
		line += " " + t.Task + " " + strings.Join(says, ", ") + ";"
	}
	if v.Score != nil {
		line += fmt.Sprintf(" score %.2f", *v.Score)
	}
	if v.Best {
		line += ", the best so far"
	}
	return line
}

// close leaves the bar as it is.
func (p *trainProgress) close(complete bool) { leaveBars(p.bars, p.bar, complete) }
