package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// stepProgress shows how many episodes are done, how many steps are played in a
// second, and how long the rest will take: a bar on a terminal, nothing
// elsewhere.
type stepProgress struct {
	bars  *mpb.Progress
	bar   *mpb.Bar
	began time.Time
	// before counts the episodes that were done at the start.
	before int
	says   atomic.Value // string
}

func newStepProgress(w io.Writer, quiet bool) *stepProgress {
	p := &stepProgress{bars: newBars(w, quiet), began: time.Now()}
	p.says.Store("")
	return p
}

// update shows done of total episodes, and the steps played so far.
func (p *stepProgress) update(done, total, steps int) {
	if p.bars == nil {
		return
	}
	if p.bar == nil {
		p.before = done - 1
		p.bar = p.bars.AddBar(int64(total),
			mpb.PrependDecorators(decor.CountersNoUnit("%d/%d episodes")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.says.Load().(string) })),
		)
	}
	took := time.Since(p.began)
	left := took / time.Duration(done-p.before) * time.Duration(total-done)
	p.says.Store(fmt.Sprintf("%.0f steps/s, %v left", float64(steps)/took.Seconds(), left.Round(time.Second)))
	p.bar.SetCurrent(int64(done))
}

// close leaves the bar as it is.
func (p *stepProgress) close(complete bool) { leaveBars(p.bars, p.bar, complete) }
