package feature

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"trailblazer/ccemu/feedback"
)

// arrival is a packet that arrived, and what it means after those before it.
type arrival struct {
	at       time.Duration
	sequence int64
	// delay is the one-way delay over that of the session's first arrival.
	delay time.Duration
	// gap is the time since the arrival before, and change the absolute
	// change of the delay, where there is one.
	gap, change time.Duration
	// bytes and delays add up those of all arrivals before.
	bytes  int64
	delays time.Duration
	// highest is the largest sequence number so far.
	highest int64
	size    int32
	frame   int32
	kind    feedback.Kind
	follows bool // there is an arrival before
}

// order is that of arrivals.
func (a *arrival) order(b *arrival) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.sequence, b.sequence))
}

// arrivalLog has the packets that arrived in the last second before the newest
// report left, in the order of their arrival.
type arrivalLog struct {
	packets ring[arrival]
	// gone is the last that was forgotten, if any was.
	gone    arrival
	anyGone bool
	// until is when the newest report left, by the receiver's clock.
	until time.Duration
	any   bool
	// batch are the packets of the current report, later those of earlier
	// reports that arrived after one of them.
	batch, later []arrival
}

func (l *arrivalLog) reset() {
	l.packets.clear()
	*l = arrivalLog{packets: l.packets, batch: l.batch[:0], later: l.later[:0]}
}

// take adds a packet to the batch, with its one-way delay by the two clocks.
func (l *arrivalLog) take(r *feedback.Result) {
	l.batch = append(l.batch, arrival{at: r.Arrival, sequence: r.Sequence, delay: r.Arrival - r.At, size: max(r.SizeBytes, 0), frame: r.Frame, kind: r.Kind})
}

// sort puts the batch in order.
func (l *arrivalLog) sort() {
	compare := func(a, b arrival) int { return a.order(&b) }
	if !slices.IsSortedFunc(l.batch, compare) {
		slices.SortFunc(l.batch, compare)
	}
}

// merge moves to when a report left, and puts the sorted batch in its place
// among the arrivals. Reports mostly come in their order, and then that place
// is at the end.
func (l *arrivalLog) merge(departure time.Duration) {
	if !l.any || departure > l.until {
		l.until, l.any = departure, true
	}
	if n := len(l.batch); n > 0 {
		l.until = max(l.until, l.batch[n-1].at)
	}
	old := l.until - windowL
	for l.packets.len() > 0 && l.packets.front().at <= old {
		l.gone, l.anyGone = *l.packets.front(), true
		l.packets.popFront()
	}
	batch := l.batch
	for len(batch) > 0 && batch[0].at <= old {
		batch = batch[1:]
	}
	if len(batch) == 0 {
		return
	}
	l.later = l.later[:0]
	for l.packets.len() > 0 && l.packets.back().order(&batch[0]) > 0 {
		l.later = append(l.later, *l.packets.back())
		l.packets.popBack()
	}
	for i := range batch {
		for n := len(l.later); n > 0 && l.later[n-1].order(&batch[i]) < 0; n-- {
			l.append(&l.later[n-1])
			l.later = l.later[:n-1]
		}
		l.append(&batch[i])
	}
	for i := len(l.later) - 1; i >= 0; i-- {
		l.append(&l.later[i])
	}
}

// append puts a packet behind all others.
func (l *arrivalLog) append(a *arrival) {
	last := &l.gone
	if l.packets.len() > 0 {
		last = l.packets.back()
	}
	next := *a
	next.follows = l.anyGone || l.packets.len() > 0
	next.gap, next.change, next.bytes, next.delays, next.highest = 0, 0, 0, 0, a.sequence
	if next.follows {
		next.gap = a.at - last.at
		next.change = max(a.delay-last.delay, last.delay-a.delay)
		next.bytes = last.bytes + int64(last.size)
		next.delays = last.delays + last.delay
		next.highest = max(last.highest, a.sequence)
	}
	*l.packets.push() = next
}

// after returns the place of the first packet that arrived in a window that
// ends with the newest report.
func (l *arrivalLog) after(window time.Duration) int {
	start := l.until - window
	return sort.Search(l.packets.len(), func(i int) bool { return l.packets.at(i).at > start })
}

// bytesFrom adds up the packets from a place on, delaysFrom their delays.
func (l *arrivalLog) bytesFrom(i int) int64 {
	if i == l.packets.len() {
		return 0
	}
	last := l.packets.back()
	return last.bytes + int64(last.size) - l.packets.at(i).bytes
}

func (l *arrivalLog) delaysFrom(i int) time.Duration {
	if i == l.packets.len() {
		return 0
	}
	last := l.packets.back()
	return last.delays + last.delay - l.packets.at(i).delays
}
