package main

import (
	"fmt"
	"io"
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

// begin says what is trained.
func (p *trainProgress) begin(t *train.Trainer, c *train.Config) {
	if p.w == nil {
		return
	}
	r := t.Run
	verb := "training"
	if r.Step > 0 {
		verb = fmt.Sprintf("going on from step %d:", r.Step)
	}
	fmt.Fprintf(p.w, "%s %s with %d parameters, %d of them learned; %s\n", verb, c, r.Parameters, r.Learned, r.Backend)
	if t.Before != "" {
		fmt.Fprintf(p.w, "until now it was trained with %s: what follows has other last bits than there\n", t.Before)
	}
	for _, u := range t.Used() {
		fmt.Fprintf(p.w, "%s: %s from %s to learn, %s held out\n", c.Tasks[u.Task].Name, counted(u.LearnedSteps, "step"), u.Data, counted(u.HeldOut, "episode"))
	}
	if t.Taken != nil {
		fmt.Fprintf(p.w, "%d arrays of weights from %s, %d new ones, %d left out\n", len(t.Taken.Params), r.Init.Run, len(t.Taken.New), len(t.Taken.Left))
	}
}

func (p *trainProgress) update(now train.Progress) {
	if p.w == nil {
		return
	}
	if now.New {
		p.say(validationLine(now.Validated))
	}
	if p.bars == nil {
		return
	}
	if p.bar == nil {
		p.bar = p.bars.AddBar(int64(now.Steps),
			mpb.PrependDecorators(decor.CountersNoUnit("%d/%d steps")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.says.Load().(string) })),
		)
	}
	best := ""
	if now.Best != nil && now.Best.Score != nil {
		best = fmt.Sprintf(", best score %.2f", *now.Best.Score)
	}
	p.says.Store(fmt.Sprintf("loss %.4f%s, %.0f steps of data/s, %v left", now.Loss, best, now.StepsPerSecond, now.Left.Round(time.Second)))
	p.bar.SetCurrent(int64(now.Step))
}

// say writes a line, above the bar where there is one.
func (p *trainProgress) say(line string) {
	if p.bars != nil {
		fmt.Fprintln(p.bars, line)
		return
	}
	fmt.Fprintln(p.w, line)
}

// validationLine is what a validation has brought.
func validationLine(v *checkpoint.Point) string {
	line := fmt.Sprintf("step %d:", v.Step)
	for _, t := range v.Tasks {
		line += " " + t.Task
		if t.Batches > 0 {
			line += fmt.Sprintf(" held-out loss %.4f", t.Loss)
		}
		for _, s := range t.Scenarios {
			line += fmt.Sprintf(", %s %s %.4f", s.Scenario, s.Metric, s.Value)
		}
		line += ";"
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
