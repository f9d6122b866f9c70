package nada

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/internal/draw"
)

// filterSpan is how far the minimum filter of delays reaches. RFC 8698, section
// 5.1.1, recommends 15 samples; a frame of many packets, sent faster than the
// path is, would pass those, so that here its other number for the filter
// counts, the bound DFILT.
const filterSpan = dfilt * time.Millisecond

// delays has the one-way delays of packets, above the least of the session.
type delays struct {
	known  bool
	base   time.Duration
	filter measure.Window[time.Duration, time.Duration] // least within DFILT
	peak   measure.Window[time.Duration, time.Duration] // greatest of those within LOGWIN
}

func newDelays() delays {
	return delays{filter: measure.Least[time.Duration, time.Duration](filterSpan), peak: measure.Greatest[time.Duration, time.Duration](logwin)}
}

func (d *delays) reset() {
	d.known, d.base = false, 0
	d.filter.Reset(filterSpan)
	d.peak.Reset(logwin)
}

// add takes the times of a packet, by two clocks.
func (d *delays) add(sent, arrival time.Duration) {
	oneWay := arrival - sent
	if !d.known || oneWay < d.base {
		d.known, d.base = true, oneWay
	}
	d.filter.Add(arrival, oneWay)
	filtered, _ := d.filter.Value()
	d.peak.Add(arrival, filtered)
}

// queuing is d_queue in milliseconds.
func (d *delays) queuing() float64 {
	least, _ := d.filter.Value()
	return milliseconds(least - d.base)
}

// greatest is the greatest filtered queuing delay within LOGWIN: frames that
// leave faster than the path is are no build-up, and equation (3) allows for
// the filter with DFILT.
func (d *delays) greatest() time.Duration {
	greatest, _ := d.peak.Value()
	return greatest - d.base
}

// warp is d_tilde, equation (1): where a loss-based flow fills the queue,
// delays beyond QTH weigh less the longer they are.
func warp(queuing float64) float64 {
	if queuing < qth {
		return queuing
	}
	return qth * draw.Exp(-lambda*(queuing-qth)/qth)
}

// congestion is x_curr, equation (2). Delays are warped until MULTILOSS
// average loss intervals have passed without a loss, and then, over one more
// of them, less and less.
func (c *Controller) congestion() float64 {
	queuing := c.delay.queuing()
	plain := c.loss.expired()
	signal := float64(plain*queuing) + float64((1-plain)*warp(queuing))
	ratio := c.loss.ratio / plrref
	return min(signal+float64(dloss*ratio*ratio), xmax)
}
