package media

import (
	"slices"
	"sort"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
)

const (
	// reorderWait is for how long a gap may still close by itself before what
	// is missing is asked for, once a packet has been seen out of order. Until
	// then gaps are asked for at once.
	reorderWait = 10 * time.Millisecond
	// maxAbsent is the most packets that are waited for. Where there are more,
	// all are given up. (libwebrtc's NackRequester has the same limit.)
	maxAbsent = 1000
	// How long a repeated packet may take: at first, at least and at most.
	firstRepeatWait = 500 * time.Millisecond
	minRepeatWait   = 50 * time.Millisecond
	maxRepeatWait   = 3 * time.Second
)

// absentees are the media packets that have not arrived although later ones
// have: which to ask for, when to ask again and when to give up.
type absentees struct {
	retries  int
	next     int64    // one more than the highest number that arrived
	list     []absent // in the order of their numbers
	actAt    time.Duration
	unsorted bool // whether originals have arrived out of order
	// abandoned is the highest number that was given up; -1 for none.
	abandoned int64
	// How long it takes from a request to the packet, as RFC 6298 has it of
	// round trips.
	mean, deviation time.Duration
}

// absent is one of them.
type absent struct {
	media   int64
	asked   int
	askedAt time.Duration
	actAt   time.Duration // when to ask, or to give up; Never after that
}

func (a *absentees) begin(retries int) {
	*a = absentees{retries: max(retries, 0), list: a.list[:0], actAt: schedule.Never, abandoned: -1}
}

// arrive takes the number of a packet that arrived, and reports whether it was
// waited for.
func (a *absentees) arrive(now time.Duration, media int64, kind feedback.Kind) bool {
	if media >= a.next {
		if media > a.next {
			a.gap(now, a.next, media)
		}
		a.next = media + 1
		return true
	}
	i := sort.Search(len(a.list), func(i int) bool { return a.list[i].media >= media })
	if i == len(a.list) || a.list[i].media != media {
		return false
	}
	switch found := &a.list[i]; {
	case kind == feedback.Video:
		a.unsorted = true
	case found.asked == 1:
		a.measure(now - found.askedAt)
	}
	a.list = slices.Delete(a.list, i, i+1)
	if media == a.abandoned {
		a.abandoned = -1
		for _, other := range a.list {
			if other.actAt == schedule.Never {
				a.abandoned = other.media
			}
		}
	}
	return true
}

// gap waits for the numbers from one to below another.
func (a *absentees) gap(now time.Duration, from, to int64) {
	if to-from > int64(maxAbsent-len(a.list)) {
		a.list, a.actAt, a.abandoned = a.list[:0], schedule.Never, to-1
		return
	}
	at := now
	if a.unsorted {
		at += reorderWait
	}
	a.actAt = min(a.actAt, at)
	for ; from < to; from++ {
		a.list = append(a.list, absent{media: from, actAt: at})
	}
}

// measure takes how long a repeated packet took.
func (a *absentees) measure(took time.Duration) {
	if a.mean == 0 {
		a.mean, a.deviation = took, took/2
		return
	}
	a.deviation += ((took - a.mean).Abs() - a.deviation) / 4
	a.mean += (took - a.mean) / 8
}

// wait is how long a repeated packet may take.
func (a *absentees) wait() time.Duration {
	if a.mean == 0 {
		return firstRepeatWait
	}
	return min(max(a.mean+4*a.deviation, minRepeatWait), maxRepeatWait)
}

// act asks for what is due, by adding it to numbers, of which there are to be
// no more than most, and gives up what was asked for often enough.
func (a *absentees) act(now time.Duration, numbers []int64, most int) []int64 {
	if now < a.actAt {
		return numbers
	}
	a.actAt = schedule.Never
	for i := range a.list {
		p := &a.list[i]
		if p.actAt <= now && len(numbers) < most {
			if p.asked < a.retries {
				p.asked++
				p.askedAt, p.actAt = now, now+a.wait()
				numbers = append(numbers, p.media)
			} else {
				p.actAt = schedule.Never
				a.abandoned = max(a.abandoned, p.media)
			}
		}
		a.actAt = min(a.actAt, p.actAt)
	}
	return numbers
}

// forget waits no longer for what is below a number.
func (a *absentees) forget(below int64) {
	i := 0
	for i < len(a.list) && a.list[i].media < below {
		i++
	}
	if i > 0 {
		a.list = slices.Delete(a.list, 0, i)
	}
}
