package ccemu

import (
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
)

// Summary says in a few numbers what a session is like.
type Summary struct {
	DurationS float64 `json:"duration_s"`
	// Bottleneck is the kind of the forward one. MeanKbps is its mean rate,
	// LowestKbps and HighestKbps those of the second with the least and the
	// most; all 0 where there is none.
	Bottleneck  string  `json:"bottleneck"`
	MeanKbps    float64 `json:"mean_kbps"`
	LowestKbps  float64 `json:"lowest_kbps"`
	HighestKbps float64 `json:"highest_kbps"`
	// RoundTripMs is the mean propagation delay there and back, and LossShare
	// the mean random loss on the way there.
	RoundTripMs float64 `json:"round_trip_ms"`
	LossShare   float64 `json:"loss_share"`
	// RequestKbps is the first flow's mean request.
	RequestKbps float64 `json:"request_kbps"`
	Flows       int     `json:"flows"`
	Cross       int     `json:"cross"`
}

// Summarize sums up a valid session.
func Summarize(session *Session) Summary {
	s := session.WithDefaults()
	end := schedule.Milliseconds(s.DurationMs)
	sum := Summary{
		DurationS: end.Seconds(), Bottleneck: s.Forward.Bottleneck.Name(),
		RoundTripMs: mean(&s.Forward.DelayMs, end) + mean(&s.Reverse.DelayMs, end),
		LossShare:   mean(&s.Forward.Loss.Share, end),
		RequestKbps: mean(&s.Flows[0].RequestKbps, end),
		Flows:       len(s.Flows), Cross: len(s.Cross),
	}
	var l link.Link
	l.Start(&s.Forward, end, 0)
	if !l.Bottleneck() || end <= 0 {
		return sum
	}
	sum.MeanKbps = l.CapacityBps(0, end) / 1000
	sum.LowestKbps, sum.HighestKbps = sum.MeanKbps, sum.MeanKbps
	for from := time.Duration(0); from+time.Second <= end; from += time.Second {
		kbps := l.CapacityBps(from, from+time.Second) / 1000
		sum.LowestKbps, sum.HighestKbps = min(sum.LowestKbps, kbps), max(sum.HighestKbps, kbps)
	}
	return sum
}

// mean is a series' over a session; 0 where it is not given.
func mean(s *schedule.Series, end time.Duration) float64 {
	if s.IsZero() || end <= 0 {
		return 0
	}
	return schedule.Cursor{Steps: s.Compile(1)}.Mean(0, end)
}
