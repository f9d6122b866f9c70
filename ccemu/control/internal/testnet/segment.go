package testnet

import (
	"slices"
	"time"
)

// Segment sums up a span of a run for one flow.
type Segment struct {
	// TargetBps and ReceivedBps are means, LowestBps and HighestBps the extreme
	// targets.
	TargetBps, ReceivedBps, LowestBps, HighestBps float64
	// Median and P95 are quantiles of the mean times in queue and service
	// between decisions; Lowest is the median of the least ones, and Most the
	// greatest of any packet.
	Median, P95, Lowest, Most time.Duration
	Lost                      int

	ticks        float64
	waits, least []time.Duration
}

// Segments runs the net until the last of the ends and sums up what flow i saw
// from each end to the next, the first span beginning at 0.
func (n *Net) Segments(i int, ends ...time.Duration) []Segment {
	segments := make([]Segment, len(ends))
	n.Run(ends[len(ends)-1], func(now time.Duration) {
		at := slices.IndexFunc(ends, func(end time.Duration) bool { return now <= end })
		segments[at].add(n.Flows[i])
	})
	for i := range segments {
		segments[i].close()
	}
	return segments
}

func (s *Segment) add(f *Flow) {
	if s.ticks == 0 {
		s.LowestBps = f.TargetBps
	}
	s.ticks++
	s.TargetBps += f.TargetBps
	s.ReceivedBps += f.ReceivedBps
	s.LowestBps, s.HighestBps = min(s.LowestBps, f.TargetBps), max(s.HighestBps, f.TargetBps)
	s.Most = max(s.Most, f.Most)
	s.Lost += f.Lost
	if f.received > 0 {
		s.waits = append(s.waits, f.Mean)
		s.least = append(s.least, f.Least)
	}
}

func (s *Segment) close() {
	s.TargetBps /= max(s.ticks, 1)
	s.ReceivedBps /= max(s.ticks, 1)
	if len(s.waits) > 0 {
		slices.Sort(s.waits)
		slices.Sort(s.least)
		s.Lowest = s.least[len(s.least)/2]
		s.Median = s.waits[len(s.waits)/2]
		s.P95 = s.waits[len(s.waits)*95/100]
	}
}
