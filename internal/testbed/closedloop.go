package testbed

import (
	"fmt"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/feedback"
	"trailblazer/internal/splitmix"
)

// emulationsPerRepeat is how often the emulator plays for each repeat in
// reality: that is cheap, and leaves only reality's own variation. The first of
// them has the repeat's media.
const emulationsPerRepeat = 10

// emulations are the numbers of a repeat's: its own, and others that no repeat
// has.
func emulations(repeat int) (numbers [emulationsPerRepeat]int) {
	for i := range numbers {
		numbers[i] = repeat + i*maxRepeats
	}
	return numbers
}

// emulate plays a repeat of the closed loop in the emulator.
func (p *Plan) emulate(repeat int) (trial, error) {
	var f follower
	c, err := p.Controller()
	if err != nil {
		return trial{}, err
	}
	p.follow(c, repeat, &f)
	// A packet that finds the bottleneck idle and the bucket full takes no
	// longer than the propagation delay: the first one does.
	return f.measure(p, f.offset(p.Delay)), nil
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
func (p *Plan) compareTrials(real, simulated []trial) []Check {
	of := func(trials []trial, get func(*trial) float64) (values []float64) {
		for i := range trials {
			values = append(values, get(&trials[i]))
		}
		return values
	}
	var checks []Check
	for i, kbps := range p.CapacityKbps {
		where := fmt.Sprintf(", %v to %v at %v kbps", p.segmentAt(i), p.segmentAt(i+1), kbps)
		target := func(t *trial) float64 { return t.target[i] }
		delay := func(t *trial) float64 { return t.delay[i] }
		loss := func(t *trial) float64 { return t.loss[i] }
		checks = append(checks,
			compareRelative("mean target"+where, "kbps", of(real, target), of(simulated, target), 12, false),
			compare("median one-way delay"+where, "ms", of(real, delay), of(simulated, delay), 6, false),
			compare("packets lost"+where, "%", of(real, loss), of(simulated, loss), 1, false),
		)
	}
	if i := p.deepestFall(); i > 0 {
		reaction := func(t *trial) float64 { return t.reaction }
		name := fmt.Sprintf("reaction to the fall to %v kbps", p.CapacityKbps[i])
		checks = append(checks, compare(name, "ms", of(real, reaction), of(simulated, reaction), 300, false))
	}
	return checks
}
