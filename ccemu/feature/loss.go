package feature

import (
	"sort"
	"time"
)

// covered is what became of the packets that one report was the first to
// cover, or to reach beyond. Those that it jumped over count once another
// report tells of them.
type covered struct {
	at time.Duration
	// upTo is the last of the packets; the first follows the last of the
	// report before.
	upTo           int64
	missing, known int
}

// lossLog counts what is missing in the reports of the last second.
type lossLog struct {
	reports ring[covered]
	// lastLoss is when the last of the reports before those came that covered
	// what is missing, if any did.
	lastLoss time.Duration
	lost     bool
}

func (l *lossLog) reset() {
	l.reports.clear()
	*l = lossLog{reports: l.reports}
}

// forget drops the reports up to a time, and returns the last packet that they
// covered, or -1.
func (l *lossLog) forget(until time.Duration) (settled int64) {
	settled = -1
	for l.reports.len() > 0 && l.reports.front().at <= until {
		r := l.reports.front()
		settled = r.upTo
		if r.missing > 0 {
			l.lastLoss, l.lost = r.at, true
		}
		l.reports.popFront()
	}
	return settled
}

// begin begins a report, which end ends with the last packet that it covers.
func (l *lossLog) begin(now time.Duration) { *l.reports.push() = covered{at: now, upTo: 1<<63 - 1} }

func (l *lossLog) end(upTo int64) { l.reports.back().upTo = upTo }

// count takes what a report tells of a packet of the reports that are not
// forgotten.
func (l *lossLog) count(sequence int64, before, after fate) {
	r := l.reports.back()
	if n := l.reports.len(); n > 1 && sequence <= l.reports.at(n-2).upTo {
		r = l.reports.at(sort.Search(n, func(i int) bool { return l.reports.at(i).upTo >= sequence }))
	}
	if before == unknown {
		r.known++
	}
	if before == missing {
		r.missing--
	}
	if after == missing {
		r.missing++
	}
}

// since adds up the reports after a time.
func (l *lossLog) since(at time.Duration) (missing, known int) {
	for i := l.reports.len() - 1; i >= 0 && l.reports.at(i).at > at; i-- {
		missing += l.reports.at(i).missing
		known += l.reports.at(i).known
	}
	return missing, known
}

// last is when the last report came that covered what is missing.
func (l *lossLog) last() (at time.Duration, lost bool) {
	for i := l.reports.len() - 1; i >= 0; i-- {
		if r := l.reports.at(i); r.missing > 0 {
			return r.at, true
		}
	}
	return l.lastLoss, l.lost
}

func (t *Tracker) measureLoss() {
	for _, w := range [...]struct {
		feature int
		window  time.Duration
	}{{lossS, windowS}, {lossM, windowM}, {lossL, windowL}} {
		if missing, known := t.loss.since(t.reportAt - w.window); known > 0 {
			t.set(w.feature, float64(missing)/float64(known))
		}
	}
	if !t.measured[lossL] {
		return
	}
	lost, bursts, longest := 0, 0, 0
	if t.values[lossL] > 0 {
		run := 0
		for sequence := t.sent.base; sequence <= t.sent.reported; sequence++ {
			if t.sent.packet(sequence).fate != missing {
				run = 0
				continue
			}
			if run == 0 {
				bursts++
			}
			lost++
			run++
			longest = max(longest, run)
		}
	}
	t.set(burstMeanL, float64(lost)/float64(max(bursts, 1)))
	t.set(burstMaxL, float64(longest))
}
