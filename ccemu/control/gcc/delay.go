package gcc

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// silence is after how long without arrivals the delays of before say nothing
// any more: libwebrtc's kStreamTimeOut.
const silence = 2 * time.Second

// filter makes the trend of the delay of the differences between groups.
type filter interface {
	// add takes the next group: how long after the one before it it left and
	// arrived, and when it arrived.
	add(sent, arrived, arrival time.Duration) float64
	reset()
}

// delays watches the one-way delay of the packets that arrive.
type delays struct {
	filter filter
	fresh  detector // what a new detector is

	groups   grouper
	detector detector
	last     time.Duration
	any      bool
}

func newDelays(f filter, d detector) delays {
	d.threshold.value = startThreshold
	return delays{filter: f, fresh: d, detector: d}
}

func (d *delays) reset() {
	d.filter.reset()
	d.groups, d.detector, d.any = grouper{}, d.fresh, false
}

// add takes the next packet in the order of arrival, from a report that came
// at now, and reports whether it completed a sample.
func (d *delays) add(p *feedback.Result, now time.Duration) bool {
	if d.any && now-d.last > silence {
		d.reset()
	}
	d.last, d.any = now, true
	sent, arrived, ok := d.groups.add(p)
	if !ok {
		return false
	}
	arrival := d.groups.previous.lastArrival
	d.detector.update(d.filter.add(sent, arrived, arrival), sent, arrival)
	return true
}
