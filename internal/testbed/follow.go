package testbed

import (
	"math"
	"slices"
	"time"

	"trailblazer/ccemu/feedback"
)

// follower notes what a flow's sender sees and decides. It implements
// observer.
type follower struct {
	decisions []decision
	packets   []packet // by sequence number
}

type decision struct {
	at  time.Duration
	bps float64
}

// packet is one that was sent. It is known once a report has told of it.
type packet struct {
	at, arrival     time.Duration
	known, received bool
}

// OnSent implements feedback.Listener.
func (f *follower) OnSent(p *feedback.Sent) { f.packets = append(f.packets, packet{at: p.At}) }

// OnReport implements feedback.Listener.
func (f *follower) OnReport(r *feedback.Report) {
	for i := range r.Results {
		result := &r.Results[i]
		p := &f.packets[result.Sequence]
		p.known, p.received, p.arrival = true, result.Received, result.Arrival
	}
}

// OnDecision implements observer.
func (f *follower) OnDecision(at time.Duration, d feedback.Decision) {
	f.decisions = append(f.decisions, decision{at, d.TargetBps})
}

// trial is what one closed loop comes to: per segment the mean target in kbps,
// the median one-way delay in ms, and the share of packets lost in percent;
// and the reaction to the deepest fall of the capacity in ms.
type trial struct {
	target, delay, loss []float64
	reaction            float64
}

// measure sums up. The receiver's clock is ahead by an offset.
func (f *follower) measure(p *Plan, offset time.Duration) trial {
	var t trial
	for i := range p.CapacityKbps {
		from, to := p.segmentAt(i), p.segmentAt(i+1)
		var targets, delays []float64
		lost, known := 0.0, 0.0
		for _, d := range f.decisions {
			if d.at >= from && d.at < to {
				targets = append(targets, d.bps/1000)
			}
		}
		for _, p := range f.packets {
			if !p.known || p.at < from || p.at >= to {
				continue
			}
			known++
			if p.received {
				delays = append(delays, (p.arrival-offset-p.at).Seconds()*1000)
			} else {
				lost++
			}
		}
		slices.Sort(delays)
		t.target = append(t.target, newRange(targets).Mean)
		t.delay = append(t.delay, quantile(delays, 0.5))
		t.loss = append(t.loss, 100*lost/max(known, 1))
	}
	t.reaction = f.reaction(p).Seconds() * 1000
	return t
}

// deepestFall is the segment before which the capacity falls the most,
// relatively; 0 if it never does.
func (p *Plan) deepestFall() int {
	at, least := 0, 1.0
	for i := 1; i < len(p.CapacityKbps); i++ {
		if ratio := p.CapacityKbps[i] / p.CapacityKbps[i-1]; ratio < least {
			at, least = i, ratio
		}
	}
	return at
}

// reaction is how long it takes from that fall until the target is no more than
// the new capacity; the whole segment if that is not until its end.
func (f *follower) reaction(p *Plan) time.Duration {
	i := p.deepestFall()
	from, to := p.segmentAt(i), p.segmentAt(i+1)
	for _, d := range f.decisions {
		if d.at >= from && d.at < to && d.bps <= p.CapacityKbps[i]*1000 {
			return d.at - from
		}
	}
	return to - from
}

// offset is by how much the receiver's clock is ahead if the fastest packet
// took a time.
func (f *follower) offset(least time.Duration) time.Duration {
	fastest := time.Duration(math.MaxInt64)
	for _, p := range f.packets {
		if p.received {
			fastest = min(fastest, p.arrival-p.at)
		}
	}
	return fastest - least
}
