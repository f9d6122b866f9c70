package media

import (
	"time"

	"trailblazer/ccemu/schedule"
)

const (
	// reportOverhead is the size of a report of no packets: 14 bytes of
	// Ethernet, 20 of IPv4, 8 of UDP, and 20 of the message itself
	// (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1). Each
	// packet takes about 2 more: its share of a status chunk and a delta of 1
	// or 2 bytes.
	reportOverhead = 62
	// maxReported is the most packets in one report, so that it is no larger
	// than a media packet; what is more goes into further ones at once.
	maxReported = (1242 - reportOverhead) / 2
	// lateWindow is up to how many numbers behind the latest one a packet may
	// be to count as late; older ones are ignored. (Transport-wide numbers
	// have 16 bits, half of which can be told from earlier ones.)
	lateWindow = 1 << 15
	// maxJump is by how much a number, of any kind, may exceed the latest one.
	// Packets beyond are ignored.
	maxJump = 1 << 20
)

// arrivals records which packets arrived when, until they are reported.
type arrivals struct {
	start, every time.Duration
	reportAt     time.Duration // Never while there is nothing new
	last         time.Duration // when the last report was due
	base         int64         // the number of times[0]
	times        []time.Duration
	covered      int // times that a report has had already
	late         []LateArrival
	seen         [lateWindow / 64]uint64 // of the latest numbers
}

func (a *arrivals) begin(start, every time.Duration) {
	*a = arrivals{start: start, every: every, reportAt: schedule.Never, last: start - 1, times: a.times[:0], late: a.late[:0]}
}

// add records an arrival by the receiver's clock, and reports whether the
// packet is new.
func (a *arrivals) add(now time.Duration, sequence int64, arrival time.Duration) bool {
	next := a.base + int64(len(a.times))
	if sequence >= next+maxJump || sequence < next-lateWindow || sequence < 0 {
		return false
	}
	bit := uint64(1) << (sequence % 64)
	word := &a.seen[sequence%lateWindow/64]
	switch {
	case sequence >= next:
		// What was the number of lateWindow before is not seen any more.
		for i := max(next, sequence-lateWindow+1); i < sequence; i++ {
			a.seen[i%lateWindow/64] &^= 1 << (i % 64)
		}
		for ; next < sequence; next++ {
			a.times = append(a.times, NotArrived)
		}
		a.times = append(a.times, arrival)
	case *word&bit != 0:
		return false
	case sequence >= a.base+int64(a.covered):
		a.times[sequence-a.base] = arrival
	default:
		a.late = append(a.late, LateArrival{sequence, arrival})
	}
	*word |= bit
	if a.reportAt == schedule.Never {
		a.reportAt = a.start + (max(now-a.start, 0)+a.every-1)/a.every*a.every
		if a.reportAt <= a.last {
			a.reportAt = a.last + a.every
		}
	}
	return true
}

// take fills in a report if one is due.
func (a *arrivals) take(now time.Duration, m *Message) bool {
	if now < a.reportAt {
		return false
	}
	late := min(len(a.late), maxReported)
	times := a.times[a.covered:]
	times = times[:min(len(times), maxReported-late)]
	m.Report, m.Base = true, a.base+int64(a.covered)
	m.Late = append(m.Late, a.late[:late]...)
	m.Arrivals = append(m.Arrivals, times...)
	m.SizeBytes = int32(reportOverhead + 2*(late+len(times)))

	a.late = a.late[:copy(a.late, a.late[late:])]
	a.covered += len(times)
	if len(a.late) == 0 && a.covered == len(a.times) {
		a.base += int64(a.covered)
		a.times, a.covered = a.times[:0], 0
		a.reportAt, a.last = schedule.Never, a.reportAt
	}
	return true
}
