package gcc

import (
	"time"

	"trailblazer/ccemu/feedback"
)

const (
	// burstTime is for how long after the first packet of a group those that
	// leave belong to it: draft-ietf-rmcat-gcc-02, section 5.2, and
	// kSendTimeGroupLength of libwebrtc.
	burstTime = 5 * time.Millisecond
	// burstArrival is how close to the packet before it one that was held up
	// on the way has to arrive to belong to the same group: the draft's
	// burst_time, libwebrtc's kBurstDeltaThreshold.
	burstArrival = 5 * time.Millisecond
	// longestBurst bounds the arrivals of such a group: libwebrtc's
	// kMaxBurstDuration.
	longestBurst = 100 * time.Millisecond
	// reorderedGroups in a row that arrived before their predecessor show
	// that the receiver's clock has jumped: kReorderedResetThreshold.
	reorderedGroups = 3
)

// group is a run of packets that left together, or arrived together after
// something had held them up.
type group struct {
	firstSent, lastSent       time.Duration
	firstArrival, lastArrival time.Duration
}

// belongs reports whether a packet is one of the group.
func (g *group) belongs(p *feedback.Result) bool {
	if p.At-g.firstSent <= burstTime || p.At == g.lastSent {
		return true
	}
	gap := p.Arrival - g.lastArrival
	return gap < p.At-g.lastSent && gap <= burstArrival && p.Arrival-g.firstArrival < longestBurst
}

// grouper forms groups of the packets that arrive, and measures how far apart
// they left and arrived.
type grouper struct {
	current, previous group
	groups            int // that there are of these two
	reordered         int
}

// add takes the next packet in the order of arrival. When it begins a group,
// and there are two before it, ok is true and the result tells how far apart
// these two left and arrived.
func (g *grouper) add(p *feedback.Result) (sent, arrived time.Duration, ok bool) {
	switch {
	case g.groups == 0:
		g.begin(p)
		return 0, 0, false
	case p.At < g.current.firstSent:
		return 0, 0, false // overtaken by the group
	case g.current.belongs(p):
		g.current.lastSent = max(g.current.lastSent, p.At)
		g.current.lastArrival = p.Arrival
		return 0, 0, false
	}
	if g.groups == 2 {
		sent = g.current.lastSent - g.previous.lastSent
		arrived = g.current.lastArrival - g.previous.lastArrival
		if arrived < 0 {
			if g.reordered++; g.reordered >= reorderedGroups {
				*g = grouper{}
			}
			return 0, 0, false
		}
		g.reordered, ok = 0, true
	}
	g.previous = g.current
	g.begin(p)
	return sent, arrived, ok
}

func (g *grouper) begin(p *feedback.Result) {
	g.groups = min(g.groups+1, 2)
	g.current = group{firstSent: p.At, lastSent: p.At, firstArrival: p.Arrival, lastArrival: p.Arrival}
}
