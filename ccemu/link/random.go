package link

import (
	"math"
	"time"

	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// losses decides which packets are lost. In bursts it is the chain of Gilbert
// and Elliott whose bad state loses everything: it begins with probability
// p/(1-p)/b and goes on with 1-1/b, so that a share p is lost, b at a time.
type losses struct {
	share  schedule.Cursor
	never  bool
	burst  float64 // mean length; 0 for independent losses
	bad    bool
	random draw.Draws
}

func (l *losses) start(c *Loss, random draw.Draws) {
	*l = losses{never: c.Share.IsZero(), burst: c.BurstPackets, random: random}
	if !l.never {
		l.share.Steps = c.Share.Compile(1)
		l.never = l.share.Steps.Max() == 0
	}
}

func (l *losses) next(now time.Duration) bool {
	if l.never {
		return false
	}
	p, _ := l.share.Seek(now)
	u := l.random.Unit()
	switch {
	case p == 0:
		l.bad = false
	case p >= 1:
		l.bad = true
	case l.burst <= 1:
		l.bad = u < p
	case l.bad:
		l.bad = u < 1-1/l.burst
	default:
		l.bad = u < p/(1-p)/l.burst
	}
	return l.bad
}

// propagation says when packets arrive.
type propagation struct {
	delay       schedule.Cursor // ns
	deviation   float64         // ns
	pareto      bool
	correlation float64
	innovation  float64 // weight of what is new in correlated jitter
	z           float64 // the last variable
	begun       bool
	reorder     float64
	hold        float64 // ns
	random      draw.Draws
	held        draw.Draws
	last        []time.Duration // arrival by owner
}

func (d *propagation) start(p *Path, random, held draw.Draws) {
	delay := p.DelayMs
	if delay.IsZero() {
		delay = schedule.Constant(0)
	}
	rho := p.Jitter.Correlation
	*d = propagation{
		delay:     schedule.Cursor{Steps: delay.Compile(float64(time.Millisecond))},
		deviation: p.Jitter.DeviationMs * float64(time.Millisecond), pareto: p.Jitter.Shape == Pareto,
		correlation: rho, innovation: math.Sqrt(1 - float64(rho*rho)),
		reorder: p.ReorderShare, hold: float64(milliseconds(p.ReorderMs, defaultReorderMs)),
		random: random, held: held, last: d.last[:0],
	}
}

func (d *propagation) arrival(now time.Duration, p Packet) time.Duration {
	base, _ := d.delay.Seek(now)
	at := now + time.Duration(math.Round(base+d.jitter())) + p.Extra
	for int(p.Owner) >= len(d.last) {
		d.last = append(d.last, 0)
	}
	at = max(at, d.last[p.Owner])
	if d.reorder > 0 && d.held.Unit() < d.reorder {
		return at + time.Duration(d.held.Unit()*d.hold)
	}
	d.last[p.Owner] = at
	return at
}

const (
	mostDeviations       = 4
	mostParetoDeviations = 20
)

// jitter draws the addition to the delay in nanoseconds.
func (d *propagation) jitter() float64 {
	switch {
	case d.deviation == 0:
		return 0
	case !d.begun:
		d.begun, d.z = true, d.fresh()
	case d.pareto:
		// The last value again, or a fresh one: the correlation of an
		// autoregressive chain without changing the shape.
		if d.correlation == 0 || d.random.Unit() >= d.correlation {
			d.z = d.fresh()
		}
	default:
		d.z = float64(d.correlation*d.z) + float64(d.innovation*d.fresh())
	}
	if d.pareto {
		return d.deviation * min(d.z, mostParetoDeviations)
	}
	return d.deviation * min(math.Abs(d.z), mostDeviations)
}

// lomaxScale gives a Lomax variable of shape 3, 1/U^(1/3)-1, a deviation of 1:
// the variance of shape a is a/((a-1)²(a-2)).
var lomaxScale = 1 / math.Sqrt(0.75)

// fresh draws an independent variable of deviation 1.
func (d *propagation) fresh() float64 {
	if !d.pareto {
		return d.random.Bell()
	}
	// The largest of three uniform variables is the cube root of one.
	u := max(1-d.random.Unit(), 1-d.random.Unit(), 1-d.random.Unit())
	return lomaxScale * (1/u - 1)
}
