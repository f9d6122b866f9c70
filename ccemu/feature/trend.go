package feature

import "time"

// GCC's trendline filter (draft-ietf-rmcat-gcc-02, section 5.2, for the groups;
// libwebrtc's TrendlineEstimator for the filter and its constants).
const (
	// groupSpan is for how long packets leave that count as one group, and
	// how close behind each other they arrive that were held up together,
	// burstSpan for how long.
	groupSpan = 5 * time.Millisecond
	burstSpan = 100 * time.Millisecond

	trendWindow    = 20
	trendSmoothing = 0.9
	trendGain      = 4
	trendMaxCount  = 60
)

// group is packets that left together or arrived together.
type group struct {
	firstSent, lastSent       time.Duration
	firstArrival, lastArrival time.Duration
}

// trendline follows how the delay between groups changes. Packets come in the
// order of their arrival, so far as their reports do.
type trendline struct {
	current, before group
	groups          int
	// changes counts those of the delay from one group to the next, which
	// accumulate and are smoothed, in ms.
	changes               int
	accumulated, smoothed float64
	// points are the last smoothed delays over their arrivals, in ms since the
	// first group's, in no order.
	points [trendWindow]struct{ x, y float64 }
	start  time.Duration
}

func (l *trendline) add(sent, arrival time.Duration) {
	c := &l.current
	switch {
	case l.groups == 0:
		l.start = arrival
	case sent < c.firstSent:
		return // It was overtaken by a whole group.
	case l.belongs(sent, arrival):
		c.lastSent, c.lastArrival = max(c.lastSent, sent), arrival
		return
	case l.groups > 1 && c.lastArrival >= l.before.lastArrival:
		l.change(ms(c.lastArrival-l.before.lastArrival) - ms(c.lastSent-l.before.lastSent))
	}
	l.before, *c = *c, group{sent, sent, arrival, arrival}
	l.groups++
}

// belongs reports whether a packet is one of the current group.
func (l *trendline) belongs(sent, arrival time.Duration) bool {
	c := &l.current
	if sent-c.firstSent <= groupSpan {
		return true
	}
	gap := arrival - c.lastArrival
	return gap < sent-c.lastSent && gap <= groupSpan && arrival-c.firstArrival < burstSpan
}

func (l *trendline) change(delay float64) {
	l.accumulated += delay
	l.smoothed = float64(trendSmoothing*l.smoothed) + float64((1-trendSmoothing)*l.accumulated)
	p := &l.points[l.changes%trendWindow]
	p.x, p.y = ms(l.current.lastArrival-l.start), l.smoothed
	l.changes++
}

// value is what GCC compares with its threshold, once there are enough groups.
func (l *trendline) value() (trend float64, known bool) {
	if l.changes < trendWindow {
		return 0, false
	}
	var x, y float64
	for _, p := range l.points {
		x += p.x
		y += p.y
	}
	x /= trendWindow
	y /= trendWindow
	var xx, xy float64
	for _, p := range l.points {
		xx += float64((p.x - x) * (p.x - x))
		xy += float64((p.x - x) * (p.y - y))
	}
	if xx == 0 {
		return 0, false
	}
	return float64(min(l.changes, trendMaxCount)) * trendGain * (xy / xx), true
}
