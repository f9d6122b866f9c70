package testbed

import (
	"context"
	"fmt"
	"time"
)

// Progress is told what is being played and how much of it has been.
type Progress func(what string, done, total time.Duration)

// Run plays a plan in reality and in the emulator. A repeat takes the plan's
// duration, and a quarter of it for the open loop. Where
// there can be no testbed the error is an *Unavailable. When the context ends
// so does it, and leaves nothing behind.
func Run(ctx context.Context, plan Plan, progress Progress) (*Report, error) {
	p := plan.withDefaults()
	if err := p.validate(); err != nil {
		return nil, err
	}
	r := &Report{Repeats: p.Repeats}
	var loops []*openLoop
	var real []trial
	var simulated [][]trial
	for i := range p.Repeats {
		o, err := p.open().runOpen(ctx, i, progress)
		if err != nil {
			return nil, err
		}
		loops = append(loops, o)
		r.Packets += len(o.shots)
		t, err := p.runClosed(ctx, i, progress)
		if err != nil {
			return nil, err
		}
		real = append(real, t)
		variants, err := p.emulate(i)
		if err != nil {
			return nil, err
		}
		simulated = append(simulated, variants)
	}
	r.OpenLoop, r.ClosedLoop = compareOpenLoops(loops), p.compareTrials(real, simulated)
	return r, nil
}

func (p *Plan) runOpen(ctx context.Context, repeat int, progress Progress) (*openLoop, error) {
	o := &openLoop{shots: p.shots(repeat)}
	s, r := &replaySender{shots: o.shots}, newReplayReceiver(len(o.shots))
	if err := p.play(ctx, fmt.Sprintf("open loop %d", repeat+1), s, r, progress); err != nil {
		return nil, err
	}
	if len(s.left) < len(s.shots) {
		return nil, fmt.Errorf("testbed: %d of %d packets have left in time", len(s.left), len(s.shots))
	}
	o.left, o.real = s.left, r.arrived
	o.simulated = p.simulate(o.shots, o.left)
	return o, nil
}

func (p *Plan) runClosed(ctx context.Context, repeat int, progress Progress) (trial, error) {
	s, r, f, err := p.nodes(repeat)
	if err != nil {
		return trial{}, err
	}
	if err := p.play(ctx, fmt.Sprintf("closed loop %d", repeat+1), s, r, progress); err != nil {
		return trial{}, err
	}
	return f.measure(p, 0), nil
}

// drainTime is for how long the ends go on after the plan's end, so that what
// is under way arrives.
const drainTime = time.Second

// play lets two nodes act in a new testbed.
func (p *Plan) play(ctx context.Context, what string, sender, receiver node, progress Progress) error {
	b, err := openBed(p.CapacityKbps[0], p.LimitBytes, p.BurstBytes)
	if err != nil {
		return err
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.start()
	parts := []func() error{
		func() error {
			return driveSoon(ctx, b.sender, &shaped{node: sender, plan: p, set: b.setRate}, p.Duration+drainTime)
		},
		func() error { return driveSoon(ctx, b.receiver, receiver, p.Duration+drainTime) },
		func() error { return p.tell(ctx, what, progress) },
	}
	done := make(chan error)
	for _, part := range parts {
		go func() { done <- part() }()
	}
	var first error
	for range parts {
		if err := <-done; err != nil && first == nil {
			first = err
			cancel()
		}
	}
	return first
}

// tell reports progress.
func (p *Plan) tell(ctx context.Context, what string, progress Progress) error {
	if progress == nil {
		return nil
	}
	const step = 500 * time.Millisecond
	for at := time.Duration(0); at < p.Duration; at += step {
		progress(what, at, p.Duration)
		if err := sleep(ctx, step); err != nil {
			return err
		}
	}
	progress(what, p.Duration, p.Duration)
	return nil
}

// sleep returns early when the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
