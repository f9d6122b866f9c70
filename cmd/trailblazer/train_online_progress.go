package main

import (
	"fmt"
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"trailblazer/trainer/online"
)

// onlineProgress shows how a run of its own experience goes, as trainProgress does.
type onlineProgress struct {
	trainProgress
	// stage is the one that was announced last.
	stage string
}

func newOnlineProgress(w io.Writer, quiet bool) *onlineProgress {
	return &onlineProgress{trainProgress: *newTrainProgress(w, quiet)}
}

// begin says what is trained.
func (p *onlineProgress) begin(t *online.Trainer, c *online.Config) {
	if p.w == nil {
		return
	}
	r := t.Run
	verb := "training"
	switch {
	case r.Status.Over():
		verb = fmt.Sprintf("%s already, at iteration %d:", r.Status, r.Step)
	case r.Step > 0:
		verb = fmt.Sprintf("going on from iteration %d:", r.Step)
	}
	fmt.Fprintf(p.w, "%s %s; %d parameters, %d of them learned; %s\n", verb, c, r.Parameters, r.Learned, r.Backend)
	if t.Before != "" {
		fmt.Fprintf(p.w, "until now it was trained with %s: what follows has other last bits than there\n", t.Before)
	}
	for _, e := range r.Environments {
		where, labels := "here", "nobody labels"
		if e.Server != "" {
			where = "on " + e.Server
		}
		if e.Expert != "" {
			labels = e.Expert + " labels"
		}
		fmt.Fprintf(p.w, "%s: %s, %s\n", e.Scenario, where, labels)
	}
	if t.Taken != nil {
		fmt.Fprintf(p.w, "%d arrays of weights from %s, %d new ones, %d left out\n", len(t.Taken.Params), r.Init.Run, len(t.Taken.New), len(t.Taken.Left))
	}
}

func (p *onlineProgress) update(now online.Progress) {
	if p.w == nil {
		return
	}
	if now.Stage != p.stage {
		p.stage = now.Stage
		p.say(fmt.Sprintf("stage %s, from iteration %d of %d on", now.Stage, max(now.Step, 1), now.Steps))
	}
	says := fmt.Sprintf("%d steps played, %.0f steps/s", now.EnvironmentSteps, now.StepsPerSecond)
	if now.Return != nil {
		says += fmt.Sprintf(", return %.4g", *now.Return)
	}
	if now.New {
		line := validationLine("iteration", now.Validated)
		if len(now.Validated.Tasks) > 0 {
			line += ";"
		}
		p.say(line + " " + says)
	}
	if p.bars == nil {
		return
	}
	if p.bar == nil {
		p.bar = p.bars.AddBar(int64(now.Steps),
			mpb.PrependDecorators(decor.CountersNoUnit("%d/%d iterations")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.says.Load().(string) })),
		)
	}
	if now.Best != nil && now.Best.Score != nil {
		says += fmt.Sprintf(", best score %.2f", *now.Best.Score)
	}
	p.says.Store(fmt.Sprintf("%s: %s, %v left", now.Stage, says, now.Left.Round(time.Second)))
	p.bar.SetCurrent(int64(now.Step))
}
