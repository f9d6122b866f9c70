package train

import (
	"math"
	"time"
)

// pace tells how fast a run goes, and for how long, over all processes that have
// trained it.
type pace struct {
	before float64 // seconds before this process
	began  time.Time
	// window is since when steps are counted.
	window    time.Time
	steps     int
	perSecond float64
}

// start begins to measure a run that was trained for so many seconds before.
func (p *pace) start(before float64) {
	now := time.Now()
	p.before, p.began, p.window = before, now, now
}

// add counts steps of data.
func (p *pace) add(steps int) { p.steps += steps }

// restart measures the speed from now on.
func (p *pace) restart() { p.window, p.steps = time.Now(), 0 }

// speed is how many steps a second there were since the last restart, or before
// it where there was none since.
func (p *pace) speed() float64 {
	if took := time.Since(p.window).Seconds(); took > 0 && p.steps > 0 {
		p.perSecond = float64(p.steps) / took
	}
	return p.perSecond
}

// seconds are how long the run was trained in all, to the millisecond.
func (p *pace) seconds() float64 {
	return math.Round(1000*(p.before+time.Since(p.began).Seconds())) / 1000
}

// left is how long the rest of the steps takes if it is as fast as those before.
func (p *pace) left(step, steps int) time.Duration {
	if step == 0 {
		return 0
	}
	each := (p.before + time.Since(p.began).Seconds()) / float64(step)
	return time.Duration(each * float64(steps-step) * float64(time.Second))
}
