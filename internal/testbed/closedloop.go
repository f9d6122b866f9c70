package testbed

import (
	"fmt"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/feedback"
	"trailblazer/internal/splitmix"
)

// variants is how often the emulator plays a repeat: with the same media, and a
// propagation delay that differs by variantDelay. That makes no difference but
// in detail, from which others follow, as from the noise of reality.
const (
	variants     = 10
	variantDelay = time.Microsecond
)

// emulate plays a repeat of the closed loop in the emulator, in all variants.
func (p *Plan) emulate(repeat int) ([]trial, error) {
	var trials []trial
	for i := range variants {
		q := *p
		q.Delay += time.Duration(i) * variantDelay
		c, err := p.Controller()
		if err != nil {
			return nil, err
		}
		var f follower
		q.follow(c, repeat, &f)
		// A packet that finds the bottleneck idle and the bucket full takes no
		// longer than the propagation delay: the first one does.
		trials = append(trials, f.measure(&q, f.offset(q.Delay)))
	}
	return trials, nil
}

// follow plays a repeat in the emulator and has a follower follow it.
func (p *Plan) follow(c feedback.Controller, repeat int, f *follower) {
	var (
		e     ccemu.Emulator
		state feedback.Sender
	)
	session := p.session()
	c.Reset()
	e.Start(&session, p.repeatSeed(repeat))
	e.Listen(0, both{c, f})
	for e.Now() < p.Duration {
		e.State(0, &state)
		d := c.Decide(&state)
		e.Apply(0, d)
		f.OnDecision(e.Now(), d)
		e.Advance(min(e.Now()+decideEvery, p.Duration))
	}
}

// The streams of a repeat's seed. That of the media is the emulator's for its
// first flow: frames vary alike in both.
const (
	lossStream  = 0
	shotStream  = 1
	mediaStream = 1 << 8
)

func (p *Plan) repeatSeed(repeat int) uint64 { return splitmix.Mix(p.Seed, uint64(repeat)) }

// nodes are the ends of a repeat of the closed loop.
func (p *Plan) nodes(repeat int) (*mediaSender, *mediaReceiver, *follower, error) {
	c, err := p.Controller()
	if err != nil {
		return nil, nil, nil, err
	}
	session, seed, f := p.session(), p.repeatSeed(repeat), new(follower)
	report := time.Duration(session.ReportMs * float64(time.Millisecond))
	s := newMediaSender(&session.Flows[0], splitmix.Mix(seed, mediaStream), p.Delay, c, f)
	r := newMediaReceiver(&session.Flows[0], report, p.Delay, p.Loss, splitmix.Mix(seed, lossStream))
	return s, r, f, nil
}

// compareTrials makes the checks of the closed loop, with the tolerances of V1.
func (p *Plan) compareTrials(real []trial, simulated [][]trial) []Check {
	compare := func(name, unit string, tolerance float64, get func(*trial) float64) Check {
		values := make([]float64, len(real))
		others := make([][]float64, len(real))
		for i := range real {
			values[i] = get(&real[i])
			for k := range simulated[i] {
				others[i] = append(others[i], get(&simulated[i][k]))
			}
		}
		return compare(name, unit, values, others, tolerance)
	}
	var checks []Check
	for i, kbps := range p.CapacityKbps {
		where := fmt.Sprintf(", %v to %v at %v kbps", p.segmentAt(i), p.segmentAt(i+1), kbps)
		target := compare("mean target"+where, "kbps", 12, func(t *trial) float64 { return t.target[i] })
		target.relative()
		checks = append(checks, target,
			compare("median one-way delay"+where, "ms", 6, func(t *trial) float64 { return t.delay[i] }),
			compare("packets lost"+where, "%", 1, func(t *trial) float64 { return t.loss[i] }),
		)
	}
	if i := p.deepestFall(); i > 0 {
		name := fmt.Sprintf("reaction to the fall to %v kbps", p.CapacityKbps[i])
		checks = append(checks, compare(name, "ms", 300, func(t *trial) float64 { return t.reaction }))
	}
	return checks
}
