package control

import (
	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

const (
	// aimdDecrease multiplies the window of loss-aimd after a round trip in
	// which more than aimdLoss of the packets were lost.
	aimdDecrease = 0.7
	aimdLoss     = 0.02
	// aimdLeast is its least window in packets.
	aimdLeast = 2
)

// lossAIMD adds a packet to its window in a round trip, and takes 30 % off it
// when more than 2 % are lost, as TCP Reno does more or less. Delay is nothing
// to it.
type lossAIMD struct {
	loop       measure.Loop
	window     float64 // in packets; 0 before the first report
	told, lost int     // packets of the round
	// decreased is the number of the first packet that was sent after the last
	// decrease.
	decreased int64
}

func newLossAIMD() *lossAIMD { return &lossAIMD{loop: measure.NewLoop()} }

func (c *lossAIMD) Reset() {
	c.loop.Reset()
	*c = lossAIMD{loop: c.loop}
}

func (c *lossAIMD) OnSent(p *feedback.Sent) { c.loop.OnSent(p) }

// OnReport counts what became of the packets that were sent since the last
// decrease: losses of the others have had theirs.
func (c *lossAIMD) OnReport(r *feedback.Report) {
	for i := range r.Results {
		p := &r.Results[i]
		news := c.loop.OnResult(r, p)
		if p.Sequence < c.decreased {
			continue
		}
		switch news {
		case measure.Lost:
			c.told++
			c.lost++
		case measure.Received:
			c.told++
		case measure.Late:
			c.lost = max(c.lost-1, 0)
		}
	}
	c.loop.OnReport(r)
}

func (c *lossAIMD) Decide(s *feedback.Sender) feedback.Decision {
	if !c.loop.OnDecide(s.Now) {
		return feedback.Decision{TargetBps: measure.Bound(s.TargetBps)}
	}
	if c.window == 0 {
		c.window = max(c.loop.Window(measure.Bound(s.TargetBps), c.loop.RTT.Smoothed), aimdLeast)
	}
	flight := &c.loop.Flight
	if _, over := c.loop.Rounds.Decide(s.Now, flight.Told(), flight.Next()); over && c.told > 0 {
		switch {
		case float64(c.lost) > aimdLoss*float64(c.told):
			c.window = max(aimdDecrease*c.window, aimdLeast)
			c.decreased = flight.Next()
		case s.RequestBps >= s.TargetBps:
			c.window++
		}
		c.told, c.lost = 0, 0
	}
	return feedback.Decision{TargetBps: measure.Bound(c.loop.Bps(c.window))}
}
