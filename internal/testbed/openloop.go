package testbed

import (
	"math"
	"slices"
	"time"

	"trailblazer/ccemu/link"
)

// openLoopShare is how long a repeat of the open loop is, compared with one of
// the closed loop. Its result hardly varies.
const openLoopShare = 4

// open is the plan of the open loop.
func (p *Plan) open() *Plan {
	o := *p
	o.Duration = max(p.Duration/openLoopShare, minSegment*time.Duration(len(p.CapacityKbps)))
	return &o
}

// openLoop is what became of the shots of a repeat: when each left, and when it
// arrived in reality and in the emulator, never for those that were dropped.
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

// passed counts the packets that did not arrive, and the rate in kbps of those
// that did.
func (o *openLoop) passed(arrived []time.Duration) (dropped, kbps float64) {
	took := o.left[len(o.left)-1].Seconds()
	for i, at := range arrived {
		if at == never {
			dropped++
		} else {
			kbps += float64(o.shots[i].bytes) * 8e-3 / took
		}
	}
	return dropped, kbps
}

// compareOpenLoops makes the checks of the open loop, with the tolerances of
// V1.
func compareOpenLoops(loops []*openLoop) []Check {
	var errors, dropped, kbps []float64
	var simulatedDropped, simulatedKbps [][]float64
	for _, o := range loops {
		for i, real := range o.real {
			if simulated := o.simulated[i]; real != never && simulated != never {
				errors = append(errors, math.Abs((real-simulated).Seconds()*1000))
			}
		}
		d, k := o.passed(o.real)
		dropped, kbps = append(dropped, d), append(kbps, k)
		d, k = o.passed(o.simulated)
		simulatedDropped, simulatedKbps = append(simulatedDropped, []float64{d}), append(simulatedKbps, []float64{k})
	}
	slices.Sort(errors)
	throughput := compare("throughput", "kbps", kbps, simulatedKbps, 0.2)
	throughput.relative()
	return []Check{
		bound("one-way delay, error of half of the packets", "ms", quantile(errors, 0.5), 1),
		bound("one-way delay, error of 95 % of the packets", "ms", quantile(errors, 0.95), 1),
		compare("packets dropped", "", dropped, simulatedDropped, 1),
		throughput,
	}
}

// quantile is that of sorted values; NaN of none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[int(q*float64(len(sorted)-1))]
}
