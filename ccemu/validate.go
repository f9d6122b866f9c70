package ccemu

import (
	"fmt"
	"math"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/setting"
)

// The defaults of a session, and the bounds of what makes sense.
const (
	DefaultDurationMs = 35_000
	defaultReportMs   = 50
	crossBytes        = 1200
	segmentBytes      = 1500
	meanGapMs         = 1000
	maxFlows          = 64
	maxCross          = 64
)

// WithDefaults fills in what is not set.
func (s Session) WithDefaults() Session {
	if s.DurationMs == 0 {
		s.DurationMs = DefaultDurationMs
	}
	if s.ReportMs == 0 {
		s.ReportMs = defaultReportMs
	}
	flows := make([]media.Flow, max(len(s.Flows), 1))
	copy(flows, s.Flows)
	for i := range flows {
		flows[i] = flows[i].WithDefaults()
	}
	s.Flows = flows
	cross := make([]Cross, len(s.Cross))
	for i, c := range s.Cross {
		cross[i] = c.withDefaults(&s)
	}
	s.Cross = cross
	return s
}

func (c Cross) withDefaults(s *Session) Cross {
	if c.PacketBytes == 0 {
		c.PacketBytes = segmentBytes
		if c.Kind == Unresponsive {
			c.PacketBytes = crossBytes
		}
	}
	if c.Kind == Unresponsive {
		return c
	}
	if c.DelayMs == 0 && len(s.Forward.DelayMs.Values) > 0 {
		c.DelayMs = s.Forward.DelayMs.Values[0]
	}
	if c.MeanBytes > 0 && c.MeanGapMs == 0 {
		c.MeanGapMs = meanGapMs
	}
	return c
}

// Validate reports the first setting that is out of range, as a
// *setting.Error.
func (s *Session) Validate() error {
	switch {
	case !(s.DurationMs >= 0 && s.DurationMs <= schedule.MaxMs):
		return setting.Refuse("duration_ms", s.DurationMs, "is out of range", fmt.Sprintf("give up to %d ms, or 0 for %d", schedule.MaxMs, DefaultDurationMs))
	case s.ReportMs != 0 && !(s.ReportMs >= 1 && s.ReportMs <= 10_000):
		return setting.Refuse("report_ms", s.ReportMs, "is out of range", "give 1 to 10000 ms, or 0 for 50")
	case len(s.Flows) > maxFlows:
		return setting.Refuse("flows", len(s.Flows), "are too many", fmt.Sprintf("give at most %d", maxFlows))
	case len(s.Cross) > maxCross:
		return setting.Refuse("cross", len(s.Cross), "are too many", fmt.Sprintf("give at most %d", maxCross))
	}
	if err := s.Forward.Validate("forward"); err != nil {
		return err
	}
	if err := s.Reverse.Validate("reverse"); err != nil {
		return err
	}
	for i := range s.Flows {
		if err := s.Flows[i].Validate(fmt.Sprintf("flows[%d]", i)); err != nil {
			return err
		}
	}
	for i := range s.Cross {
		c, field := &s.Cross[i], fmt.Sprintf("cross[%d]", i)
		if err := c.validate(field); err != nil {
			return err
		}
		if c.Kind != Unresponsive && s.Forward.Bottleneck.Name() == link.None {
			return setting.Refuse(field+".kind", fmt.Sprintf("%q", c.Kind), "has no bottleneck, which it would fill", "give forward.bottleneck.rate_kbps, or leave it out")
		}
	}
	return nil
}

func (c *Cross) validate(field string) error {
	switch c.Kind {
	case Unresponsive:
		if err := c.RateKbps.Validate(field+".rate_kbps", 0, link.MaxKbps); err != nil {
			return err
		}
	case TCPCubic, TCPBBR:
	default:
		return setting.Refuse(field+".kind", fmt.Sprintf("%q", c.Kind), "is unknown", fmt.Sprintf("give %q, %q or %q", Unresponsive, TCPCubic, TCPBBR))
	}
	inTime := func(ms float64) bool { return ms >= 0 && ms <= schedule.MaxMs }
	switch {
	case !inTime(c.StartMs):
		return setting.Refuse(field+".start_ms", c.StartMs, "is out of range", "give a time within the session")
	case !inTime(c.StopMs) || c.StopMs != 0 && c.StopMs <= c.StartMs:
		return setting.Refuse(field+".stop_ms", c.StopMs, "does not come after start_ms", "give a later time, or 0 for the session's end")
	case c.PacketBytes != 0 && !(c.PacketBytes >= 64 && c.PacketBytes <= 1500):
		return setting.Refuse(field+".packet_bytes", c.PacketBytes, "is out of range", "give 64 to 1500, or 0 for the default")
	case !(c.DelayMs >= 0 && c.DelayMs <= link.MaxDelayMs):
		return setting.Refuse(field+".delay_ms", c.DelayMs, "is out of range", fmt.Sprintf("give 0 to %d ms", link.MaxDelayMs))
	case !(c.MeanBytes >= 0 && c.MeanBytes <= math.MaxInt32):
		return setting.Refuse(field+".mean_bytes", c.MeanBytes, "is out of range", "give the mean size of transfers, or 0 for one without end")
	case !inTime(c.MeanGapMs):
		return setting.Refuse(field+".mean_gap_ms", c.MeanGapMs, "is out of range", "give a mean time between transfers")
	}
	return nil
}
