package testbed

import (
	"fmt"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/setting"
)

// Plan says what is played. Fields that are zero stand for the defaults in
// brackets, but for those of the path, whose defaults are zero.
type Plan struct {
	// Controller makes one for each flow.
	Controller func() (feedback.Controller, error)
	// CapacityKbps of the bottleneck, each for an equal part of Duration [1000,
	// 2500, 600 and 1000 of 80 s, after RFC 8867, section 5.1].
	CapacityKbps []float64
	Duration     time.Duration
	// Repeats of both loops [5].
	Repeats int
	// LimitBytes is that of the queue [37,500: 300 ms at 1 Mbps], and
	// BurstBytes the depth of the token bucket [1,600].
	LimitBytes, BurstBytes int
	// Delay is that of propagation, each way, and Loss the share of media
	// packets that are lost behind the bottleneck, in the closed loop.
	Delay time.Duration
	Loss  float64
	// Seed draws the packets of the open loop, and media and losses of the
	// closed one.
	Seed uint64
}

// The defaults, and the bounds of what makes sense.
const (
	DefaultDuration = 80 * time.Second
	DefaultRepeats  = 5
	defaultLimit    = 37_500
	defaultBurst    = 1_600
	minSegment      = time.Second
	maxDuration     = time.Hour
	maxRepeats      = 1000
	maxDelay        = 2 * time.Second
	maxLoss         = 0.5
)

// withDefaults fills in what is not set.
func (p Plan) withDefaults() Plan {
	if len(p.CapacityKbps) == 0 {
		p.CapacityKbps = []float64{1000, 2500, 600, 1000}
	}
	if p.Duration == 0 {
		p.Duration = DefaultDuration
	}
	if p.Repeats == 0 {
		p.Repeats = DefaultRepeats
	}
	if p.LimitBytes == 0 {
		p.LimitBytes = defaultLimit
	}
	if p.BurstBytes == 0 {
		p.BurstBytes = defaultBurst
	}
	return p
}

// validate reports the first thing that is wrong with a plan that has its
// defaults, as a *setting.Error.
func (p *Plan) validate() error {
	least := minSegment * time.Duration(len(p.CapacityKbps))
	switch {
	case !(p.Duration >= least && p.Duration <= maxDuration):
		return setting.Refuse("duration", p.Duration, "is out of range", fmt.Sprintf("give %v to %v", least, maxDuration))
	case p.Delay < 0 || p.Delay > maxDelay:
		return setting.Refuse("delay", p.Delay, "is out of range", fmt.Sprintf("give 0 to %v", maxDelay))
	case !(p.Loss >= 0 && p.Loss <= maxLoss):
		return setting.Refuse("loss", p.Loss, "is out of range", fmt.Sprintf("give 0 to %v", maxLoss))
	case p.Repeats < 1 || p.Repeats > maxRepeats:
		return setting.Refuse("repeats", p.Repeats, "are out of range", fmt.Sprintf("give 1 to %d", maxRepeats))
	}
	for i, kbps := range p.CapacityKbps {
		if !(kbps >= 8 && kbps <= 100_000) {
			return setting.Refuse(fmt.Sprintf("capacity_kbps[%d]", i), kbps, "is out of range", "give 8 to 100000")
		}
	}
	s := p.session()
	return s.Validate()
}

// segmentAt is when segment i begins; the one behind the last is the end.
func (p *Plan) segmentAt(i int) time.Duration {
	return p.Duration * time.Duration(i) / time.Duration(len(p.CapacityKbps))
}

// bottleneck is what the emulator plays in the kernel's stead.
func (p *Plan) bottleneck() link.Bottleneck {
	rate := schedule.Series{Values: p.CapacityKbps}
	for i := range p.CapacityKbps {
		rate.AtMs = append(rate.AtMs, p.segmentAt(i).Seconds()*1000)
	}
	return link.Bottleneck{
		Kind: link.TokenBucket, RateKbps: rate, BurstBytes: p.BurstBytes,
		Queue: link.Queue{LimitBytes: p.LimitBytes},
	}
}

// session is the closed loop as the emulator plays it.
func (p *Plan) session() ccemu.Session {
	delay := schedule.Constant(p.Delay.Seconds() * 1000)
	return ccemu.Session{
		DurationMs: p.Duration.Seconds() * 1000,
		Forward:    link.Path{Bottleneck: p.bottleneck(), Loss: link.Loss{Share: schedule.Constant(p.Loss)}, DelayMs: delay},
		Reverse:    link.Path{DelayMs: delay},
	}.WithDefaults()
}
