package testnet

import (
	"math"
	"time"

	"trailblazer/ccemu/feedback"
)

// Flow is a media flow and, after each decision, what it saw since the last.
type Flow struct {
	Controller feedback.Controller
	// Request is what the application wants to send from when on [100 Mbps,
	// so that only the controller limits it].
	Request []Step
	// StartBps is the rate until the first decision [300,000].
	StartBps float64
	// Frames has it send 30 frames in a second, each at 2.5 times the target,
	// instead of evenly spaced packets.
	Frames bool

	// TargetBps is the last decision. The others cover the time since the
	// decision before: rates sent and received, packets lost, and the least,
	// mean and greatest time in queue and service of what arrived.
	TargetBps            float64
	SentBps, ReceivedBps float64
	Lost                 int
	Least, Mean, Most    time.Duration

	net      *Net
	sequence int64
	target   float64
	targetAt time.Duration
	// frame is when the next one comes; what is left of the last leaves from
	// leave on.
	frame, leave time.Duration
	left         int
	frames       int32

	sent     []feedback.Sent
	arrived  []arrival // not yet arrived
	seen     []feedback.Result
	base     int64 // the first that no report has covered
	report   time.Duration
	messages []message

	sentBytes, receivedBytes, received int
	waited                             time.Duration
	cleared                            time.Duration
}

type arrival struct {
	at       time.Duration
	sequence int64
	waited   time.Duration
}

type message struct {
	at, departure time.Duration
	results       []feedback.Result
}

const (
	packetBytes = 1200
	fps         = 30
	pacing      = 2.5
)

func (f *Flow) begin(n *Net) {
	f.net = n
	f.Controller.Reset()
	if f.StartBps == 0 {
		f.StartBps = 300e3
	}
	if f.Request == nil {
		f.Request = Steps(0, 100e6)
	}
	f.target, f.report = f.StartBps, n.ReportEvery
	f.clear()
}

func (f *Flow) mediaBps(now time.Duration) float64 { return min(f.target, at(f.Request, now)) }

func (f *Flow) nextAt() time.Duration {
	next := min(f.frame, f.report)
	if f.left > 0 {
		next = min(next, f.leave)
	}
	if len(f.arrived) > 0 {
		next = min(next, f.arrived[0].at)
	}
	if len(f.messages) > 0 {
		next = min(next, f.messages[0].at)
	}
	return next
}

// act does what is due first: arrivals before reports, reports before sending.
func (f *Flow) act(n *Net) {
	switch now := n.now; {
	case len(f.arrived) > 0 && f.arrived[0].at == now:
		f.arrive(now)
	case len(f.messages) > 0 && f.messages[0].at == now:
		m := f.messages[0]
		f.messages = f.messages[1:]
		f.Controller.OnReport(&feedback.Report{At: now, Departure: m.departure, Results: m.results})
	case f.report == now:
		f.tell(now)
	case f.left > 0 && f.leave == now:
		f.send(now)
	default:
		f.encode(now)
	}
}

// encode makes the next frame, or the next packet of an even flow.
func (f *Flow) encode(now time.Duration) {
	rate := f.mediaBps(now)
	if !f.Frames {
		f.frame = now + time.Duration(8*packetBytes/rate*1e9)
		f.left += packetBytes
		f.leave = now
		return
	}
	f.frames++
	f.frame = time.Duration(f.frames) * time.Second / fps
	if f.left == 0 {
		f.leave = max(now, f.leave)
	}
	f.left += max(int(math.Round(rate/8/fps)), 50)
}

func (f *Flow) send(now time.Duration) {
	size := min(packetBytes, f.left)
	f.left -= size
	p := feedback.Sent{Sequence: f.sequence, At: now, SizeBytes: int32(size), Frame: f.frames - 1, AppLimited: f.left == 0}
	if !f.Frames {
		p.AppLimited = f.target > at(f.Request, now)
	} else {
		f.leave = now + time.Duration(float64(8*size)/(pacing*max(f.target, 50e3))*1e9)
	}
	f.sequence++
	f.sentBytes += size
	f.sent = append(f.sent, p)
	f.Controller.OnSent(&p)
	done, dropped, lost := f.net.pass(size)
	if dropped || lost {
		f.Lost++
		return
	}
	f.arrived = append(f.arrived, arrival{done + f.net.Link.Delay, p.Sequence, done - now})
}

func (f *Flow) arrive(now time.Duration) {
	a := f.arrived[0]
	f.arrived = f.arrived[1:]
	for next := f.base + int64(len(f.seen)); next < a.sequence; next++ {
		f.seen = append(f.seen, feedback.Result{Sent: f.sent[next]})
	}
	p := f.sent[a.sequence]
	f.seen = append(f.seen, feedback.Result{Sent: p, Received: true, Arrival: now + clock})
	f.receivedBytes += int(p.SizeBytes)
	if f.received == 0 || a.waited < f.Least {
		f.Least = a.waited
	}
	f.received++
	f.waited += a.waited
	f.Most = max(f.Most, a.waited)
	f.Mean = f.waited / time.Duration(f.received)
}

// tell has the receiver send a report, if there is anything to say.
func (f *Flow) tell(now time.Duration) {
	f.report += f.net.ReportEvery
	if len(f.seen) == 0 {
		return
	}
	f.messages = append(f.messages, message{now + f.net.Link.Delay, now + clock, f.seen})
	f.base += int64(len(f.seen))
	f.seen = nil
}

func (f *Flow) decide(now time.Duration) {
	span := (now - f.cleared).Seconds()
	f.SentBps, f.ReceivedBps = float64(8*f.sentBytes)/span, float64(8*f.receivedBytes)/span
	s := feedback.Sender{Now: now, RequestBps: at(f.Request, now), TargetBps: f.target, TargetAt: f.targetAt, PacerBytes: f.left}
	s.PacerDelay = time.Duration(float64(8*f.left) / (pacing * f.target) * 1e9)
	d := f.Controller.Decide(&s)
	f.TargetBps, f.target, f.targetAt = d.TargetBps, d.TargetBps, now
}

func (f *Flow) clear() {
	f.cleared = f.net.now
	f.sentBytes, f.receivedBytes, f.received, f.waited, f.Lost = 0, 0, 0, 0, 0
	f.Least, f.Mean, f.Most = 0, 0, 0
}

// Fixed is a controller that decides for one rate.
type Fixed float64

// Reset does nothing.
func (Fixed) Reset() {}

// OnSent does nothing.
func (Fixed) OnSent(*feedback.Sent) {}

// OnReport does nothing.
func (Fixed) OnReport(*feedback.Report) {}

// Decide decides for the rate.
func (f Fixed) Decide(*feedback.Sender) feedback.Decision {
	return feedback.Decision{TargetBps: float64(f)}
}
