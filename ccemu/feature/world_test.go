package feature_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"trailblazer/ccemu/feedback"
)

// world is a random network that plays a flow to listeners: with bursts of
// loss, queues, packets that overtake each other or come very late, reports
// that are lost, empty, late or overtaken, and silences.
type world struct {
	random    *rand.Rand
	listeners []feedback.Listener
	// observe is called at random moments.
	observe func(s *feedback.Sender)

	now      time.Duration
	sequence int64
	frame    int32
	sent     []feedback.Sent
	// arrivals are on their way or unreported; reports are on their way.
	arrivals []feedback.Result
	reports  []feedback.Report
	state    feedback.Sender
	offset   time.Duration // of the receiver's clock
	queue    time.Duration
	base     int64 // the first packet that no report was sent about
	missed   map[int64]bool
	stalled  time.Duration
	held     time.Duration // until when the network holds packets back

	// What is usual in this world.
	gap, delay, jitter, every, back, backJitter time.Duration
	loss, late, reportLoss, silence, hold       float64
}

func newWorld(seed uint64, listeners ...feedback.Listener) *world {
	random := rand.New(rand.NewPCG(seed, 52))
	pick := func(values ...float64) float64 { return values[random.IntN(len(values))] }
	some := func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(most))) }
	w := &world{random: random, listeners: listeners, offset: some(24*time.Hour) - 12*time.Hour, missed: map[int64]bool{}}
	w.gap = time.Millisecond + some(time.Duration(pick(5, 20, 100))*time.Millisecond)
	w.delay, w.back = some(200*time.Millisecond), some(200*time.Millisecond)
	w.jitter = 1 + some(time.Duration(pick(1, 3, 30))*time.Millisecond)
	w.backJitter = 1 + some(time.Duration(pick(1, 5, 150))*time.Millisecond)
	w.every = time.Duration(pick(20, 50, 100, 300)) * time.Millisecond
	w.loss, w.late, w.reportLoss, w.silence = pick(0, 0.01, 0.3), pick(0, 0.02), pick(0, 0.1), pick(0, 0.002)
	w.hold = pick(0, 0.02)
	w.state.RequestBps, w.state.TargetBps = 1e6, 300_000
	return w
}

// play plays until a time.
func (w *world) play(until time.Duration) {
	nextSent, nextReport, nextObserved := time.Duration(0), w.every, time.Duration(0)
	blackout := time.Duration(0)
	for w.now < until {
		w.now = min(nextSent, nextReport, nextObserved)
		if len(w.reports) > 0 {
			w.now = min(w.now, w.reports[0].At)
		}
		switch {
		case len(w.reports) > 0 && w.reports[0].At == w.now:
			for _, l := range w.listeners {
				l.OnReport(&w.reports[0])
			}
			w.reports = w.reports[1:]
		case nextSent == w.now:
			if w.now >= blackout {
				w.send()
			}
			nextSent += time.Duration(w.random.Int64N(int64(2 * w.gap)))
			if w.random.Float64() < w.silence {
				blackout = w.now + time.Duration(w.random.Int64N(int64(3*time.Second)))
			}
		case nextReport == w.now:
			w.report()
			nextReport += w.every
			if w.random.Float64() < 5*w.silence {
				nextReport += time.Duration(w.random.Int64N(int64(3 * time.Second)))
				if w.random.IntN(5) == 0 {
					nextReport += 10 * time.Second
				}
			}
		default:
			w.look()
			nextObserved += time.Duration(1+w.random.IntN(150)) * time.Millisecond
		}
	}
}

func (w *world) send() {
	p := feedback.Sent{Sequence: w.sequence, At: w.now, SizeBytes: int32(60 + w.random.IntN(1200)), Frame: -1, Kind: feedback.Kind(w.random.IntN(feedback.Kinds)), AppLimited: w.random.IntN(3) == 0}
	if p.Kind == feedback.Video || p.Kind == feedback.Retransmission {
		if w.random.IntN(4) == 0 {
			w.frame++
		}
		p.Frame = w.frame
	}
	w.sequence++
	w.sent = append(w.sent, p)
	for _, l := range w.listeners {
		l.OnSent(&p)
	}
	w.queue = max(0, w.queue+time.Duration(w.random.Int64N(4_000_000)-2_000_000))
	if w.random.Float64() < w.loss {
		w.loss = 0.6 // in bursts
		return
	} else if w.loss == 0.6 {
		w.loss = 0.02
	}
	arrival := w.now + w.delay + w.queue + time.Duration(w.random.Int64N(int64(w.jitter)))
	if w.random.Float64() < w.late {
		arrival += time.Duration(w.random.Int64N(int64(1500 * time.Millisecond)))
	}
	// Packets that were held back arrive close behind each other.
	if w.random.Float64() < w.hold && w.held < arrival {
		w.held = arrival + time.Duration(w.random.Int64N(int64(300*time.Millisecond)))
	}
	if arrival < w.held {
		arrival = w.held
		w.held += time.Duration(w.random.Int64N(int64(6 * time.Millisecond)))
	}
	w.arrivals = append(w.arrivals, feedback.Result{Sent: p, Received: true, Arrival: arrival + w.offset})
}

// report sends a report of what has arrived: of everything from base up to the
// largest number that has, and of what was reported as missing.
func (w *world) report() {
	clock := w.now + w.offset
	r := feedback.Report{At: w.now + w.back + time.Duration(w.random.Int64N(int64(w.backJitter))), Departure: clock, JitterBuffer: time.Duration(w.random.Int64N(1e8)), Stalled: w.stalled}
	if w.random.IntN(10) == 0 {
		w.stalled += min(w.every, 50*time.Millisecond)
	}
	arrived := map[int64]feedback.Result{}
	last := w.base - 1
	w.arrivals = slices.DeleteFunc(w.arrivals, func(a feedback.Result) bool {
		if a.Arrival > clock {
			return false
		}
		arrived[a.Sequence] = a
		last = max(last, a.Sequence)
		return true
	})
	for sequence := range last + 1 {
		a, is := arrived[sequence]
		switch {
		case is && (sequence >= w.base || w.missed[sequence]):
			r.Results = append(r.Results, a)
		case is:
		case sequence >= w.base:
			w.missed[sequence] = true
			r.Results = append(r.Results, feedback.Result{Sent: w.sent[sequence]})
		}
	}
	w.base = last + 1
	if w.random.Float64() < w.reportLoss {
		return
	}
	if w.random.IntN(20) == 0 && len(r.Results) > 0 { // told twice
		r.Results = slices.Insert(r.Results, 0, r.Results[0])
	}
	w.reports = append(w.reports, r)
	slices.SortStableFunc(w.reports, func(a, b feedback.Report) int { return int(a.At - b.At) })
}

func (w *world) look() {
	if w.random.IntN(20) == 0 {
		w.state.RequestBps = float64(w.random.IntN(5)) * 1e6
	}
	if w.random.IntN(3) == 0 {
		w.state.TargetBps, w.state.TargetAt = w.random.Float64()*5e6, w.now
	}
	w.state.Now, w.state.PacerDelay = w.now, time.Duration(w.random.Int64N(1e8))
	s := w.state
	w.observe(&s)
}
