package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress shows how far a rollout is: a bar for each policy on a terminal,
// nothing elsewhere.
type progress struct {
	bars   *mpb.Progress
	bar    *mpb.Bar
	policy string
}

func newProgress(w io.Writer, quiet bool) *progress {
	return &progress{bars: newBars(w, quiet)}
}

// newBars draws bars on a terminal; elsewhere there are none.
func newBars(w io.Writer, quiet bool) *mpb.Progress {
	file, ok := w.(*os.File)
	if !ok || quiet || !isTerminal(file) {
		return nil
	}
	return mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(100*time.Millisecond))
}

// leaveBars leaves them as they are; bar is the one that is being drawn, if
// there is one.
func leaveBars(bars *mpb.Progress, bar *mpb.Bar, complete bool) {
	if bars == nil {
		return
	}
	if !complete && bar != nil {
		bar.Abort(false)
	}
	bars.Wait()
}

// isTerminal tells a terminal from a file or pipe.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) update(policy string, done, total int) {
	if p.bars == nil {
		return
	}
	if policy != p.policy {
		p.policy = policy
		p.bar = p.bars.AddBar(int64(total),
			mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-18s", policy)), decor.CountersNoUnit("%d/%d", decor.WCSyncSpace)),
			mpb.AppendDecorators(decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WCSyncSpace), "done")),
		)
	}
	p.bar.SetCurrent(int64(done))
}

// close leaves the bars as they are.
func (p *progress) close(complete bool) { leaveBars(p.bars, p.bar, complete) }
