package ccenv

import (
	"math"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/control"
	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/metric"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// play is one session being played.
type play struct {
	factory  *Factory
	emulator ccemu.Emulator
	flows    []agentFlow
	others   []otherFlow
	steps    int
	lasts    int // steps of the whole session
	stepTime time.Duration
	latency  draw.Draws
	reward   parts
	// actions are all that were taken: with the seed they are the state.
	actions []float64
}

// agentFlow is a flow that the agent controls.
type agentFlow struct {
	tracker  feature.Tracker
	log      packetLog // of the last step
	sender   feedback.Sender
	truth    ccemu.Truth // of the coming step
	before   mark        // the last step's end
	measured measured    // of the last step
}

// mark is what counters showed at a moment.
type mark struct {
	traffic  ccemu.Traffic
	playback media.Playback
}

// otherFlow is one that a built-in controller does.
type otherFlow struct {
	controller feedback.Controller
	sender     feedback.Sender
}

// measured is what happened to a flow in a step.
type measured struct {
	// ape is the relative error of the step's prediction, if it counts.
	ape       float64
	predicted bool
	// labelBps is what ought to have been predicted, requestBps what the
	// application wanted then.
	labelBps, requestBps float64
	sendBps, recvBps     float64
	// mediaBps is what arrived but for probe packets, which carry nothing.
	mediaBps  float64
	lossShare float64
	// queueDelay is the mean of the packets that arrived, and NaN if none
	// did.
	queueDelayMs float64
	playedMs     float64
	stalledMs    [3]float64
	// good says that the scheduler's rule would call the conditions good, as
	// they were when the prediction was made.
	good bool
}

// parts of a reward, means over flows.
type parts struct{ throughput, delay, loss, stall float64 }

func (p parts) total() float64 { return p.throughput - p.delay - p.loss - p.stall }

func newPlay(f *Factory) *play {
	return &play{factory: f, flows: make([]agentFlow, f.config.Flows), stepTime: schedule.Milliseconds(f.config.StepMs)}
}

// latencyStream sets the stream of latencies apart from those of the emulator.
const latencyStream = 0x6c6174656e6379

// start begins a session.
func (p *play) start(session *ccemu.Session, seed uint64) {
	p.emulator.Start(session, seed)
	p.steps, p.reward, p.actions = 0, parts{}, p.actions[:0]
	p.lasts = p.factory.stepsOf(session)
	p.latency.Seed(seed, latencyStream)
	for i := range p.flows {
		f := &p.flows[i]
		f.tracker.Reset()
		f.log.clear()
		f.before, f.measured = mark{}, measured{queueDelayMs: math.NaN()}
		p.emulator.Listen(i, p.listener(f))
	}
	for len(p.others) < p.emulator.Flows()-len(p.flows) {
		controller, err := control.New(p.factory.config.Others, nil)
		if err != nil {
			panic("ccenv: a controller that the configuration's check has found: " + err.Error())
		}
		p.others = append(p.others, otherFlow{controller: controller})
	}
	for i := range p.others {
		p.others[i].controller.Reset()
		if at := len(p.flows) + i; at < p.emulator.Flows() {
			p.emulator.Listen(at, p.others[i].controller)
		}
	}
	p.look()
}

func (p *play) listener(f *agentFlow) feedback.Listener {
	if p.factory.config.Packets {
		return f
	}
	return &f.tracker
}

// OnSent implements feedback.Listener, where packets are shown.
func (f *agentFlow) OnSent(s *feedback.Sent) {
	f.tracker.OnSent(s)
	f.log.onSent(s)
}

// OnReport implements feedback.Listener.
func (f *agentFlow) OnReport(r *feedback.Report) {
	f.tracker.OnReport(r)
	f.log.onReport(r)
}

// look asks the emulator how things stand.
func (p *play) look() {
	for i := range p.flows {
		f := &p.flows[i]
		p.emulator.State(i, &f.sender)
		f.truth = p.emulator.Truth(i, p.stepTime)
	}
}

// step takes an action.
func (p *play) step(action []float64) {
	p.actions = append(p.actions, action...)
	width := len(action) / len(p.flows)
	latency := p.drawLatency()
	late := latency > p.factory.deadline
	for i := range p.flows {
		f := &p.flows[i]
		f.log.clear()
		// In kbps and back, as the action and the label that info shows.
		m := measured{labelBps: 1000 * (f.truth.AvailableBps / 1000), requestBps: f.sender.RequestBps}
		predicted := 1000 * action[i*width]
		if late { // What was predicted before stays in force.
			predicted = f.sender.TargetBps
		}
		m.ape, m.predicted = metric.APE(predicted, m.labelBps, m.requestBps)
		c := f.tracker.Conditions(&f.sender)
		m.good = c.Known && metric.Good(c.RTTMs, c.LossShare, c.RateBps, c.RequestBps)
		f.measured = m
	}
	begin := p.emulator.Now()
	for i := range p.others {
		at := len(p.flows) + i
		if at >= p.emulator.Flows() {
			break
		}
		o := &p.others[i]
		p.emulator.State(at, &o.sender)
		p.emulator.Apply(at, o.controller.Decide(&o.sender))
	}
	if !late {
		if latency > 0 {
			p.emulator.Advance(begin + latency)
		}
		for i := range p.flows {
			d := feedback.Decision{TargetBps: 1000 * action[i*width]}
			if width > 1 {
				d.ProbeBps = 1000 * action[i*width+1]
			}
			p.emulator.Apply(i, d)
		}
	}
	p.emulator.Advance(begin + p.stepTime)
	p.steps++
	p.look()
	p.reward = parts{}
	for i := range p.flows {
		p.measure(i)
	}
}

// drawLatency returns how long the decision takes.
func (p *play) drawLatency() time.Duration {
	all := p.factory.latencies
	if len(all) == 0 {
		return 0
	}
	return all[p.latency.Below(len(all))]
}

// measure compares the counters of a flow with those of a step ago.
func (p *play) measure(index int) {
	f, c := &p.flows[index], &p.factory.config
	now := mark{p.emulator.Traffic(index), p.emulator.Playback(index)}
	last := &f.before
	m := &f.measured
	seconds := p.stepTime.Seconds()
	m.sendBps = float64(8*(now.traffic.Sent.Bytes-last.traffic.Sent.Bytes)) / seconds
	m.recvBps = float64(8*(now.traffic.Arrived.Bytes-last.traffic.Arrived.Bytes)) / seconds
	probes := now.playback.ProbeBytes - last.playback.ProbeBytes
	m.mediaBps = m.recvBps - float64(8*probes)/seconds
	arrived := now.traffic.Arrived.Packets - last.traffic.Arrived.Packets
	lost := now.traffic.Lost.Packets + now.traffic.Dropped.Packets - last.traffic.Lost.Packets - last.traffic.Dropped.Packets
	m.lossShare, m.queueDelayMs = 0, math.NaN()
	if arrived+lost > 0 {
		m.lossShare = float64(lost) / float64(arrived+lost)
	}
	if arrived > 0 {
		m.queueDelayMs = milliseconds(now.traffic.Waited-last.traffic.Waited) / float64(arrived)
	}
	m.playedMs = milliseconds(now.playback.Played - last.playback.Played)
	for k := range m.stalledMs {
		m.stalledMs[k] = milliseconds(now.playback.Stalled[k] - last.playback.Stalled[k])
	}
	*last = now

	n := float64(len(p.flows))
	if m.requestBps > 0 {
		p.reward.throughput += min(m.mediaBps/m.requestBps, 1) / n
	}
	if arrived > 0 {
		p.reward.delay += max(c.Reward.Delay, 0) * min(m.queueDelayMs, mostRewardedDelayMs) / 1000 / n
	}
	p.reward.loss += max(c.Reward.Loss, 0) * m.lossShare / n
	p.reward.stall += max(c.Reward.Stall, 0) * m.stalledMs[0] / c.StepMs / n
}

// over reports whether the session has ended.
func (p *play) over() bool { return p.steps >= p.lasts }
