package gantt

import (
	"errors"
	"fmt"
	"io"
	"math"

	"trailblazer/sparksim"
)

// Chart is what one picture shows.
type Chart struct {
	Title  string
	Panels []Panel
}

// Panel is one episode.
type Panel struct {
	// Title names the policy; Notes say more about it.
	Title string
	Notes []string
	// Executors is the size of the cluster.
	Executors int
	// Jobs are numbered as in the runs.
	Jobs []Job
	// Runs are in any order.
	Runs []sparksim.Run
	// EndMs is when the episode ended.
	EndMs float64
}

// Job is one job of a panel.
type Job struct {
	// Label says what it is ("query 9, 100g"); it may be empty.
	Label string
	// ArrivedMs and CompletedMs are when it was in the cluster; +Inf says that
	// it did not arrive, or was not completed, before the end.
	ArrivedMs, CompletedMs float64
}

// maxPanels keeps pictures of a size that viewers open.
const maxPanels = 64

// Write draws the chart.
func (c *Chart) Write(w io.Writer) error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("gantt: %w", err)
	}
	if err := c.draw(w); err != nil {
		return fmt.Errorf("gantt: %w", err)
	}
	return nil
}

func (c *Chart) validate() error {
	if len(c.Panels) == 0 || len(c.Panels) > maxPanels {
		return fmt.Errorf("the chart has %d panels: give 1 to %d", len(c.Panels), maxPanels)
	}
	for i := range c.Panels {
		if err := c.Panels[i].validate(); err != nil {
			return fmt.Errorf("panels[%d]: %w", i, err)
		}
	}
	return nil
}

func (p *Panel) validate() error {
	if p.Executors < 1 || p.Executors > sparksim.MaxExecutors {
		return fmt.Errorf("executors %d is no size of a cluster: give 1 to %d", p.Executors, sparksim.MaxExecutors)
	}
	if !(p.EndMs >= 0) || math.IsInf(p.EndMs, 1) {
		return fmt.Errorf("end_ms %v is no time: give a finite one from 0", p.EndMs)
	}
	for i, j := range p.Jobs {
		if !(j.ArrivedMs >= 0 && j.CompletedMs >= j.ArrivedMs) {
			return fmt.Errorf("jobs[%d] arrives at %v and is complete at %v: give times from 0 in this order", i, j.ArrivedMs, j.CompletedMs)
		}
	}
	for i := range p.Runs {
		if err := p.validateRun(&p.Runs[i]); err != nil {
			return fmt.Errorf("runs[%d]: %w", i, err)
		}
	}
	return nil
}

func (p *Panel) validateRun(r *sparksim.Run) error {
	switch {
	case r.Executor < 0 || int(r.Executor) >= p.Executors:
		return fmt.Errorf("executor %d: give 0 to %d", r.Executor, p.Executors-1)
	case r.Job < 0 || int(r.Job) >= len(p.Jobs):
		return fmt.Errorf("job %d: give 0 to %d", r.Job, len(p.Jobs)-1)
	case !(r.StartMs >= 0 && r.EndMs >= r.StartMs && r.EndMs <= p.EndMs):
		return fmt.Errorf("from %v to %v ms: give times in this order, from 0 to the end at %v", r.StartMs, r.EndMs, p.EndMs)
	case r.Tasks < 0 || r.Stage < 0:
		return errors.New("a negative stage or number of tasks")
	}
	return nil
}
