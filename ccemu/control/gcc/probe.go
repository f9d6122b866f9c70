package gcc

import (
	"math"
	"time"
)

// Constants of libwebrtc's ProbeController.
const (
	// firstProbe and secondProbe are the rates of the first probes, relative
	// to that at the start. After a result above probeFurther of the last of
	// them, another goes to furtherProbe times the result, and so on.
	firstProbe, secondProbe = 3.0, 6.0
	probeFurther            = 0.7
	furtherProbe            = 2.0
	// probeWait is for how long a result is waited for.
	probeWait = time.Second
	// After a fall to below largeDrop of the rate within dropMemory, dropProbe
	// of the rate before is probed.
	largeDrop  = 0.66
	dropMemory = 5 * time.Second
	dropProbe  = 0.85
	// probeError is the uncertainty of a result: what is not more than the
	// estimate by that is not worth a probe.
	probeError = 0.05
	// While the application limits the rate, limitedProbe times the estimate
	// is probed every limitedInterval.
	limitedProbe    = 2.0
	limitedInterval = 5 * time.Second
	// mostProbed bounds probes, relative to what the application requests.
	mostProbed = 2.0
)

const (
	// Below the requested rate, growProbe times the estimate is probed every
	// growInterval, and half as often after a failure. (Without, GCC takes 9 s
	// to find out that the capacity has doubled.)
	growProbe    = 3.0
	growInterval = 1500 * time.Millisecond
)

// prober decides when to probe, and at what rate.
type prober struct {
	queue    []float64     // of rates, bits per second
	busy     time.Duration // until when the last probe is being sent
	asked    time.Duration // when probes were last asked for
	begun    bool
	waiting  bool    // for a result above enough, which asks for another probe
	enough   float64 // bits per second
	interval time.Duration

	request  float64
	estimate float64
	before   float64 // the last large drop of the estimate
	dropped  time.Duration
	repeated time.Duration // when a probe last followed such a drop
	repeats  bool
}

func (p *prober) reset() { *p = prober{queue: p.queue[:0], interval: growInterval} }

// ask queues probes, where anything is requested at all. A good result of the
// last may ask for further ones.
func (p *prober) ask(now time.Duration, further bool, rates ...float64) {
	p.queue, p.waiting = p.queue[:0], false
	if !(p.request > 0) {
		return
	}
	p.asked, p.enough = now, math.Inf(1)
	for _, bps := range rates {
		if most := mostProbed * p.request; bps >= most {
			p.queue = append(p.queue, most)
			return
		}
		p.queue = append(p.queue, bps)
	}
	if p.waiting = further; further {
		p.enough = probeFurther * rates[len(rates)-1]
	}
}

func (p *prober) awaits(now time.Duration) bool { return p.waiting && now-p.asked <= probeWait }

// cancel forgets the probes that have not been sent, and waits longer for the
// next.
func (p *prober) cancel() {
	p.queue, p.waiting = p.queue[:0], false
	p.interval = 2 * growInterval
}

// follow takes a new estimate of the bandwidth.
func (p *prober) follow(bps float64, now time.Duration) {
	if p.awaits(now) && bps > p.enough {
		p.ask(now, true, furtherProbe*bps)
	}
	if bps < largeDrop*p.estimate {
		p.before, p.dropped = p.estimate, now
	}
	p.estimate = bps
}

// recover probes whether a large drop of the estimate is over, once the queue
// has drained.
func (p *prober) recover(now time.Duration) {
	bps := dropProbe * p.before
	switch {
	case p.awaits(now), (1-probeError)*bps <= p.estimate, now-p.dropped >= dropMemory:
	case p.repeats && now-p.repeated <= dropMemory:
	default:
		p.repeated, p.repeats = now, true
		p.ask(now, false, bps)
	}
}

// situation is what a prober has to know for its decision.
type situation struct {
	start, request float64 // bits per second
	// limited says that the application limits the rate, since.
	limited bool
	since   time.Duration
	// clear says that no queue stands.
	clear bool
}

// next returns the rate of the probe to send now, or 0.
func (p *prober) next(now time.Duration, s situation) float64 {
	more := s.request > p.request
	p.request = s.request
	switch {
	case !p.begun:
		p.begun = true
		p.ask(now, true, firstProbe*s.start, secondProbe*s.start)
	case p.awaits(now):
	case more && p.estimate < s.request:
		p.ask(now, false, s.request, 2*s.request)
	case s.limited:
		if now-max(s.since, p.asked) >= limitedInterval && (1+probeError)*p.estimate < mostProbed*s.request {
			p.ask(now, true, limitedProbe*p.estimate)
		}
	case s.clear && now-p.asked >= p.interval:
		p.ask(now, true, growProbe*p.estimate)
	}
	if len(p.queue) == 0 || now < p.busy {
		return 0
	}
	bps := p.queue[0]
	p.queue = append(p.queue[:0], p.queue[1:]...)
	length := max(clusterTime.Seconds(), clusterPackets*packetBits/bps)
	p.busy = now + time.Duration(length*float64(time.Second))
	return bps
}
