package policy

import (
	"fmt"

	"trailblazer/api/env"
	"trailblazer/ccemu/feedback"
)

// Player lets controllers act in an environment, one for each flow. It
// implements [env.Policy].
type Player struct {
	reader      reader
	controllers []feedback.Controller
	sender      feedback.Sender
	width       int
	maxKbps     float64
}

// NewPlayer lets controllers that build makes act in environments of a spec,
// which must be trailblazer/CC-v0 with packets in info.
func NewPlayer(spec *env.Spec, build func() (feedback.Controller, error)) (*Player, error) {
	p := new(Player)
	if err := p.reader.bind(spec); err != nil {
		return nil, err
	}
	leaf, err := actionLeaf(spec)
	if err != nil {
		return nil, err
	}
	if p.width = leaf.Elements() / p.reader.flows; p.width != 1 && p.width != 2 || leaf.Elements() != p.width*p.reader.flows {
		return nil, fmt.Errorf("policy: an action of %d numbers is none for %d flows", leaf.Elements(), p.reader.flows)
	}
	p.maxKbps = leaf.High[0]
	for range p.reader.flows {
		c, err := build()
		if err != nil {
			return nil, err
		}
		p.controllers = append(p.controllers, c)
	}
	return p, nil
}

func actionLeaf(spec *env.Spec) (*env.Leaf, error) {
	leaves := env.Leaves(spec.Action)
	if len(leaves) != 1 || leaves[0].DType != env.Float64 || leaves[0].Ragged || len(leaves[0].High) == 0 {
		return nil, fmt.Errorf("policy: the actions of %s are not bandwidths", spec.ID)
	}
	return &leaves[0], nil
}

// Reset implements [env.Policy].
func (p *Player) Reset(uint64) {
	for _, c := range p.controllers {
		c.Reset()
	}
}

// Act implements [env.Policy].
func (p *Player) Act(in *env.Batch, row int, action env.Arrays) error {
	if err := p.reader.play(in, row, func(flow int) feedback.Listener { return p.controllers[flow] }); err != nil {
		return err
	}
	out := env.Row[float64](&action[0], row)
	for flow, c := range p.controllers {
		p.reader.state(in, row, flow, &p.sender)
		d := c.Decide(&p.sender)
		out[flow*p.width] = p.kbps(d.TargetBps)
		if p.width > 1 {
			out[flow*p.width+1] = p.kbps(d.ProbeBps)
		}
	}
	return nil
}

// kbps turns a rate into an action's, within the bounds.
func (p *Player) kbps(bps float64) float64 { return min(max(bps/1000, 0), p.maxKbps) }
