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
	// told are the packets of those reports that any report told to be missing,
	// in their order; some may have been received since.
	told ring[int64]
	// lastLoss is when the last of the reports before those came that covered
	// what is missing, if any did.
	lastLoss time.Duration
	lost     bool
}

func (l *lossLog) reset() {
	l.reports.clear()
	l.told.clear()
	*l = lossLog{reports: l.reports, told: l.told}
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

// settle drops what was told of the packets before one.
func (l *lossLog) settle(base int64) {
	for l.told.len() > 0 && *l.told.front() < base {
		l.told.popFront()
	}
}

// begin begins a report, which end ends with the last packet that it covers.
func (l *lossLog) begin(now time.Duration) { *l.reports.push() = covered{at: now, upTo: 1<<63 - 1} }

func (l *lossLog) end(upTo int64) { l.reports.back().upTo = upTo }

// report returns the report that was the first to cover a packet.
func (l *lossLog) report(sequence int64) *covered {
	n := l.reports.len()
	if n > 1 && sequence <= l.reports.at(n-2).upTo {
		return l.reports.at(sort.Search(n, func(i int) bool { return l.reports.at(i).upTo >= sequence }))
	}
	return l.reports.back()
}

// receive takes a packet that was received, and of which another fate was told
// before, or none.
func (l *lossLog) receive(sequence int64, before fate) {
	r := l.report(sequence)
	if before == missing {
		r.missing--
	} else {
		r.known++
	}
}

// miss takes a packet that is missing, of which nothing was told before.
func (l *lossLog) miss(sequence int64) {
	r := l.report(sequence)
	r.known++
	r.missing++
	place := l.told.push()
	// Only a report that was overtaken tells of an earlier packet.
	for i := l.told.len() - 2; i >= 0 && *l.told.at(i) > sequence; i-- {
		*place = *l.told.at(i)
		place = l.told.at(i)
	}
	*place = sequence
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
	lost, bursts, run, longest := 0, 0, 0, 0
	last := int64(-1)
	for i := range t.loss.told.len() {
		sequence := *t.loss.told.at(i)
		if t.sent.packet(sequence).fate != missing {
			continue
		}
		if bursts == 0 || sequence != last+1 {
			bursts++
			run = 0
		}
		last = sequence
		lost++
		run++
		longest = max(longest, run)
	}
	t.set(burstMeanL, float64(lost)/float64(max(bursts, 1)))
	t.set(burstMaxL, float64(longest))
}
