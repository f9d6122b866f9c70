package feature

import "time"

// trips are the round-trip times that one report shows.
type trips struct {
	at             time.Duration
	sum            time.Duration
	least, largest time.Duration
	count          int
}

// rttLog has the round-trip times of the reports of the last second.
type rttLog struct {
	reports ring[trips]
	current trips
	last    time.Duration
	// leastH is the least of the last 10 s.
	leastH lowest[time.Duration]
	// smoothed and variation are RFC 6298's, in ms.
	smoothed, variation float64
	sampled             bool
}

func (l *rttLog) reset() {
	l.reports.clear()
	l.leastH.clear()
	*l = rttLog{reports: l.reports, leastH: l.leastH}
}

// begin begins a report, and drops what is older than the windows.
func (l *rttLog) begin(now time.Duration) {
	for l.reports.len() > 0 && l.reports.front().at <= now-windowL {
		l.reports.popFront()
	}
	l.leastH.forget(now - windowH)
	l.current = trips{}
}

func (l *rttLog) add(trip time.Duration) {
	c := &l.current
	if c.count == 0 {
		c.least, c.largest = trip, trip
	}
	c.sum += trip
	c.least, c.largest = min(c.least, trip), max(c.largest, trip)
	c.count++
	l.last = trip
}

// end ends a report.
func (l *rttLog) end(now time.Duration) {
	if l.current.count == 0 {
		return
	}
	l.current.at = now
	*l.reports.push() = l.current
	l.leastH.add(now, l.current.least)

	// RFC 6298, section 2.
	sample := ms(l.last)
	if !l.sampled {
		l.smoothed, l.variation, l.sampled = sample, sample/2, true
		return
	}
	l.variation += (max(l.smoothed-sample, sample-l.smoothed) - l.variation) / 4
	l.smoothed += (sample - l.smoothed) / 8
}

func (t *Tracker) measureRTT() {
	l := &t.rtt
	if l.sampled {
		t.set(rttLast, ms(l.last))
		t.set(srtt, l.smoothed)
		t.set(rttvar, l.variation)
	}
	if l.leastH.len() > 0 {
		t.set(rttMinH, ms(l.leastH.value()))
	}
	if l.reports.len() == 0 {
		return
	}
	all, recent := *l.reports.front(), trips{}
	for i := range l.reports.len() {
		r := l.reports.at(i)
		all.least, all.largest = min(all.least, r.least), max(all.largest, r.largest)
		if r.at > t.reportAt-windowS {
			recent.sum += r.sum
			recent.count += r.count
		}
	}
	t.set(rttMinL, ms(all.least))
	t.set(rttMaxL, ms(all.largest))
	if recent.count > 0 {
		t.set(rttMeanS, ms(recent.sum)/float64(recent.count))
	}
}
