package scenario

import (
	"math"

	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// The dynamics of bandwidths, under the names that tests tell them apart by.
const (
	constant   = "constant"
	stepped    = "steps"
	markov     = "markov"
	ramped     = "ramps"
	sine       = "sine"
	ar1        = "ar1"
	recorded   = "recording"
	drops      = "drops"
	leo        = "leo"
	outages    = "outages"
	unrecorded = "other recording"
)

// steps collects a series. Times are whole milliseconds.
type steps struct{ schedule.Series }

// add has a value hold from a time on. A value for the same time replaces the
// one before.
func (s *steps) add(ms, value float64) {
	ms, value = math.Round(ms), math.Round(value*10)/10
	switch n := len(s.Values); {
	case n > 0 && s.Values[n-1] == value:
	case n > 0 && s.AtMs[n-1] == ms:
		s.Values[n-1] = value
	default:
		s.AtMs, s.Values = append(s.AtMs, ms), append(s.Values, value)
	}
}

// clip keeps a rate within the bounds of its level.
func (l level) clip(kbps float64) float64 { return min(max(kbps, l.low), l.high) }

// usualDynamics are those of training.
func usualDynamics(d draw.Draws, c *conditions, data *Data) {
	switch u := d.Unit(); {
	case u < 0.20:
		c.constant()
	case u < 0.45:
		c.stepped(d)
	case u < 0.60:
		c.markov(d)
	case u < 0.65:
		c.ramped(d)
	case u < 0.70:
		c.sine(d)
	case u < 0.80:
		c.ar1(d)
	default:
		c.dynamics = recorded
		c.play(d, data.trained(d, c.durationMs))
	}
}

func (c *conditions) constant() {
	c.dynamics, c.capacity = constant, c.series(func(s *steps) { s.add(0, c.level.kbps) })
}

func (c *conditions) series(fill func(s *steps)) schedule.Series {
	var s steps
	fill(&s)
	return s.Series
}

// swing draws a rate by up to a factor above or below the level.
func (c *conditions) swing(d draw.Draws, factor float64) float64 {
	return c.level.clip(float64(c.level.kbps * d.LogBetween(1/factor, factor)))
}

// stepped redraws the rate every T_s, which is drawn once, as Genet's
// generator does.
func (c *conditions) stepped(d draw.Draws) {
	every := d.Between(1000, 15_000)
	c.dynamics, c.capacity = stepped, c.series(func(s *steps) {
		for at := 0.0; at < c.durationMs; at += every {
			s.add(at, c.swing(d, 3))
		}
	})
}

// markov moves between three states, a bad, a middling and a good one.
func (c *conditions) markov(d draw.Draws) {
	apart, dwell := d.Between(1.5, 3), d.Between(1000, 6000)
	states := [...]float64{c.level.clip(c.level.kbps / apart), c.level.kbps, c.level.clip(float64(c.level.kbps * apart))}
	state := d.Below(len(states))
	c.dynamics, c.capacity = markov, c.series(func(s *steps) {
		for at := 0.0; at < c.durationMs; at += max(float64(dwell*d.Exponential()), tickMs) {
			s.add(at, states[state])
			state = (state + 1 + d.Below(len(states)-1)) % len(states)
		}
	})
}

// ramped moves in straight lines between levels.
func (c *conditions) ramped(d draw.Draws) {
	c.dynamics, c.capacity = ramped, c.series(func(s *steps) {
		from, to, at, begin, end := 0.0, c.swing(d, 3), 0.0, 0.0, 0.0
		for ; at < c.durationMs; at += tickMs {
			if at >= end {
				from, to, begin, end = to, c.swing(d, 3), at, at+float64(float64(d.Count(3000/tickMs, 10_000/tickMs))*tickMs)
			}
			s.add(at, from+float64((to-from)*((at-begin)/(end-begin))))
		}
	})
}

func (c *conditions) sine(d draw.Draws) {
	amplitude, period, phase := d.Between(0.3, 1), d.Between(5000, 20_000), d.Unit()
	c.dynamics, c.capacity = sine, c.series(func(s *steps) {
		for at := 0.0; at < c.durationMs; at += tickMs {
			s.add(at, c.level.clip(float64(c.level.kbps*draw.Exp(float64(amplitude*draw.Sine(phase+at/period))))))
		}
	})
}

// ar1 is a first-order autoregressive process of the logarithm.
func (c *conditions) ar1(d draw.Draws) {
	deviation, forgets := d.Between(0.2, 0.5), d.LogBetween(500, 5000)
	memory := draw.Exp(-tickMs / forgets)
	fresh := float64(deviation * math.Sqrt(1-float64(memory*memory)))
	x := float64(deviation * d.Bell())
	c.dynamics, c.capacity = ar1, c.series(func(s *steps) {
		for at := 0.0; at < c.durationMs; at += tickMs {
			s.add(at, c.level.clip(float64(c.level.kbps*draw.Exp(x))))
			x = float64(memory*x) + float64(fresh*d.Bell())
		}
	})
}

// play takes an excerpt of a recording and scales it so that the mean of the
// whole recording is the level.
func (c *conditions) play(d draw.Draws, bins []float64) {
	n := int(c.durationMs) / tickMs
	begin := d.Below(len(bins))
	// A session that hardly ever has any bandwidth tells nothing.
	for range 16 {
		if excerpt(bins, begin, n) >= leastExcerpt {
			break
		}
		begin = d.Below(len(bins))
	}
	c.capacity = c.series(func(s *steps) {
		for i := range n {
			s.add(float64(i)*tickMs, float64(c.level.kbps*bins[(begin+i)%len(bins)]))
		}
	})
}

// leastExcerpt is the least mean of an excerpt, relative to the recording's.
const leastExcerpt = 0.3

func excerpt(bins []float64, begin, n int) float64 {
	sum := 0.0
	for i := range n {
		sum += bins[(begin+i)%len(bins)]
	}
	return sum / float64(n)
}

// unusualDynamics are those that training never has.
func unusualDynamics(d draw.Draws, c *conditions, data *Data) {
	switch d.Below(4) {
	case 0:
		c.dynamics = drops
		c.dip(d, d.Count(1, 3), 1000, 3000, 0.1)
	case 1:
		c.leo(d)
	case 2:
		c.dynamics = outages
		c.dip(d, d.Count(1, 4), 500, 2000, 0)
	default:
		c.dynamics = unrecorded
		c.play(d, data.unseen(d, c.durationMs))
	}
}

// dip lets the rate fall a number of times, once somewhere in each part of the
// session, to a share of the level.
func (c *conditions) dip(d draw.Draws, times int, shortest, longest, share float64) {
	c.capacity = c.series(func(s *steps) {
		s.add(0, c.level.kbps)
		part := c.durationMs / float64(times)
		for i := range times {
			length := d.Between(shortest, longest)
			at := float64(float64(i)*part) + d.Between(500, part-longest-500)
			s.add(at, float64(share*c.level.kbps))
			s.add(at+length, c.level.kbps)
		}
	})
}

// leo is a link through satellites in low orbits, which hand over every 15 s:
// nothing gets through for a moment, and then the rate is another.
func (c *conditions) leo(d draw.Draws) {
	const every = 15_000
	c.dynamics, c.capacity = leo, c.series(func(s *steps) {
		s.add(0, c.swing(d, 4))
		for at := d.Between(1000, every); at < c.durationMs; at += every {
			s.add(at, 0)
			s.add(at+d.Between(100, 300), c.swing(d, 4))
		}
	})
}
