package feature

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// Tracker measures the features of one flow. It listens to what the flow's
// sender sees, from the first packet on. The zero value is ready for use.
type Tracker struct {
	sent     sentLog
	loss     lossLog
	rtt      rttLog
	arrivals arrivalLog
	path     pathLog
	playout  playoutLog
	request  requestLog

	// values and measured are the features as the last report left them.
	values   [Count]float64
	measured [Count]bool
	// reported is false until the first report, reportAt when the last one
	// came.
	reported bool
	reportAt time.Duration
	// sentBpsM is what the sending rate over M was when the newest packet
	// reported on left.
	sentBpsM float64
	// limitedM is the share of app-limited packets in the window M that ended
	// with the last packet.
	limitedM float64
	largest  largest
	scratch  []time.Duration
	observed [Count]float64
}

// Reset prepares for a new session. It keeps memory, and nothing else.
func (t *Tracker) Reset() {
	t.sent.reset()
	t.loss.reset()
	t.rtt.reset()
	t.arrivals.reset()
	t.path.reset()
	t.playout.reset()
	t.request.reset()
	*t = Tracker{
		sent: t.sent, loss: t.loss, rtt: t.rtt, arrivals: t.arrivals, path: t.path, playout: t.playout, request: t.request,
		largest: t.largest, scratch: t.scratch,
	}
}

// OnSent implements [feedback.Listener]. A packet that does not follow the last
// one begins a new session.
func (t *Tracker) OnSent(p *feedback.Sent) {
	if t.sent.begun && p.Sequence != t.sent.next() {
		t.Reset()
	}
	t.sent.add(p)
	t.limitedM = t.sent.limitedShare(t.sent.startM)
}

// OnReport implements [feedback.Listener].
func (t *Tracker) OnReport(r *feedback.Report) {
	t.reported, t.reportAt = true, max(t.reportAt, r.At)
	now := t.reportAt
	t.sent.forget(t.loss.forget(now-windowL), now-windowH)
	t.loss.settle(t.sent.base)
	t.rtt.begin(now)
	t.loss.begin(now)
	t.arrivals.batch = t.arrivals.batch[:0]
	for i := range r.Results {
		t.onResult(r, &r.Results[i])
	}
	t.loss.end(t.sent.reported)
	t.rtt.end(now)
	t.arrivals.sort()
	t.path.follow(now, t.arrivals.batch)
	t.arrivals.merge(r.Departure)
	t.playout.add(t.arrivals.until, r)

	t.measured = [Count]bool{}
	t.measureLoss()
	t.measureRTT()
	t.measureArrivals()
	t.measurePlayout()
}

// onResult takes what a report tells of a packet, unless that is settled.
func (t *Tracker) onResult(report *feedback.Report, r *feedback.Result) {
	if r.Sequence < t.sent.base || r.Sequence >= t.sent.next() {
		return
	}
	p := t.sent.packet(r.Sequence)
	if r.Sequence > t.sent.reported {
		t.sent.reported = r.Sequence
		t.sentBpsM = bps(p.bytesM, windowM, p.at-t.sent.first)
	}
	switch {
	case r.Received && p.fate != received:
		t.loss.receive(r.Sequence, p.fate)
		p.fate = received
		t.rtt.add(report.RTT(r))
		t.arrivals.take(r)
	case !r.Received && p.fate == unknown:
		t.loss.miss(r.Sequence)
		p.fate = missing
	}
}

// set sets a feature to what a report has shown.
func (t *Tracker) set(feature int, value float64) {
	t.values[feature], t.measured[feature] = value, true
}

// ms turns a duration into milliseconds.
func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// bps is the rate of bytes in a window at the end of a time: over all of that
// in its beginning, but over no less than S.
func bps(bytes int64, window, since time.Duration) float64 {
	return 8 * float64(bytes) / min(max(since, windowS), window).Seconds()
}
