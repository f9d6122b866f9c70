package testbed

import (
	"math"
	"slices"
	"time"

	"trailblazer/ccemu/link"
)

// openLoop is what became of the shots: when each left, and when it arrived
// in reality and in the emulator, never for those that were dropped.
type openLoop struct {
	shots                 []shot
	left, real, simulated []time.Duration
}

// simulate sends shots through the emulator's bottleneck at the times at which
// they really left.
func (p *Plan) simulate(shots []shot, left []time.Duration) []time.Duration {
	arrived := newReplayReceiver(len(shots)).arrived
	var (
		l link.Link
		e link.Event
	)
	l.Start(&link.Path{Bottleneck: p.bottleneck()}, p.Duration, p.Seed)
	poll := func(now time.Duration) {
		for l.Poll(now, &e) {
			if e.Fate == link.Arrived {
				arrived[e.Tag] = e.At
			}
		}
	}
	for i, at := range left {
		poll(at)
		l.Send(at, link.Packet{Bytes: shots[i].bytes, Tag: int64(i)})
	}
	poll(never - 1)
	return arrived
}

// checks compares. Each tolerance is that of the check V1.
func (o *openLoop) checks() []Check {
	var (
		errors          []float64
		dropped, passed [2]float64
	)
	for i := range o.left {
		real, simulated := o.real[i], o.simulated[i]
		if real != never && simulated != never {
			errors = append(errors, math.Abs((real-simulated).Seconds()*1000))
		}
		for side, at := range [2]time.Duration{real, simulated} {
			if at == never {
				dropped[side]++
			} else {
				passed[side] += float64(o.shots[i].bytes) * 8e-3 / o.seconds()
			}
		}
	}
	slices.Sort(errors)
	return []Check{
		bound("one-way delay: error of half of the packets", "ms", quantile(errors, 0.5), 1),
		bound("one-way delay: error of 95 % of the packets", "ms", quantile(errors, 0.95), 1),
		compare("packets dropped", "", dropped[:1], dropped[1:], 1),
		compareRelative("throughput", "kbps", passed[:1], passed[1:], 0.2),
	}
}

// seconds is how long it took until all had left.
func (o *openLoop) seconds() float64 { return o.left[len(o.left)-1].Seconds() }

// quantile is that of sorted values; NaN of none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[int(q*float64(len(sorted)-1))]
}
