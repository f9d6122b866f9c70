package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
	"trailblazer/datasets/nettrace"
	"trailblazer/internal/setting"
)

// FromTrace is a session over the path that a recording tells of. The base has
// what the recording leaves open: flows, cross traffic, queue, and whatever
// the format does not have. Without a duration of its own it lasts as long as
// the recording, from 35 s to 10 minutes. Without a delay, propagation takes
// 25 ms each way. Bandwidths above 10 Gbps are taken for that. The error is a
// *setting.Error.
func FromTrace(t *nettrace.Trace, base ccemu.Session) (ccemu.Session, error) {
	if !t.Forward.Limited() && base.Forward.Bottleneck.RateKbps.IsZero() && len(base.Forward.Bottleneck.OpportunitiesMs) == 0 {
		return base, &setting.Error{Field: "forward", Problem: "has no bandwidth: there is nothing to predict", Remedy: "use a recording with one (in a playback file: switch Bandwidth1 on), or give forward.bottleneck.rate_kbps"}
	}
	if base.DurationMs == 0 {
		base.DurationMs = min(max(t.Forward.LengthMs, ccemu.DefaultDurationMs), 600_000)
	}
	overlay(&base.Forward, &t.Forward, t.Reordering)
	overlay(&base.Reverse, &t.Reverse, t.Reordering)
	if base.Forward.DelayMs.IsZero() && base.Reverse.DelayMs.IsZero() {
		base.Forward.DelayMs, base.Reverse.DelayMs = schedule.Constant(usualDelayMs), schedule.Constant(usualDelayMs)
	}
	return base, base.Validate()
}

// usualDelayMs is the propagation delay, each way, over recordings that have
// none, as those of bandwidths alone.
const usualDelayMs = 25

// overlay replaces of a path what a recording tells.
func overlay(p *link.Path, d *nettrace.Direction, reordering bool) {
	switch {
	case len(d.OpportunitiesMs) > 0:
		p.Bottleneck.Kind, p.Bottleneck.RateKbps = link.Mahimahi, schedule.Series{}
		p.Bottleneck.OpportunitiesMs = d.OpportunitiesMs
	case len(d.Kbps.Values) > 0:
		if p.Bottleneck.Kind == link.Mahimahi {
			p.Bottleneck.Kind, p.Bottleneck.OpportunitiesMs = link.FIFO, nil
		}
		p.Bottleneck.RateKbps = series(&d.Kbps, d.LengthMs)
		for i, kbps := range p.Bottleneck.RateKbps.Values {
			p.Bottleneck.RateKbps.Values[i] = min(kbps, link.MaxKbps)
		}
	}
	if len(d.DelayMs.Values) > 0 {
		p.DelayMs = series(&d.DelayMs, d.LengthMs)
	}
	if len(d.LossShare.Values) > 0 {
		p.Loss.Share = series(&d.LossShare, d.LengthMs)
	}
	if d.JitterMs > 0 {
		p.Jitter.DeviationMs = d.JitterMs
	}
	if d.QueuePackets > 0 {
		p.Bottleneck.Queue.LimitPackets = d.QueuePackets
	}
	if reordering {
		// Nothing is held back, but nothing waits for what left before either.
		p.ReorderShare, p.ReorderMs = 1, leastHoldMs
	}
}

// leastHoldMs holds a packet back for less than anybody can see.
const leastHoldMs = 1e-6

// series repeats what a recording has. Steps shorter than 1 ms, which emulators
// refuse, give way to the one before.
func series(s *nettrace.Series, lengthMs float64) schedule.Series {
	if len(s.Values) == 1 {
		return schedule.Constant(s.Values[0])
	}
	// Long enough also after rounding to nanoseconds.
	const leastMs = 1 + 1e-5
	r := schedule.Series{AtMs: []float64{0}, Values: []float64{s.Values[0]}, PeriodMs: max(lengthMs, 2)}
	for i := 1; i < len(s.Values); i++ {
		if at := s.AtMs[i]; at-r.AtMs[len(r.AtMs)-1] >= leastMs && r.PeriodMs-at >= leastMs {
			r.AtMs, r.Values = append(r.AtMs, at), append(r.Values, s.Values[i])
		}
	}
	return r
}

// Playback is what a HoloWAN file can say of a session: bandwidth, delay and
// loss of both directions every 100 ms, each the mean over the time. Queues,
// jitter, bursts of losses, flows and cross traffic are not in it. The session
// must be valid.
func Playback(s *ccemu.Session) nettrace.Playback {
	complete := s.WithDefaults()
	n := max(int(complete.DurationMs/tickMs), 1)
	p := nettrace.Playback{Reordering: complete.Forward.ReorderShare > 0, Rows: make([]nettrace.Row, n)}.WithDefaults()
	forward, reverse := conditionsOf(&complete.Forward, n), conditionsOf(&complete.Reverse, n)
	for i := range p.Rows {
		p.Rows[i] = nettrace.Row{Forward: forward[i], Reverse: reverse[i]}
	}
	p.Switch[2], p.Switch[5] = limited(&complete.Forward), limited(&complete.Reverse)
	return p
}

func limited(p *link.Path) bool {
	return len(p.Bottleneck.OpportunitiesMs) > 0 || !p.Bottleneck.RateKbps.IsZero()
}

// opportunityBytes is what mm-link gives an opportunity unless it is told
// otherwise, 1,504.
func opportunityBytes(p *link.Path) int {
	if p.Bottleneck.OpportunityBytes > 0 {
		return p.Bottleneck.OpportunityBytes
	}
	return 1504
}

func conditionsOf(p *link.Path, n int) []nettrace.Conditions {
	rows := make([]nettrace.Conditions, n)
	fill := func(s *schedule.Series, scale float64, into func(c *nettrace.Conditions) *float64) {
		if s.IsZero() {
			return
		}
		c := schedule.Cursor{Steps: s.Compile(scale)}
		for i := range rows {
			from := schedule.Milliseconds(float64(i) * tickMs)
			c.Seek(from)
			*into(&rows[i]) = c.Mean(from, from+schedule.Milliseconds(tickMs))
		}
	}
	fill(&p.DelayMs, 1, func(c *nettrace.Conditions) *float64 { return &c.DelayMs })
	fill(&p.Loss.Share, 100, func(c *nettrace.Conditions) *float64 { return &c.LossPercent })
	fill(&p.Bottleneck.RateKbps, 1e-3, func(c *nettrace.Conditions) *float64 { return &c.BandwidthMbps })
	if list := p.Bottleneck.OpportunitiesMs; len(list) > 0 {
		t := nettrace.MahimahiTrace(list)
		bins := t.Forward.Bins(tickMs)
		for i := range rows {
			rows[i].BandwidthMbps = bins[i%len(bins)] / 1000 * float64(opportunityBytes(p)) / nettrace.OpportunityBytes
		}
	}
	return rows
}
