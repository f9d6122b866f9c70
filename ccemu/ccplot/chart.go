package ccplot

import (
	"fmt"
	"io"
	"math"
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
	Flows []Flow
	// EndMs is when the episode ended.
	EndMs float64
}

// Flow is what happened to one flow.
type Flow struct {
	// Rates in kbps: the bandwidth that there was for the flow, what the
	// application wanted to send, the rate in force, and what arrived.
	Available, Request, Target, Received Curve
	// QueueDelay is the time that packets spent in the bottleneck, ms.
	QueueDelay Curve
	// Loss is the share of the packets that were lost.
	Loss Curve
	// Stalls are when the video stood still, in their order.
	Stalls []Span
}

// Curve goes in steps: each point's value lasts until the next point, and the
// last one's until the end of the episode. NaN says that there is none.
type Curve []Point

// Point is where a curve takes a value.
type Point struct{ Ms, Value float64 }

// Span is some time.
type Span struct{ FromMs, ToMs float64 }

// maxPanels keeps pictures of a size that viewers open.
const maxPanels = 64

// Write draws the chart.
func (c *Chart) Write(w io.Writer) error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("ccplot: %w", err)
	}
	if err := c.draw(w); err != nil {
		return fmt.Errorf("ccplot: %w", err)
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
	if !(p.EndMs >= 0) || math.IsInf(p.EndMs, 1) {
		return fmt.Errorf("end_ms %v is no time: give a finite one from 0", p.EndMs)
	}
	if len(p.Flows) == 0 {
		return fmt.Errorf("there are no flows: give at least one")
	}
	for i := range p.Flows {
		if err := p.Flows[i].validate(p.EndMs); err != nil {
			return fmt.Errorf("flows[%d].%w", i, err)
		}
	}
	return nil
}

func (f *Flow) validate(endMs float64) error {
	for _, one := range []struct {
		name  string
		curve Curve
		most  float64
	}{
		{"available", f.Available, math.MaxFloat64}, {"request", f.Request, math.MaxFloat64},
		{"target", f.Target, math.MaxFloat64}, {"received", f.Received, math.MaxFloat64},
		{"queue_delay", f.QueueDelay, math.MaxFloat64}, {"loss", f.Loss, 1},
	} {
		last := 0.0
		for i, p := range one.curve {
			if !(p.Ms >= last) || p.Ms > endMs {
				return fmt.Errorf("%s[%d] is at %v ms: give times that ascend from 0 to the end at %v", one.name, i, p.Ms, endMs)
			}
			if p.Value < 0 || p.Value > one.most {
				return fmt.Errorf("%s[%d] is %v: give a number from 0 to %.3g, or NaN for none", one.name, i, p.Value, one.most)
			}
			last = p.Ms
		}
	}
	last := 0.0
	for i, s := range f.Stalls {
		if !(s.FromMs >= last && s.ToMs >= s.FromMs && s.ToMs <= endMs) {
			return fmt.Errorf("stalls[%d] is from %v to %v ms: give times in this order, after the stall before and up to the end at %v", i, s.FromMs, s.ToMs, endMs)
		}
		last = s.ToMs
	}
	return nil
}
