package gcc_test

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// step is a capacity from a moment on.
type step struct {
	at  time.Duration
	bps float64
}

// path is a work-conserving FIFO link with a drop-tail queue, and propagation
// before and behind it.
type path struct {
	steps       []step
	limitBytes  float64
	propagation time.Duration // each way

	free   time.Duration // when the last packet has been served
	queued []served
}

type served struct {
	done  time.Duration
	bytes int
}

// finish is when the link has carried so many bits from a moment on.
func (p *path) finish(from time.Duration, bits float64) time.Duration {
	for i, s := range p.steps {
		end := time.Duration(1 << 62)
		if i+1 < len(p.steps) {
			end = p.steps[i+1].at
		}
		if end <= from {
			continue
		}
		need := 1e18
		if s.bps > 0 {
			need = bits / s.bps * float64(time.Second)
		}
		if room := float64(end - from); need > room {
			bits -= s.bps * room / float64(time.Second)
			from = end
			continue
		}
		return from + time.Duration(need)
	}
	panic("the link stops for ever")
}

// send returns when a packet arrives; ok is false if the queue has no room.
func (p *path) send(at time.Duration, bytes int) (arrival time.Duration, ok bool) {
	waiting := 0
	kept := p.queued[:0]
	for _, q := range p.queued {
		if q.done > at {
			kept = append(kept, q)
			waiting += q.bytes
		}
	}
	p.queued = kept
	if float64(waiting+bytes) > p.limitBytes {
		return 0, false
	}
	p.free = p.finish(max(at, p.free), float64(8*bytes))
	p.queued = append(p.queued, served{p.free, bytes})
	return p.free + p.propagation, true
}

// agent is what is to be tested: it learns of packets and reports, and says
// how fast to send.
type agent interface {
	sent(p feedback.Sent)
	report(r feedback.Report)
	decide(s feedback.Sender) feedback.Decision
}

// cluster is the probe that is being sent.
type cluster struct {
	number         int32
	bps            float64
	packets, bytes int // still to come
}

// flow is media of constant frames through a path: as much as the agent
// allows and the application requests.
type flow struct {
	path     path
	request  func(now time.Duration) float64 // bits per second
	pacing   float64                         // of the target; 0 sends frames at once
	feedback time.Duration
	interval time.Duration // of decisions
	start    float64

	targets []float64 // at each decision
	packets []feedback.Result
	waiting []feedback.Sent // in the pacer
	cluster cluster
}

const never = time.Duration(1 << 62)

const (
	mediaBytes = 1200
	framesPer  = 30 // a second
)

// run plays a time of the flow. Events at the same moment are taken in the
// order: packets, reports, decisions, frames.
func (f *flow) run(a agent, length time.Duration) {
	var (
		target   = f.start
		frame    int
		frameAt  time.Duration
		reportAt = f.feedback
		decideAt time.Duration
		leaveAt  = never
		coming   []feedback.Report
		reported int // packets below were in a report
	)
	for {
		arriveAt := never
		if len(coming) > 0 {
			arriveAt = coming[0].At
		}
		now := min(leaveAt, reportAt, arriveAt, decideAt, frameAt)
		if now > length {
			return
		}
		switch now {
		case leaveAt:
			leaveAt = f.leave(now, target, a)
		case reportAt:
			reportAt += f.feedback
			if r, ok := f.report(now, reported); ok {
				reported += len(r.Results)
				r.At = now + f.path.propagation
				coming = append(coming, r)
			}
		case arriveAt:
			a.report(coming[0])
			coming = coming[1:]
		case decideAt:
			decideAt += f.interval
			d := a.decide(feedback.Sender{Now: now, RequestBps: f.request(now), TargetBps: target})
			target = d.TargetBps
			f.targets = append(f.targets, target)
			if d.ProbeBps > 0 {
				f.cluster = cluster{f.cluster.number + 1, d.ProbeBps, 5, int(d.ProbeBps * 0.015 / 8)}
				leaveAt = min(leaveAt, now)
			}
		case frameAt:
			frame++
			frameAt = time.Duration(frame) * time.Second / framesPer
			rate := min(target, f.request(now))
			bytes := int(rate / framesPer / 8)
			n := (bytes + mediaBytes - 1) / mediaBytes
			for range n {
				f.waiting = append(f.waiting, feedback.Sent{SizeBytes: int32(bytes / n), Frame: int32(frame)})
			}
			if leaveAt == never && len(f.waiting) > 0 {
				leaveAt = now
			}
		}
	}
}

// leave sends the next packet and returns when the one after it leaves.
func (f *flow) leave(now time.Duration, target float64, a agent) time.Duration {
	p := feedback.Sent{SizeBytes: mediaBytes, Frame: -1, Kind: feedback.Probe}
	if len(f.waiting) > 0 {
		p = f.waiting[0]
		f.waiting = f.waiting[1:]
	}
	bps := f.pacing * target
	if c := &f.cluster; c.packets > 0 || c.bytes > 0 {
		p.Cluster, bps = c.number, c.bps
		c.packets--
		c.bytes -= int(p.SizeBytes)
	}
	p.At, p.Sequence, p.AppLimited = now, int64(len(f.packets)), len(f.waiting) == 0
	r := feedback.Result{Sent: p}
	r.Arrival, r.Received = f.path.send(now, int(p.SizeBytes))
	f.packets = append(f.packets, r)
	a.sent(p)
	if len(f.waiting) == 0 && f.cluster.packets <= 0 && f.cluster.bytes <= 0 {
		return never
	}
	if bps == 0 {
		return now
	}
	return now + time.Duration(float64(p.SizeBytes)*8/bps*float64(time.Second))
}

// report tells of all packets up to the last that has arrived, from the first
// that no report told of yet.
func (f *flow) report(now time.Duration, first int) (r feedback.Report, ok bool) {
	end := first
	for i := first; i < len(f.packets); i++ {
		if p := &f.packets[i]; p.Received && p.Arrival <= now {
			end = i + 1
		}
	}
	r.Departure = now
	r.Results = append(r.Results, f.packets[first:end]...)
	return r, end > first
}
