package control

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

const (
	// aimdDecrease multiplies the rate of loss-aimd once a round trip in which
	// more than aimdLoss of the packets were lost.
	aimdDecrease = 0.7
	aimdLoss     = 0.02
)

// lossAIMD adds a packet in a round trip to the rate and takes 30 % off it
// when more than 2 % are lost, as TCP Reno does with its window. Delay is
// nothing to it.
type lossAIMD struct {
	flight    measure.Flight[struct{}]
	rounds    measure.Rounds
	bps       float64
	told      int
	lost      int
	decreased int64 // packets before this one were sent before the last decrease
}

func (c *lossAIMD) Reset() {
	c.flight.Reset()
	*c = lossAIMD{flight: c.flight}
}

func (c *lossAIMD) OnSent(p *feedback.Sent) { c.flight.OnSent(p, struct{}{}) }

// OnReport counts what became of the packets that were sent since the last
// decrease: losses of the others have had theirs.
func (c *lossAIMD) OnReport(r *feedback.Report) {
	for i := range r.Results {
		p := &r.Results[i]
		news, _ := c.flight.OnResult(p)
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
}

func (c *lossAIMD) Decide(s *feedback.Sender) feedback.Decision {
	if c.bps == 0 {
		c.bps = measure.Bound(s.TargetBps)
	}
	took, over := c.rounds.Decide(s.Now, c.flight.Told(), c.flight.Next())
	if over && c.told > 0 {
		switch {
		case float64(c.lost) > aimdLoss*float64(c.told):
			c.bps *= aimdDecrease
			c.decreased = c.flight.Next()
		case s.RequestBps >= c.bps:
			c.bps += 8 * measure.PacketBytes / max(took, time.Millisecond).Seconds()
		}
		c.told, c.lost = 0, 0
	}
	c.bps = measure.Bound(c.bps)
	return feedback.Decision{TargetBps: c.bps}
}
