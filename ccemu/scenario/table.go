package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// root seeds the streams of one session. Each parameter has its own, so that
// drawing one in another way changes nothing else.
type root uint64

// The streams.
const (
	durationStream = iota
	levelStream
	dynamicsStream
	rttStream
	jitterStream
	lossStream
	queueStream
	crossStream
	ratioStream
	requestStream
)

func (r root) stream(purpose uint64) draw.Draws { return draw.New(uint64(r), purpose) }

// conditions are what is drawn for a session.
type conditions struct {
	durationMs float64
	level      level
	dynamics   string
	capacity   schedule.Series
	meanKbps   float64
	rttMs      float64
	jitter     link.Jitter
	loss       float64
	burst      float64
	bottleneck link.Bottleneck // without its rate
	cross      []ccemu.Cross
	ratio      float64 // of the mean request to the bandwidth
	content    content
	request    schedule.Series
}

// level is what a bottleneck's rate varies around, and what bounds it, but for
// outages and recordings.
type level struct{ kbps, low, high float64 }

// table has the distributions of the parameters.
type table struct {
	level    func(d draw.Draws) level
	dynamics func(d draw.Draws, c *conditions, data *Data)
	rtt      func(d draw.Draws) float64
	jitter   func(d draw.Draws) link.Jitter
	loss     func(d draw.Draws) (share, burst float64)
	queue    func(d draw.Draws, c *conditions) link.Bottleneck
	cross    func(d draw.Draws, c *conditions) []ccemu.Cross
	ratio    func(d draw.Draws) float64
	// reference is the bandwidth that requests are measured by; nil stands
	// for the mean.
	reference func(c *conditions) float64
}

// Sessions last 30 to 40 s, a whole number of control intervals of 100 ms.
const (
	tickMs     = 100
	shortestMs = 30_000
	longestMs  = 40_000
)

func (t table) draw(r root, data *Data) *conditions {
	c := &conditions{durationMs: float64(r.stream(durationStream).Count(shortestMs/tickMs, longestMs/tickMs)) * tickMs}
	c.level = t.level(r.stream(levelStream))
	t.dynamics(r.stream(dynamicsStream), c, data)
	c.meanKbps = mean(&c.capacity, c.durationMs)
	c.rttMs = t.rtt(r.stream(rttStream))
	c.jitter = t.jitter(r.stream(jitterStream))
	c.loss, c.burst = t.loss(r.stream(lossStream))
	c.bottleneck = t.queue(r.stream(queueStream), c)
	c.cross = t.cross(r.stream(crossStream), c)
	c.ratio = t.ratio(r.stream(ratioStream))
	reference := c.meanKbps
	if t.reference != nil {
		reference = t.reference(c)
	}
	c.drawRequest(r.stream(requestStream), float64(c.ratio*reference))
	return c
}

// mean is that of a series from the beginning on.
func mean(s *schedule.Series, ms float64) float64 {
	return schedule.Cursor{Steps: s.Compile(1)}.Mean(0, schedule.Milliseconds(ms))
}

// training is the distribution of training and test.
func training() table {
	return table{
		level:    func(d draw.Draws) level { return levelBetween(d, 150, 8000) },
		dynamics: usualDynamics,
		rtt:      func(d draw.Draws) float64 { return d.LogBetween(10, 200) },
		jitter: func(d draw.Draws) link.Jitter {
			if d.Chance(0.4) {
				return link.Jitter{Shape: link.Normal}
			}
			return link.Jitter{DeviationMs: d.Between(0, 15), Shape: link.Normal, Correlation: d.Between(0, 0.9)}
		},
		loss: func(d draw.Draws) (share, burst float64) {
			if d.Chance(0.5) {
				return 0, 0
			}
			share = d.LogBetween(1e-4, 0.05)
			if d.Chance(0.5) {
				burst = d.Between(2, 6)
			}
			return share, burst
		},
		queue: func(d draw.Draws, _ *conditions) link.Bottleneck { return dropTail(d.LogBetween(30, 800)) },
		cross: usualCross,
		ratio: func(d draw.Draws) float64 {
			switch u := d.Unit(); {
			case u < 0.4:
				return d.Between(0.2, 0.8)
			case u < 0.8:
				return d.Between(0.8, 1.5)
			}
			return d.Between(1.5, 3)
		},
	}
}

func levelBetween(d draw.Draws, low, high float64) level {
	return level{d.LogBetween(low, high), low, high}
}

func dropTail(ms float64) link.Bottleneck {
	return link.Bottleneck{Kind: link.FIFO, Queue: link.Queue{Discipline: link.DropTail, LimitMs: ms}}
}

// What follows are the tables out of distribution.

func otherCapacity() table {
	t := training()
	t.level = func(d draw.Draws) level {
		if d.Chance(0.5) {
			return levelBetween(d, 50, 150)
		}
		return levelBetween(d, 8000, 20_000)
	}
	return t
}

func otherDynamics() table {
	t := training()
	t.dynamics = unusualDynamics
	return t
}

func otherRTT() table {
	t := training()
	t.rtt = func(d draw.Draws) float64 { return d.Between(250, 600) }
	return t
}

func otherJitter() table {
	t := training()
	t.jitter = func(d draw.Draws) link.Jitter {
		return link.Jitter{DeviationMs: d.Between(20, 60), Shape: link.Pareto, Correlation: d.Between(0, 0.9)}
	}
	return t
}

func otherLoss() table {
	t := training()
	t.loss = func(d draw.Draws) (share, burst float64) { return d.Between(0.05, 0.2), d.Between(8, 20) }
	return t
}

// shortQueueKbps is the least rate at which a queue of 10 ms is shorter than
// those of training: a link always has room for two packets, 3,000 bytes.
const shortQueueKbps = 800

func otherQueue() table {
	t := training()
	t.queue = func(d draw.Draws, c *conditions) link.Bottleneck {
		kind := d.Below(5)
		usual := dropTail(d.LogBetween(30, 800))
		switch {
		case kind == 0 && c.meanKbps >= shortQueueKbps:
			return dropTail(10)
		case kind == 0 || kind == 1:
			return dropTail(2000)
		case kind == 2:
			usual.Queue.Discipline, usual.Queue.TargetMs, usual.Queue.IntervalMs = link.CoDel, 5, 100
		case kind == 3:
			usual.Kind = link.TokenBucket
		default:
			usual.Kind, usual.Queue = link.Policer, link.Queue{}
		}
		if kind >= 3 {
			usual.BurstBytes = int(d.LogBetween(1600, 32_000))
		}
		return usual
	}
	return t
}

func otherCross() table {
	t := training()
	t.cross = unusualCross
	return t
}

func otherRequest() table {
	t := training()
	t.ratio = func(d draw.Draws) float64 { return d.Between(3.5, 4.5) }
	return t
}
