package feature

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"trailblazer/ccemu/feedback"
)

// arrival is a packet that arrived.
type arrival struct {
	at time.Duration
	// delay is the one-way delay over that of the session's first arrival.
	delay    time.Duration
	sequence int64
	size     int32
	frame    int32
	kind     feedback.Kind
}

// order is that of arrivals.
func (a *arrival) order(b *arrival) int {
	if a.at != b.at {
		return cmp.Compare(a.at, b.at)
	}
	return cmp.Compare(a.sequence, b.sequence)
}

// counted is an arrival with the sum of all before it.
type counted struct {
	arrival
	before totals
}

// totals sum up arrivals from the session's first on. Of two of them only the
// differences count, which are right even where sums overflow.
type totals struct {
	at, delay time.Duration
	bytes     int64
	// highest is the largest sequence number, and late counts those that
	// arrived after a larger one.
	highest     int64
	late, audio int32
}

// after is the sum with one more arrival.
func (t totals) after(a *arrival) totals {
	t.at += a.at
	t.delay += a.delay
	t.bytes += int64(a.size)
	if a.sequence < t.highest {
		t.late++
	}
	t.highest = max(t.highest, a.sequence)
	if a.kind == feedback.Audio {
		t.audio++
	}
	return t
}

// minus is the sum of the arrivals that an earlier one lacks.
func (t totals) minus(earlier *totals) totals {
	t.at -= earlier.at
	t.delay -= earlier.delay
	t.bytes -= earlier.bytes
	t.late -= earlier.late
	t.audio -= earlier.audio
	return t
}

// arrivalLog has the packets that arrived in the last second before the newest
// report left, in the order of their arrival.
type arrivalLog struct {
	packets ring[counted]
	// all sums up all so far; gone is when the last packet that was forgotten
	// arrived, and its delay, if any was.
	all     totals
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
	for i := 1; i < len(l.batch); i++ {
		if l.batch[i-1].order(&l.batch[i]) > 0 {
			slices.SortFunc(l.batch, func(a, b arrival) int { return a.order(&b) })
			return
		}
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
		l.gone, l.anyGone = l.packets.front().arrival, true
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
		l.all = l.packets.back().before
		l.later = append(l.later, l.packets.back().arrival)
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
	*l.packets.push() = counted{*a, l.all}
	l.all = l.all.after(a)
}

// previous returns the packet that arrived before the one at a place, or nil.
func (l *arrivalLog) previous(i int) *arrival {
	switch {
	case i > 0:
		return &l.packets.at(i - 1).arrival
	case l.anyGone:
		return &l.gone
	}
	return nil
}

// after returns the place of the first packet that arrived in a window that
// ends with the newest report.
func (l *arrivalLog) after(window time.Duration) int {
	start := l.until - window
	return sort.Search(l.packets.len(), func(i int) bool { return l.packets.at(i).at > start })
}

// from sums up the packets from a place on.
func (l *arrivalLog) from(i int) totals {
	if i == l.packets.len() {
		return totals{}
	}
	return l.all.minus(&l.packets.at(i).before)
}
