package testnet

import "time"

// Link is the bottleneck and the path.
type Link struct {
	// Rate is how fast it is from when on; the first step is at 0.
	Rate []Step
	// QueueBytes fit, the packet in service included.
	QueueBytes int
	// Delay is the propagation delay each way.
	Delay time.Duration
	// LoseEvery loses every so manieth packet behind the queue [none].
	LoseEvery int
}

// Step says from when on a rate holds.
type Step struct {
	At  time.Duration
	Bps float64
}

// Steps makes steps of pairs: a second, and the rate from then on.
func Steps(pairs ...float64) []Step {
	var steps []Step
	for i := 0; i < len(pairs); i += 2 {
		steps = append(steps, Step{time.Duration(pairs[i] * 1e9), pairs[i+1]})
	}
	return steps
}

// at returns the rate at a time.
func at(steps []Step, t time.Duration) float64 {
	bps := steps[0].Bps
	for _, s := range steps[1:] {
		if s.At <= t {
			bps = s.Bps
		}
	}
	return bps
}

// Net is one run.
type Net struct {
	Link  Link
	Flows []*Flow
	// ReportEvery and DecideEvery are the intervals [50 and 100 ms].
	ReportEvery, DecideEvery time.Duration

	now    time.Duration
	busy   time.Duration // when the link is done with all it has
	queued []queued      // not yet served
	passed int
}

type queued struct {
	done time.Duration
	size int
}

// clock is how far receivers' clocks are ahead.
const clock = 3 * time.Hour

// Run plays until a time. After each decision of all flows, observe, which may
// be nil, sees what happened since the last.
func (n *Net) Run(until time.Duration, observe func(now time.Duration)) {
	if n.ReportEvery == 0 {
		n.ReportEvery = 50 * time.Millisecond
	}
	if n.DecideEvery == 0 {
		n.DecideEvery = 100 * time.Millisecond
	}
	for _, f := range n.Flows {
		f.begin(n)
	}
	decide := n.DecideEvery
	for {
		next, at := (*Flow)(nil), decide
		for _, f := range n.Flows {
			if t := f.nextAt(); t < at {
				next, at = f, t
			}
		}
		if at > until {
			return
		}
		n.now = at
		if next != nil {
			next.act(n)
			continue
		}
		for _, f := range n.Flows {
			f.decide(n.now)
		}
		if observe != nil {
			observe(n.now)
		}
		for _, f := range n.Flows {
			f.clear()
		}
		decide += n.DecideEvery
	}
}

// pass has the link take a packet now and returns when it has served it, or
// that it dropped it, or lost it behind.
func (n *Net) pass(size int) (done time.Duration, dropped, lost bool) {
	waiting := size
	keep := n.queued[:0]
	for _, q := range n.queued {
		if q.done > n.now {
			keep = append(keep, q)
			waiting += q.size
		}
	}
	n.queued = keep
	if waiting > n.Link.QueueBytes {
		return 0, true, false
	}
	n.busy = n.served(max(n.busy, n.now), float64(8*size))
	n.queued = append(n.queued, queued{n.busy, size})
	n.passed++
	return n.busy, false, n.Link.LoseEvery > 0 && n.passed%n.Link.LoseEvery == 0
}

// served returns when so many bits are, from a time on.
func (n *Net) served(from time.Duration, bits float64) time.Duration {
	for i := range n.Link.Rate {
		s := n.Link.Rate[i]
		last := i+1 == len(n.Link.Rate)
		if !last && n.Link.Rate[i+1].At <= from {
			continue
		}
		from = max(from, s.At)
		if s.Bps > 0 {
			end := from + time.Duration(bits/s.Bps*1e9)
			if last || end <= n.Link.Rate[i+1].At {
				return end
			}
			bits -= s.Bps * (n.Link.Rate[i+1].At - from).Seconds()
		}
		from = n.Link.Rate[min(i+1, len(n.Link.Rate)-1)].At
	}
	return from + time.Hour
}
